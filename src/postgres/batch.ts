import { sharedSlices } from '../event-loop/slices.ts'
import {
  type CurrentResource,
  type Plan,
  type PlanChange,
  type PlanChanges,
  type PlanQueries,
  type PlanQuery,
  rowsOf,
} from '../persistence/plans/plan.ts'
import type { Connection } from './connection.ts'
import { changeQueries } from './plan-changes.ts'
import { runPlanQueries } from './plan-queries.ts'
import { prepared } from './statement.ts'

/** A plan to run in a transaction, perhaps with others. */
export type Job<Value = unknown> = {
  readonly tenant: number
  /** What it creates, changes or deletes. Jobs with a common name take effect in the order in which they came. */
  readonly changes: readonly string[]
  /** Creates the plan, again for each attempt. */
  readonly plan: () => Plan<Value>
}

/** The name of a resource for jobs that create or delete it. Others wait for these before they refer to the resource. */
export const existenceOf = (tenant: number, id: string): string => `exists ${tenant} ${id}`

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Why a job leaves a batch: it takes many steps, or it refers to a resource that a job of another batch creates or deletes. */
export type Postponement = 'long' | { readonly waitsFor: string }

/** The progress of a batch, which is known even if its connection is lost. */
export type Batch<Each extends Job> = {
  readonly outcomes: Map<Each, Outcome>
  /** Jobs that have written nothing, and have to run later. */
  readonly postponed: Map<Each, Postponement>
  /** A version that the batch adds, and that no other transaction can add. */
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

export type BatchOptions = {
  /** The slot of the connection in `counts`. */
  readonly slot: number
  /** Whether a job of another batch creates or deletes the resource with this name. Otherwise none may until the end. */
  readonly mention: (existence: string) => boolean
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
  options: BatchOptions,
): Promise<void> {
  const transaction = createTransaction(connection)
  transaction.begin([...new Set(jobs.map(({ tenant }) => tenant))])
  for (let left = jobs; left.length > 0; left = left.filter(job => isPending(job, batch))) {
    const { round, others } = splitRound(left)
    const maxSteps = jobs.length > 1 ? options.maxSteps : Number.POSITIVE_INFINITY
    const changes = await runRound(transaction, round, batch, { ...options, maxSteps })
    postponeFollowers(round, others, batch)
    await transaction.write(changes, options.slot)
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

/** Statements that are sent at once, and awaited together. */
type Transaction = {
  begin(tenants: readonly number[]): void
  /** Runs queries after all that was sent. */
  query(queries: readonly PlanQuery[]): Promise<readonly unknown[]>
  write(changes: readonly PlanChange[], slot: number): Promise<void>
  commit(): Promise<void>
}

/** Tenants are not deleted, reset or restored while one of their transactions is open. */
const lockTenants = prepared('select 1 from tenants where key = any($1::bigint[]) order by key for key share')

/** More rows take longer than a millisecond to send. */
const manyRows = 500

function createTransaction(connection: Connection): Transaction {
  let sent: Promise<unknown>[] = []
  const send = <Result>(statement: Promise<Result>): Promise<Result> => {
    // Awaited later, perhaps after it has failed.
    statement.catch(() => {})
    sent.push(statement)
    return statement
  }
  /** Waits for all statements. The first one that fails is the cause: the others fail because of it. */
  const settle = async (): Promise<void> => {
    const awaited = sent
    sent = []
    await Promise.all(awaited)
  }
  return {
    begin(tenants) {
      send(connection.execute('begin'))
      send(connection.query(lockTenants, [tenants]))
    },
    async query(queries) {
      const results = send(runPlanQueries(connection, queries))
      await settle()
      return results
    },
    async write(changes, slot) {
      const isLong = changes.reduce((rows, change) => rows + rowsOf(change), 0) > manyRows
      for (const { values, ...statement } of changeQueries(changes, slot)) {
        send(connection.query(statement, values))
        if (isLong && sharedSlices.isOver()) await sharedSlices.next(undefined, 'urgent')
      }
    },
    async commit() {
      send(connection.execute('commit'))
      await settle()
    },
  }
}

/** The jobs that can run side by side: none shares a name with one before it. */
function splitRound<Each extends Job>(jobs: readonly Each[]) {
  const names = new Set<string>()
  const round: Each[] = []
  const others: Each[] = []
  for (const job of jobs) {
    const { changes } = job
    if (changes.some(name => names.has(name))) others.push(job)
    else round.push(job)
    for (const name of changes) names.add(name)
  }
  return { round, others }
}

/** Postpones later jobs with a name of a postponed one: they must not precede it. */
function postponeFollowers<Each extends Job>(
  round: readonly Each[],
  others: readonly Each[],
  { postponed }: Batch<Each>,
): void {
  if (postponed.size === 0) return
  const cause = new Map<string, Postponement>()
  const note = ({ changes }: Job, postponement: Postponement) => {
    for (const name of changes) cause.set(name, postponement)
  }
  for (const job of round) {
    const postponement = postponed.get(job)
    if (postponement) note(job, postponement)
  }
  for (const job of others) {
    const shared = job.changes.find(name => cause.has(name))
    if (shared === undefined) continue
    postponed.set(job, { waitsFor: shared })
    note(job, { waitsFor: shared })
  }
}

type Running<Each> = {
  readonly job: Each
  readonly plan: Plan<unknown>
  readonly results: readonly unknown[]
}
type Asking<Each> = Running<Each> & { readonly queries: readonly PlanQuery[] }

/** Runs plans to their ends, and returns what they write. Plans that would disturb others stay pending. */
async function runRound<Each extends Job>(
  transaction: Transaction,
  round: readonly Each[],
  batch: Batch<Each>,
  { mention, maxSteps }: Pick<BatchOptions, 'mention' | 'maxSteps'>,
): Promise<readonly PlanChange[]> {
  const changes = new Map<Each, readonly PlanChange[]>()
  const claims = createClaims(round)

  const advance = (running: Running<Each>): Asking<Each> | undefined => {
    const { job, plan, results } = running
    try {
      const step = plan.next(results)
      if (!step.done) return { ...running, queries: step.value }
      batch.outcomes.set(job, { value: step.value.value })
      changes.set(job, step.value.changes)
    } catch (error) {
      batch.outcomes.set(job, { error })
    }
    return undefined
  }

  /** Whether a plan may run its queries in this round. */
  const isAllowed = ({ job, queries }: Asking<Each>, step: number): boolean => {
    if (step >= maxSteps) {
      batch.postponed.set(job, 'long')
      return false
    }
    for (const { query, of } of queries) {
      if (query !== 'member') continue
      const name = existenceOf(...of)
      if (claims.isNameOfAnother(name, job)) {
        claims.release(job)
        return false
      }
      if (mention(name)) continue
      batch.postponed.set(job, { waitsFor: name })
      return false
    }
    return true
  }

  const advanceAll = (running: readonly Running<Each>[]) => running.flatMap(each => advance(each) ?? [])

  let asking = advanceAll(round.map(job => ({ job, plan: job.plan(), results: [] })))
  for (let step = 0; asking.length > 0; step++) {
    const { ready, held } = claims.inOrderOfKeys(asking)
    const allowed = ready.filter(each => isAllowed(each, step))
    const found =
      allowed.length === 0 ? [] : await transaction.query(allowed.flatMap(({ queries }) => queries))
    let from = 0
    const running = allowed.flatMap(({ queries, ...each }) => {
      const results = found.slice(from, from + queries.length)
      from += queries.length
      const claimed = claims.claim(each.job, queries, results)
      if (!claimed) {
        claims.release(each.job)
        return []
      }
      return [{ ...each, results: claimed }]
    })
    asking = [...advanceAll(running), ...held]
  }
  return round.flatMap(job => changes.get(job) ?? [])
}

/**
 * What the plans of a round have read in order to change it. Plans of a round do not see what the others write, so each
 * resource, key and free place is given to one of them.
 */
function createClaims<Each extends Job>(round: readonly Each[]) {
  const holders = new Map<string, Each>()
  const places = new Map(round.map((job, place) => [job, place]))
  const creators = new Map<string, Set<Each>>()
  const names = new Map(round.flatMap(job => job.changes.map((name): [string, Each] => [name, job])))

  const isFree = (job: Each, claim: string): boolean => {
    const holder = holders.get(claim) ?? job
    holders.set(claim, holder)
    return holder === job
  }

  /** An earlier job may give up an exclusive value of the resource. */
  const isKeptByEarlier = (job: Each, resource: string): boolean => {
    const holder = holders.get(resource)
    return holder !== undefined && Number(places.get(holder)) < Number(places.get(job))
  }

  /** Whether there is room for another resource; undefined if that depends on jobs that are not finished. */
  const findRoom = (
    job: Each,
    [tenant, type, limit]: PlanQueries['room']['of'],
    existing: number,
  ): boolean | undefined => {
    if (existing >= limit) return false
    const place = `${tenant} ${type}`
    const others = creators.get(place) ?? new Set()
    if (existing + others.size >= limit) return undefined
    creators.set(place, others.add(job))
    return true
  }

  const asksForKeys = ({ queries }: Asking<Each>) => queries.some(({ query }) => query === 'holder')
  const withKeys = new Set<Each>()

  return {
    /**
     * Exclusive keys are given in the order of the jobs: a plan queries them once all plans of its tenant before it have queried
     * theirs, or have ended.
     */
    inOrderOfKeys(asking: readonly Asking<Each>[]) {
      const undecided = new Set<number>()
      const ready: Asking<Each>[] = []
      const held: Asking<Each>[] = []
      const inOrder = asking.toSorted(
        (one, other) => Number(places.get(one.job)) - Number(places.get(other.job)),
      )
      for (const each of inOrder) {
        const { tenant } = each.job
        if (asksForKeys(each) && undecided.has(tenant)) {
          held.push(each)
          continue
        }
        if (asksForKeys(each)) withKeys.add(each.job)
        else if (!withKeys.has(each.job)) undecided.add(tenant)
        ready.push(each)
      }
      return { ready, held }
    },
    isNameOfAnother: (name: string, job: Each): boolean => (names.get(name) ?? job) !== job,
    /** The results for a plan; undefined if another one has what it wants to change. */
    claim(
      job: Each,
      queries: readonly PlanQuery[],
      results: readonly unknown[],
    ): readonly unknown[] | undefined {
      const own: unknown[] = []
      for (const [at, query] of queries.entries()) {
        const isRoom = query.query === 'room'
        const result = isRoom ? findRoom(job, query.of, results[at] as number) : results[at]
        if (isRoom && result === undefined) return undefined
        if (query.query === 'holder' && isKeptByEarlier(job, `resource ${result}`)) return undefined
        if (!claimsOf(query, result).every(claim => isFree(job, claim))) return undefined
        own.push(result)
      }
      return own
    },
    /** Without this, two plans that wait for each other would do so in each round. */
    release(job: Each): void {
      for (const [claim, holder] of holders) if (holder === job) holders.delete(claim)
      for (const jobs of creators.values()) jobs.delete(job)
      for (const name of job.changes) names.delete(name)
    },
  }
}

type Keyed = { readonly key: number }

function claimsOf({ query, of }: PlanQuery, result: unknown): readonly string[] {
  switch (query) {
    case 'current':
      return result ? [`resource ${(result as CurrentResource).key}`] : []
    case 'resources':
      return (result as readonly Keyed[]).map(({ key }) => `resource ${key}`)
    case 'holder':
      return [`key ${JSON.stringify(of)}`]
    case 'predecessor':
      return result ? [`deleted ${(result as Keyed).key}`] : []
    case 'retained':
    case 'retainedAfter':
      return (result as readonly Keyed[]).map(({ key }) => `deleted ${key}`)
    default:
      return []
  }
}
