import type { Exchange } from '../journal/exchange.ts'
import type { Refusal } from '../tenants/tenant.ts'
import { readSubject } from './diagnose/diagnosis.ts'
import { isGuid, lookUpIn } from './diagnose/look-up.ts'
import { isProbe } from './diagnose/look-ups.ts'
import type { Standing } from './quarantine.ts'

/** So many objects are remembered, those that were dealt with last; AWS takes 100,000 users and as many groups. */
const most = 200_000
/** So often in a row is again and again. */
const stuckAfter = 3

/** Follows Entra ID's requests, in the order of answering, and tells how its job stands. */
export type StandingFollower = {
  note(exchange: Exchange): void
  now(): Standing
}

export function createStanding(): StandingFollower {
  let refused = 0
  let refusal: Refusal | undefined
  let probe: string | undefined
  const objects = createCounts()
  const references = createCounts()
  let cycle: string | undefined
  let inCycle = createCounts()
  let departed = 0

  const beginCycle = (id: string | undefined) => {
    if (id === undefined || id === cycle) return
    cycle = id
    inCycle = createCounts()
    departed = 0
  }

  const noteObject = (exchange: Exchange) => {
    const names = namesOf(exchange)
    if (names.length === 0) return
    const failed = hasFailed(exchange)
    if (failed && isAboutMembers(exchange)) {
      references.note(names, true)
      return
    }
    // That an object can be read doesn't mean that it can be written.
    if (!failed && exchange.method === 'GET') {
      objects.note(names, undefined)
      inCycle.note(names, undefined)
      return
    }
    references.note(names, false)
    objects.note(names, failed)
    inCycle.note(names, failed)
    if (!failed && isDeparture(exchange)) departed++
  }

  return {
    note(exchange) {
      if (exchange.refusal !== undefined || exchange.status === 401 || exchange.status === 403) {
        refused++
        refusal = exchange.refusal
        if (isRefusedProbe(exchange)) probe = 'The last probe was not let in.'
        return
      }
      refused = 0
      refusal = undefined
      beginCycle(exchange.notes?.cycle)
      const answer = probeAnswer(exchange)
      if (answer) probe = answer.wrong
      else noteObject(exchange)
    },
    now: () => ({
      refused,
      ...(refusal !== undefined && { refusal }),
      ...(probe !== undefined && { probe }),
      objects: objects.size(),
      failing: objects.failing(),
      failingReferences: references.failing(),
      stuck: objects.stuck(),
      cycle: { objects: inCycle.size(), failing: inCycle.failing(), departed },
    }),
  }
}

/** How often each object has failed since it last worked. */
function createCounts() {
  const failures = new Map<string, number>()
  let failing = 0
  let stuck = 0

  const set = (name: string, count: number | undefined) => {
    const before = failures.get(name)
    failures.delete(name)
    if (count !== undefined) failures.set(name, count)
    failing += isOne((count ?? 0) > 0) - isOne((before ?? 0) > 0)
    stuck += isOne((count ?? 0) >= stuckAfter) - isOne((before ?? 0) >= stuckAfter)
  }

  return {
    /** The first of the names is the one that is kept. `undefined` for what neither failed nor worked. */
    note([name, ...others]: readonly string[], failed: boolean | undefined): void {
      if (name === undefined) return
      const before = [name, ...others].reduce((sum, one) => sum + (failures.get(one) ?? 0), 0)
      for (const other of others) if (failures.has(other)) set(other, undefined)
      set(name, failed === undefined ? before : failed ? before + 1 : 0)
      const [oldest] = failures.keys()
      if (failures.size > most && oldest !== undefined) set(oldest, undefined)
    },
    size: () => failures.size,
    failing: () => failing,
    stuck: () => stuck,
  }
}

const isOne = (holds: boolean) => (holds ? 1 : 0)

/** An object has an id once it is created, and before that only what it is called by. */
const namesOf = ({ target }: Exchange): readonly string[] =>
  target === undefined
    ? []
    : [target.id, target.label]
        .filter(name => name !== undefined)
        .map(name => JSON.stringify([target.type, name]))

/** What has gone already is as good as deleted. */
const hasFailed = ({ method, status }: Exchange) => status >= 400 && !(method === 'DELETE' && status === 404)

const isAboutMembers = ({ method, request: { body = '' } }: Exchange) =>
  method === 'PATCH' && /"path"\s*:\s*"members\b/i.test(body)

const isDeparture = ({ method, action }: Exchange) => method === 'DELETE' || /^disable /.test(action)

/** Nobody has looked what it was about, so that its filter has to tell. */
const isRefusedProbe = (exchange: Exchange) => isGuid(lookUpIn(exchange, undefined)?.value ?? '')

/** What a probe was answered; undefined for what is no probe. */
function probeAnswer(exchange: Exchange): { readonly wrong?: string } | undefined {
  if (exchange.method !== 'GET' || exchange.target?.id !== undefined) return undefined
  const subject = readSubject({ exchange })
  if (!isProbe(subject)) return undefined
  const found = subject.lookUp?.found
  if (found === 0) return {}
  return {
    wrong:
      found === undefined
        ? `The last probe was answered ${exchange.status} instead of an empty list.`
        : `The last probe, which nobody matches, found ${found}.`,
  }
}
