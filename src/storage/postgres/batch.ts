import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { type PlanChange, type PlanChanges, type PlanQuery, rowsOf } from '../common/plans/plan.ts'
import type { Connection } from './connection.ts'
import { changeQueries } from './plan-changes.ts'
import { runPlanQueries } from './plan-queries.ts'
import type { Quota } from './quota.ts'
import {
  type Asking,
  createClaims,
  createFollowers,
  existenceOf,
  type Job,
  type Outcome,
  type Running,
} from './round.ts'
import { prepared, type Query } from './statement.ts'

export type Postponement = 'long' | 'needs earlier jobs' | { readonly waitsFor: string }

/** The progress of a batch, which is known even if its connection is lost. */
export type Batch<Each extends Job> = {
  readonly outcomes: Map<Each, Outcome>
  readonly postponed: Map<Each, Postponement>
  version: PlanChanges['version'] | undefined
  hasChanges: boolean
  isCommitSent: boolean
}

export const createBatch = <Each extends Job>(): Batch<Each> => ({
  outcomes: new Map(),
  postponed: new Map(),
  version: undefined,
  hasChanges: false,
  isCommitSent: false,
})

export type BatchOptions<Each extends Job> = {
  readonly quota: Quota
  /** Whether a job of another batch creates or deletes the resource with this name. Otherwise none may until the end. */
  readonly mention: (existence: string) => boolean
  readonly hasEarlier: (job: Each) => boolean
  readonly noteCreation: (place: string) => void
  /** How many resources the batches create that run at the same time, whether or not they are committed by now. */
  readonly creationsElsewhere: (place: string) => number
  /** After this many steps, a plan that shares the transaction leaves it. */
  readonly maxSteps: number
}

/**
 * Runs jobs in one transaction. Their plans run in lockstep: the queries of all plans share a round trip, and those of one kind
 * a statement. Resolves once all is committed.
 */
export async function runBatch<Each extends Job>(
  connection: Connection,
  jobs: readonly Each[],
  batch: Batch<Each>,
  options: BatchOptions<Each>,
): Promise<void> {
  const transaction = createTransaction(connection, options.quota)
  transaction.begin([...new Set(jobs.map(({ tenant }) => tenant))])
  for (let left = jobs; left.length > 0; left = left.filter(job => isPending(job, batch))) {
    const round = splitRound(left)
    const maxSteps = jobs.length > 1 ? options.maxSteps : Number.POSITIVE_INFINITY
    const changes = await runRound(transaction, round, batch, { ...options, maxSteps })
    postponeLater(round, left, batch)
    await transaction.write(changes)
    batch.hasChanges ||= changes.length > 0
    batch.version ??= findVersion(changes)
  }
  // If a statement before it fails, this commit is a rollback, and succeeds.
  batch.isCommitSent = true
  await transaction.commit()
}

const isPending = <Each extends Job>(job: Each, { outcomes, postponed }: Batch<Each>): boolean =>
  !outcomes.has(job) && !postponed.has(job)

/** A version of an exchange: exchanges have unique ids, while keys and versions of a lost transaction may be given again. */
const findVersion = (changes: readonly PlanChange[]): PlanChanges['version'] | undefined => {
  for (const { change, row } of changes) if (change === 'version' && row.exchange !== null) return row
  return undefined
}

type Transaction = {
  begin(tenants: readonly number[]): void
  query(queries: readonly PlanQuery[]): Promise<readonly unknown[]>
  write(changes: readonly PlanChange[]): Promise<void>
  commit(): Promise<void>
}

const begin: Query = { ...prepared('begin'), values: [] }
const commit: Query = { ...prepared('commit'), values: [] }
/** Tenants are not deleted, reset or restored while one of their transactions is open. */
const lockTenants = prepared(
  'select key from tenants where key = any($1::bigint[]) order by key for key share',
)

type TenantRow = { readonly key: number }

/** The tenants are locked before: builders of an index wait for transactions that may not have seen their request. */
const findTextIndex = prepared(
  'select exists (select 1 from indexed_attributes where tenant = any($1::bigint[])) as found',
)
type TextIndexRow = { readonly found: boolean }

/** More rows take longer than a millisecond to send. */
const manyRows = 500

function createTransaction(connection: Connection, quota: Quota): Transaction {
  let waiting: Query[] = []
  let sent: Promise<unknown>[] = []
  const locked = new Set<number>()
  let hasTextIndex = true
  const send = (queries: readonly Query[]) => {
    const before = waiting
    waiting = []
    const rows = connection.queryAll([...before, ...queries]).then(all => {
      if (before[0] === begin) {
        const [, tenants, [textIndex]] = all as [unknown, readonly TenantRow[], readonly TextIndexRow[]]
        for (const { key } of tenants) locked.add(key)
        hasTextIndex = textIndex?.found ?? true
      }
      return all.slice(before.length)
    })
    // Awaited later, perhaps after it has failed.
    rows.catch(() => {})
    sent.push(rows)
    return rows
  }
  /** Waits for all statements. The first one that fails is the cause: the others fail because of it. */
  const settle = async (): Promise<void> => {
    const awaited = sent
    sent = []
    await Promise.all(awaited)
  }
  return {
    begin(keys) {
      waiting.push(begin, { ...lockTenants, values: [keys] }, { ...findTextIndex, values: [keys] })
    },
    async query(queries) {
      const results = runPlanQueries({ send, isLocked: tenant => locked.has(tenant), quota }, queries)
      await results.catch(() => {})
      await settle()
      return results
    },
    async write(changes) {
      const isLong = changes.reduce((rows, change) => rows + rowsOf(change), 0) > manyRows
      for (const query of changeQueries(changes, hasTextIndex)) {
        waiting.push(query)
        if (!isLong || !sharedSlices.isOver()) continue
        send([])
        await sharedSlices.next(undefined, 'urgent')
      }
    },
    async commit() {
      send([commit])
      await settle()
    },
  }
}

type Round<Each> = {
  readonly jobs: readonly Each[]
  readonly followers: ReadonlyMap<Each, readonly Each[]>
}

function splitRound<Each extends Job>(left: readonly Each[]): Round<Each> {
  const heads = new Map<string, Each | undefined>()
  const jobs: Each[] = []
  const followers = new Map<Each, Each[]>()
  for (const job of left) {
    const { changes } = job
    const [name = ''] = changes
    const head = heads.get(name)
    if (!changes.some(name => heads.has(name))) {
      jobs.push(job)
      for (const name of changes) heads.set(name, job)
    } else if (head && head.changes.length === 1 && changes.length === 1) {
      followers.set(head, [...(followers.get(head) ?? []), job])
    } else {
      for (const name of changes) heads.set(name, undefined)
    }
  }
  return { jobs, followers }
}

/** Postpones later jobs with a name of a postponed one: they must not precede it. */
function postponeLater<Each extends Job>(
  { jobs }: Round<Each>,
  left: readonly Each[],
  { outcomes, postponed }: Batch<Each>,
): void {
  if (postponed.size === 0) return
  const cause = new Map<string, Postponement>()
  const note = ({ changes }: Job, postponement: Postponement) => {
    for (const name of changes) cause.set(name, postponement)
  }
  for (const job of jobs) {
    const postponement = postponed.get(job)
    if (postponement) note(job, postponement)
  }
  for (const job of left) {
    if (outcomes.has(job) || postponed.has(job)) continue
    const shared = job.changes.find(name => cause.has(name))
    if (shared === undefined) continue
    postponed.set(job, { waitsFor: shared })
    note(job, { waitsFor: shared })
  }
}

const isDenied = ({ queries, results }: Running<unknown>): boolean =>
  queries.some(({ query }, at) => query === 'holder' && results[at] !== undefined)

/** Plans that would disturb others stay pending. */
async function runRound<Each extends Job>(
  transaction: Transaction,
  { jobs, followers }: Round<Each>,
  batch: Batch<Each>,
  { mention, hasEarlier, maxSteps, ...rooms }: BatchOptions<Each>,
): Promise<readonly PlanChange[]> {
  const changes = new Map<Each, readonly PlanChange[]>()
  const claims = createClaims(jobs, rooms)
  const chains = createFollowers(followers)

  const advance = (running: Running<Each>): Asking<Each> | undefined => {
    const { job, plan, results } = running
    if (isDenied(running) && hasEarlier(job)) {
      batch.postponed.set(job, 'needs earlier jobs')
      claims.release(job)
      return undefined
    }
    try {
      const step = plan.next(results)
      if (!step.done) return { job, plan, queries: step.value }
      batch.outcomes.set(job, { value: step.value.value })
      changes.set(job, step.value.changes)
    } catch (error) {
      batch.outcomes.set(job, { error })
    }
    return undefined
  }

  const obstacleTo = ({ job, queries }: Omit<Asking<Each>, 'plan'>): Obstacle | undefined => {
    for (const { query, of } of queries) {
      if (query !== 'member') continue
      const name = existenceOf(...of)
      if (claims.isNameOfAnother(name, job)) return 'job of this round'
      if (!mention(name)) return { waitsFor: name }
    }
    return undefined
  }

  const isAllowed = (asking: Asking<Each>, step: number): boolean => {
    const obstacle = step >= maxSteps ? 'long' : obstacleTo(asking)
    if (obstacle === 'job of this round') claims.release(asking.job)
    else if (obstacle !== undefined) batch.postponed.set(asking.job, obstacle)
    return obstacle === undefined
  }

  const advanceAll = (running: readonly Running<Each>[]) => running.flatMap(each => advance(each) ?? [])

  let asking = advanceAll(jobs.map(job => ({ job, plan: job.plan(), queries: [], results: [] })))
  let early: readonly PlanQuery[] = []
  for (let step = 0; asking.length > 0 || early.length > 0; step++) {
    const { ready, held } = claims.inOrderOfKeys(asking)
    const allowed = ready.filter(each => isAllowed(each, step))
    const queries = [...allowed.flatMap(({ queries }) => queries), ...early]
    const found = queries.length === 0 ? [] : await transaction.query(queries)
    let from = 0
    const running = allowed.flatMap(each => {
      const { job, queries } = each
      const results = found.slice(from, from + queries.length)
      from += queries.length
      const claimed = claims.claim(job, queries, results)
      if (typeof claimed === 'string') {
        if (claimed === 'needs earlier jobs') batch.postponed.set(job, claimed)
        claims.release(job)
        return []
      }
      chains.noteResults(job, queries, claimed)
      return [{ ...each, results: claimed }]
    })
    chains.noteEarly(early, found.slice(from))
    early = chains.takeEarly(each => obstacleTo(each) === undefined)
    asking = [...advanceAll(running), ...held]
  }
  return jobs.flatMap(job =>
    batch.outcomes.has(job) ? chains.runAfter(job, changes.get(job) ?? [], batch.outcomes) : [],
  )
}

type Obstacle = Postponement | 'job of this round'
