import { randomBytes } from 'node:crypto'
import type { Check } from '../check.ts'
import { type ClientOptions, createClient } from '../client/client.ts'
import type { Unreachable } from '../client/unreachable.ts'
import type { Extra } from '../data/extras.ts'
import { discover } from './discovery.ts'
import { missing } from './needs.ts'
import { probeRights } from './probe.ts'
import type { Asked, LeftBehind, Outcome, Result, Tell } from './result.ts'
import { runOne } from './run-one.ts'
import { selectChecks } from './select.ts'
import type { Run } from './stage.ts'
import { strangerTo } from './stranger.ts'

export type RunOptions = Asked &
  ClientOptions & {
    readonly extras: readonly Extra[]
    readonly checks: readonly Check[]
    /** Ends the run: what was begun is cleaned up. */
    readonly stop?: AbortSignal
    readonly tell?: Tell
  }

/** A run, and why it ended early, if the server went away. */
export type Finished = { readonly result: Result; readonly unreachable?: Unreachable }

/** Grades a server. Throws `Unreachable` when there is none. */
export async function runChecks(options: RunOptions): Promise<Finished> {
  const { url, extras, tell = () => {} } = options
  const started = new Date().toISOString()
  const client = createClient(options)
  const ending = new AbortController()
  const stop = AbortSignal.any([ending.signal, ...(options.stop ? [options.stop] : [])])
  try {
    const { service, types, notes } = await discover(url, path => client.send('GET', path))
    const checks = selectChecks(options.checks, options)
    const mark = `scim-check-${newMark()}`
    let number = 0
    const run: Run = {
      client,
      service,
      types,
      extras,
      mark,
      next: () => ++number,
      stranger: strangerTo(client, options.headers, types),
      stop,
      refused: new Map(),
      needed: new Map(),
      referents: new Map(),
    }
    tell({ kind: 'discovered', service, checks: checks.length })
    const probe = await probed(run, checks, options.readOnly)
    const noted = [...notes, ...probe.notes]
    for (const note of noted) tell({ kind: 'noted', note })
    const all = await performAll(checks, run, options, tell, ending)
    const kept = await probe.end()
    return {
      result: {
        service: masked(service, client.mask),
        asked: askedOf(options, client.mask),
        mark,
        outcomes: all.outcomes,
        exchanges: client.exchanges,
        started,
        ended: new Date().toISOString(),
        leftBehind: masked([...probe.left, ...all.left, ...kept], client.mask),
        notes: noted,
        interrupted: stop.aborted,
      },
      ...(all.unreachable && { unreachable: all.unreachable }),
    }
  } finally {
    client.close()
  }
}

const newMark = (): string => (randomBytes(4).readUInt32BE() % 36 ** 5).toString(36).padStart(5, '0')

const probed = async (run: Run, checks: readonly Check[], readOnly: boolean) =>
  readOnly || run.stop.aborted || !checks.some(({ needs }) => needs?.includes('write'))
    ? { notes: [], left: [], end: async () => [] }
    : probeRights(run)

async function performAll(
  checks: readonly Check[],
  run: Run,
  { concurrency, readOnly }: RunOptions,
  tell: Tell,
  ending: AbortController,
) {
  const outcomes = new Map<Check, Outcome>()
  const left: LeftBehind[] = []
  let unreachable: Unreachable | undefined
  const done = (outcome: Outcome) => {
    outcomes.set(outcome.check, outcome)
    tell({ kind: 'done', outcome, number: outcomes.size, of: checks.length })
  }
  const queue = checks.values()
  const worker = async () => {
    // One queue for all workers: whoever is free takes the next.
    for (const check of queue) {
      const reason = run.stop.aborted
        ? (unreachable?.message ?? 'The run was stopped before its turn.')
        : missing(check, { ...run, readOnly })
      if (reason !== undefined) {
        done({ check, verdict: 'skipped', reason, exchanges: [], milliseconds: 0 })
        continue
      }
      const ran = await runOne(check, run)
      left.push(...ran.left)
      if (ran.unreachable) {
        unreachable ??= ran.unreachable
        ending.abort()
      }
      done(ran.outcome)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { outcomes: checks.flatMap(check => outcomes.get(check) ?? []), left, unreachable }
}

/** A server may say a token back even in what it says of itself. */
const masked = <T>(value: T, mask: (text: string) => string): T =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? mask(one) : one))

// Field by field, so that no secret comes along.
const askedOf = (options: RunOptions, mask: (text: string) => string): Asked => ({
  url: mask(options.url),
  as: options.as,
  only: options.only,
  skip: options.skip,
  readOnly: options.readOnly,
  concurrency: options.concurrency,
  rate: options.rate,
  timeoutSeconds: options.timeoutSeconds,
})
