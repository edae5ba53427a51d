import { BusyError } from '../../domain/ports/database.ts'
import { type Batch, type BatchOptions, createBatch, type Postponement, runBatch } from './batch.ts'
import type { Lane } from './connect.ts'
import { type Connection, ConnectionLostError, sqlStateOf } from './connection.ts'
import { createQuota, type Quota } from './quota.ts'
import type { Job, Outcome } from './round.ts'
import { prepared } from './statement.ts'

/** Groups the transactions of an instance: jobs that arrive while the connections are busy share the next transaction. */
export type Lanes = {
  /**
   * Resolves once the job is committed. If its plan throws, only this job is rejected. Rejects with `ConnectionLostError` if
   * the outcome is unknown, and with `BusyError` if it had to wait too long for another transaction.
   */
  run<Value>(job: Job<Value>): Promise<Value>
  flush(): Promise<void>
}

export type LanesOptions = {
  readonly maxJobs?: number
  /** The steps after which a plan runs again in a transaction of its own, so that others do not wait for it. */
  readonly maxSteps?: number
}

type WaitingJob = Job & {
  readonly nth: number
  readonly settle: (outcome: Outcome) => void
  postponement: Postponement | undefined
}

/** `creations` has the number of creations that were given a place, by `placeOf` a type. */
type UnderWay = { readonly jobs: readonly WaitingJob[]; readonly creations: Map<string, number> }

export function createLanes(
  connections: readonly Lane[],
  { maxJobs = 200, maxSteps = 32 }: LanesOptions = {},
): Lanes {
  const idle = [...connections]
  const quota = createQuota()
  const beginUse = createNamesInUse()
  const working = new Set<Promise<void>>()
  const underWay = new Map<UnderWay, Set<UnderWay>>()
  let waiting: WaitingJob[] = []
  let turn: NodeJS.Immediate | undefined
  let arrived = 0

  const schedule = (): void => {
    if (waiting.length > 0 && idle.length > 0) turn ??= setImmediate(dispatch)
  }

  const dispatch = (): void => {
    clearImmediate(turn)
    turn = undefined
    for (let lane = idle.pop(); lane; lane = idle.pop()) {
      const names = beginUse()
      const jobs = takeJobs(names, shareOf(waiting.length, idle.length + 1, maxJobs))
      if (jobs.length === 0) {
        idle.push(lane)
        return
      }
      start(lane, jobs, names)
    }
  }

  const start = (lane: Lane, jobs: readonly WaitingJob[], names: NamesInUse): void => {
    const concurrent = new Set(underWay.keys())
    const own: UnderWay = { jobs, creations: new Map() }
    for (const others of underWay.values()) others.add(own)
    underWay.set(own, concurrent)
    const use: Use = {
      ...{ names, maxSteps, quota },
      hasEarlier: job => hasJobBefore(concurrent, job),
      noteCreation: place => own.creations.set(place, (own.creations.get(place) ?? 0) + 1),
      creationsElsewhere: place =>
        [...concurrent].reduce((sum, { creations }) => sum + (creations.get(place) ?? 0), 0),
    }
    const work = settleJobs(lane, jobs, use).then(postponed => {
      names.end()
      waiting = [...postponed, ...waiting]
      idle.push(lane)
      underWay.delete(own)
      working.delete(work)
      schedule()
    })
    working.add(work)
  }

  const takeJobs = (names: NamesInUse, most: number): readonly WaitingJob[] => {
    const taken: WaitingJob[] = []
    const left: WaitingJob[] = []
    const namesOfLeft = new Set<string>()
    const canJoin = (job: WaitingJob): boolean => {
      const { changes, postponement } = job
      return (
        (postponement !== 'long' || taken.length === 0) &&
        (postponement !== 'needs earlier jobs' || !hasJobBefore(underWay.keys(), job)) &&
        !changes.some(name => namesOfLeft.has(name)) &&
        names.canChange(changes) &&
        (typeof postponement !== 'object' || names.canMention(postponement.waitsFor))
      )
    }
    for (const [at, job] of waiting.entries()) {
      if (taken.length === most || taken[0]?.postponement === 'long') {
        left.push(...waiting.slice(at))
        break
      }
      if (canJoin(job)) {
        names.change(job.changes)
        taken.push(job)
      } else {
        left.push(job)
        for (const name of job.changes) namesOfLeft.add(name)
      }
    }
    waiting = left
    return taken
  }

  return {
    run: ({ tenant, changes, plan }) =>
      new Promise((resolve, reject) => {
        const settle = (outcome: Outcome) => {
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.value as never)
        }
        waiting.push({ tenant, changes, plan, nth: arrived++, settle, postponement: undefined })
        schedule()
      }),
    async flush() {
      while (waiting.length > 0 || working.size > 0) {
        dispatch()
        await Promise.all(working)
      }
    },
  }
}

function hasJobBefore(batches: Iterable<UnderWay>, { tenant, nth }: WaitingJob): boolean {
  for (const { jobs } of batches)
    if (jobs.some(other => other.tenant === tenant && other.nth < nth)) return true
  return false
}

/** A transaction with fewer jobs takes hardly less time. */
const minShare = 8

/**
 * The jobs for one of the idle connections. With one transaction for all, this process would wait for the database, and the
 * database for this process: these work at the same time if jobs are divided.
 */
const shareOf = (jobs: number, connections: number, maxJobs: number): number =>
  Math.min(maxJobs, Math.max(minShare, Math.ceil(jobs / connections)))

type Use = { readonly names: NamesInUse; readonly quota: Quota } & Omit<BatchOptions<WaitingJob>, 'mention'>

/** Runs jobs until each is settled, or has to run later. Returns the latter. */
async function settleJobs(lane: Lane, jobs: readonly WaitingJob[], use: Use): Promise<readonly WaitingJob[]> {
  for (let attempt = 1; ; attempt++) {
    const batch = createBatch<WaitingJob>()
    const { names, ...rest } = use
    const failure = await attemptBatch(lane, jobs, batch, { mention: names.mention, ...rest })
    if (!failure) {
      for (const [job, outcome] of batch.outcomes) job.settle(outcome)
      for (const [job, postponement] of batch.postponed) job.postponement = postponement
      return [...batch.postponed.keys()]
    }
    if (attempt < attemptsAfter(failure, jobs.length)) continue
    const parts = partsAfter(failure, jobs)
    if (parts.length > 1) return settleParts(lane, parts, use)
    for (const job of jobs) job.settle({ error: failure.error })
    return []
  }
}

/** Runs jobs in several transactions: only those are rejected that cause the failure. */
async function settleParts(
  lane: Lane,
  parts: readonly (readonly WaitingJob[])[],
  use: Use,
): Promise<readonly WaitingJob[]> {
  const postponed: WaitingJob[] = []
  for (const jobs of parts) {
    const follows = ({ changes }: WaitingJob) =>
      postponed.some(before => before.changes.some(name => changes.includes(name)))
    const others = jobs.filter(job => !follows(job))
    postponed.push(...jobs.filter(follows))
    if (others.length > 0) postponed.push(...(await settleJobs(lane, others, use)))
  }
  return postponed
}

type Failure = {
  readonly error: unknown
  readonly isPassing: boolean
  readonly cause: 'job' | 'tenant' | 'connection'
}

function attemptsAfter({ isPassing, cause }: Failure, jobs: number): number {
  if (!isPassing) return 1
  return cause === 'job' && jobs === 1 ? 5 : 2
}

function partsAfter({ cause }: Failure, jobs: readonly WaitingJob[]): readonly (readonly WaitingJob[])[] {
  switch (cause) {
    case 'job':
      return jobs.map(job => [job])
    case 'tenant':
      return [...Map.groupBy(jobs, ({ tenant }) => tenant).values()]
    case 'connection':
      return [jobs]
  }
}

async function attemptBatch(
  lane: Lane,
  jobs: readonly WaitingJob[],
  batch: Batch<WaitingJob>,
  options: BatchOptions<WaitingJob>,
): Promise<Failure | undefined> {
  let connection: Connection
  try {
    connection = await lane.connection()
  } catch (error) {
    return { error, isPassing: false, cause: 'connection' }
  }
  try {
    await runBatch(connection, jobs, batch, options)
    return undefined
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) {
      await connection.execute('rollback').catch(() => {})
      return toFailure(error)
    }
    lane.drop(connection)
    if (!batch.isCommitSent) return { error, isPassing: true, cause: 'connection' }
    const isCommitted = await wasCommitted(lane, batch).catch(() => false)
    return isCommitted ? undefined : { error, isPassing: false, cause: 'connection' }
  }
}

/** A duplicate, a serialization failure and a deadlock: all are results of concurrent transactions. */
const passingStates = ['23505', '40001', '40P01']
const timeouts = ['55P03', '57014']

function toFailure(error: unknown): Failure {
  const state = sqlStateOf(error)
  if (timeouts.includes(state)) {
    const busy = new BusyError('The database is busy with other changes. Try again later.')
    return { error: busy, isPassing: false, cause: 'tenant' }
  }
  return { error, isPassing: passingStates.includes(state), cause: 'job' }
}

const sameVersion = prepared(`
  select 1 from versions
  where tenant = $1 and resource_key = $2 and version = $3 and action = $4 and exchange = $5`)

/**
 * Whether a batch was committed whose connection was lost meanwhile. Without a version to look for the answer is no, even if
 * something was written.
 */
async function wasCommitted(lane: Lane, { version, hasChanges }: Batch<WaitingJob>): Promise<boolean> {
  if (!hasChanges) return true
  if (!version) return false
  const connection = await lane.connection()
  const { tenant, key, action, exchange } = version
  return (await connection.query(sameVersion, [tenant, key, version.version, action, exchange])).length > 0
}

/** The names that a batch uses until it ends. Two batches may mention a name at the same time; a change excludes both. */
type NamesInUse = {
  canChange(names: readonly string[]): boolean
  canMention(name: string): boolean
  change(names: readonly string[]): void
  mention(name: string): boolean
  end(): void
}

function createNamesInUse(): () => NamesInUse {
  const changing = new Map<string, NamesInUse>()
  const mentioning = new Map<string, Set<NamesInUse>>()

  return () => {
    const changed: string[] = []
    const mentioned = new Set<string>()
    const isMentionedElsewhere = (name: string): boolean => {
      const users = mentioning.get(name)
      return users !== undefined && !(users.size === 1 && users.has(own))
    }
    const own: NamesInUse = {
      canChange: names => names.every(name => own.canMention(name) && !isMentionedElsewhere(name)),
      canMention: name => (changing.get(name) ?? own) === own,
      change(names) {
        for (const name of names) changing.set(name, own)
        changed.push(...names)
      },
      mention(name) {
        if (!own.canMention(name)) return false
        mentioned.add(name)
        mentioning.set(name, (mentioning.get(name) ?? new Set()).add(own))
        return true
      },
      end() {
        for (const name of changed) changing.delete(name)
        for (const name of mentioned) {
          const users = mentioning.get(name)
          users?.delete(own)
          if (users?.size === 0) mentioning.delete(name)
        }
      },
    }
    return own
  }
}
