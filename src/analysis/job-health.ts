import type { Exchange } from '../journal/exchange.ts'
import type { Journal } from '../ports/journal.ts'
import type { Refusal } from '../tenants/tenant.ts'
import { isProbe } from './diagnosis/requests.ts'
import { isGuid, parseLookup, readSubject } from './diagnosis/subject.ts'
import { estimateQuarantine, type JobHealth, type QuarantineEstimate } from './quarantine.ts'
import type { AnalysisWorker } from './worker.ts'

/** So many objects are remembered, those that were dealt with last; AWS takes 100,000 users and as many groups. */
const maxObjects = 200_000
/** So often in a row is again and again. */
const stuckThreshold = 3

/** Follows Entra ID's requests, in the order of answering, and tells how its job stands. */
export type JobHealthTracker = {
  record(exchange: Exchange): void
  current(): JobHealth
}

export function createJobHealthTracker(): JobHealthTracker {
  let consecutiveRefusals = 0
  let lastRefusal: Refusal | undefined
  let probeProblem: string | undefined
  const objects = createFailureCounts()
  const references = createFailureCounts()
  let cycle: string | undefined
  let inCycle = createFailureCounts()
  let removed = 0

  const beginCycle = (id: string | undefined) => {
    if (id === undefined || id === cycle) return
    cycle = id
    inCycle = createFailureCounts()
    removed = 0
  }

  const noteObject = (exchange: Exchange) => {
    const names = objectNames(exchange)
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
    if (!failed && isRemoval(exchange)) removed++
  }

  return {
    record(exchange) {
      if (exchange.refusal !== undefined || exchange.status === 401 || exchange.status === 403) {
        consecutiveRefusals++
        lastRefusal = exchange.refusal
        if (isRejectedProbe(exchange)) probeProblem = 'The last probe was not let in.'
        return
      }
      consecutiveRefusals = 0
      lastRefusal = undefined
      beginCycle(exchange.notes?.cycle)
      const answer = probeResult(exchange)
      if (answer) probeProblem = answer.wrong
      else noteObject(exchange)
    },
    current: () => ({
      consecutiveRefusals,
      ...(lastRefusal !== undefined && { lastRefusal }),
      ...(probeProblem !== undefined && { probeProblem }),
      objects: objects.size(),
      failing: objects.failing(),
      failingReferences: references.failing(),
      stuck: objects.stuck(),
      cycle: { objects: inCycle.size(), failing: inCycle.failing(), removed },
    }),
  }
}

/** How often each object has failed since it last worked. */
function createFailureCounts() {
  const failures = new Map<string, number>()
  let failing = 0
  let stuck = 0

  const set = (name: string, count: number | undefined) => {
    const before = failures.get(name)
    failures.delete(name)
    if (count !== undefined) failures.set(name, count)
    failing += toNumber((count ?? 0) > 0) - toNumber((before ?? 0) > 0)
    stuck += toNumber((count ?? 0) >= stuckThreshold) - toNumber((before ?? 0) >= stuckThreshold)
  }

  return {
    /** The first of the names is the one that is kept. `undefined` for what neither failed nor worked. */
    note([name, ...others]: readonly string[], failed: boolean | undefined): void {
      if (name === undefined) return
      const before = [name, ...others].reduce((sum, one) => sum + (failures.get(one) ?? 0), 0)
      for (const other of others) if (failures.has(other)) set(other, undefined)
      set(name, failed === undefined ? before : failed ? before + 1 : 0)
      const [oldest] = failures.keys()
      if (failures.size > maxObjects && oldest !== undefined) set(oldest, undefined)
    },
    size: () => failures.size,
    failing: () => failing,
    stuck: () => stuck,
  }
}

const toNumber = (holds: boolean) => (holds ? 1 : 0)

/** An object has an id once it is created, and before that only what it is called by. */
const objectNames = ({ target }: Exchange): readonly string[] =>
  target === undefined
    ? []
    : [target.id, target.label]
        .filter(name => name !== undefined)
        .map(name => JSON.stringify([target.type, name]))

/** What has gone already is as good as deleted. */
const hasFailed = ({ method, status }: Exchange) => status >= 400 && !(method === 'DELETE' && status === 404)

const isAboutMembers = ({ method, request: { body = '' } }: Exchange) =>
  method === 'PATCH' && /"path"\s*:\s*"members\b/i.test(body)

const isRemoval = ({ operation }: Exchange) => operation === 'delete' || operation === 'disable'

/** Nobody has looked what it was about, so that its filter has to tell. */
const isRejectedProbe = (exchange: Exchange) => isGuid(parseLookup(exchange, undefined)?.value ?? '')

/** What a probe was answered; undefined for what is no probe. */
function probeResult(exchange: Exchange): { readonly wrong?: string } | undefined {
  if (exchange.method !== 'GET' || exchange.target?.id !== undefined) return undefined
  const subject = readSubject({ exchange })
  if (!isProbe(subject)) return undefined
  const found = subject.lookup?.found
  if (found === 0) return {}
  return {
    wrong:
      found === undefined
        ? `The last probe was answered ${exchange.status} instead of an empty list.`
        : `The last probe, which nobody matches, found ${found}.`,
  }
}

export type TenantEstimate = QuarantineEstimate & { readonly tenant: string }

/** Whether Entra ID would quarantine the jobs that speak to the tenants. */
export interface JobHealthMonitor {
  /** Of one tenant or of all that Entra ID has spoken to, by their ids. */
  estimates(tenant?: string): Promise<readonly TenantEstimate[]>
  /** Forgets how a tenant's job stood, or all. */
  clear(tenant?: string): void
}

/** So many exchanges of Entra ID's tell how jobs stood before the server was started. */
const maxRemembered = 2000
/** Other clients may have sent more since; so many exchanges are looked at. */
const maxScanned = 20_000
const pageLength = 200

/** Follows what is analysed. The life before is read from the journal once there is something to follow. */
export function createJobHealthMonitor(
  worker: Pick<AnalysisWorker, 'subscribe'>,
  journal: Pick<Journal, 'page'>,
): JobHealthMonitor {
  const followers = new Map<string, JobHealthTracker>()
  let queue: Exchange[] = []
  let past: Promise<void> | undefined
  let isPastRead = false
  // What `clear` was called for while the past was read: the exchanges that were read may have gone since.
  const clearedMeanwhile: (string | undefined)[] = []

  const note = (exchange: Exchange) => {
    const { tenant } = exchange
    // What others send says nothing about the job.
    if (tenant === undefined || !isFromEntra(exchange)) return
    const follower = followers.get(tenant) ?? createJobHealthTracker()
    followers.set(tenant, follower)
    follower.record(exchange)
  }

  /** What was analysed meanwhile comes after it, and each exchange once. */
  const readPast = async () => {
    const read = await readNewest(journal).catch(() => [])
    const exchanges = read.filter(exchange => !clearedMeanwhile.some(tenant => isAbout(exchange, tenant)))
    const known = new Set(exchanges.map(({ id }) => id))
    for (const exchange of exchanges) note(exchange)
    for (const exchange of queue) if (!known.has(exchange.id)) note(exchange)
    queue = []
    isPastRead = true
  }

  worker.subscribe(event => {
    if (event.kind !== 'analyzed') return
    if (isPastRead) {
      for (const exchange of event.items) note(exchange)
      return
    }
    queue.push(...event.items)
    past ??= readPast()
  })

  return {
    async estimates(tenant) {
      past ??= readPast()
      await past
      const wanted = tenant === undefined ? [...followers.keys()].sort() : [tenant]
      return wanted.flatMap(id => {
        const follower = followers.get(id)
        return follower ? [{ tenant: id, ...estimateQuarantine(follower.current()) }] : []
      })
    },
    clear(tenant) {
      if (tenant === undefined) followers.clear()
      else followers.delete(tenant)
      if (isPastRead) return
      queue = queue.filter(exchange => !isAbout(exchange, tenant))
      if (past) clearedMeanwhile.push(tenant)
    },
  }
}

/** Without a tenant, of any. */
const isAbout = (exchange: Exchange, tenant: string | undefined) =>
  tenant === undefined || exchange.tenant === tenant

const isFromEntra = ({ notes }: Exchange): boolean => notes?.client === 'entra'

/** Entra ID's newest that are analysed, oldest first. */
async function readNewest(journal: Pick<Journal, 'page'>): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = []
  let cursor: string | undefined
  let looked = 0
  do {
    const page = await journal.page({ limit: pageLength, ...(cursor !== undefined && { cursor }) })
    exchanges.push(...page.items.filter(isFromEntra))
    looked += page.items.length
    cursor = page.next
  } while (cursor !== undefined && exchanges.length < maxRemembered && looked < maxScanned)
  return exchanges.reverse()
}
