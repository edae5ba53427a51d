import type { JsonObject } from '../../scim/json.ts'
import type {
  CurrentResource,
  MemberRow,
  Plan,
  PlanChange,
  PlanChanges,
  PlanQueries,
  PlanQuery,
} from '../common/plans/plan.ts'

export type Job<Value = unknown> = {
  readonly tenant: number
  /** Jobs with a common name take effect in the order in which they came. */
  readonly changes: readonly string[]
  /** Each attempt creates a new plan. */
  readonly plan: () => Plan<Value>
}

/** Jobs that refer to the resource run after those that create or delete it. */
export const existenceOf = (tenant: number, id: string): string => `exists ${tenant} ${id}`

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export type Running<Each> = {
  readonly job: Each
  readonly plan: Plan<unknown>
  readonly queries: readonly PlanQuery[]
  readonly results: readonly unknown[]
}

export type Asking<Each> = Omit<Running<Each>, 'results'>

/** Names the resources of a tenant that have one maximum. */
export const placeOf = (tenant: number, type: string): string => `${tenant} ${type}`

type Rooms = {
  readonly noteCreation: (place: string) => void
  readonly creationsElsewhere: (place: string) => number
}

/** Plans of a round do not see each other's writes, so each resource and key is given to one of them. */
export function createClaims<Each extends Job>(
  round: readonly Each[],
  { noteCreation, creationsElsewhere }: Rooms,
) {
  const holders = new Map<string, Each>()
  const places = new Map(round.map((job, place) => [job, place]))
  const creators = new Map<string, Set<Each>>()
  const names = new Map(round.flatMap(job => job.changes.map((name): [string, Each] => [name, job])))

  const isFree = (job: Each, claim: string): boolean => {
    const holder = holders.get(claim) ?? job
    holders.set(claim, holder)
    return holder === job
  }

  const isKeptByEarlier = (job: Each, resource: string): boolean => {
    const holder = holders.get(resource)
    return holder !== undefined && Number(places.get(holder)) < Number(places.get(job))
  }

  const findRoom = (
    job: Each,
    [tenant, type, limit]: PlanQueries['room']['of'],
    existing: number,
  ): boolean | Unclaimed => {
    if (existing >= limit) return false
    const place = placeOf(tenant, type)
    const others = creators.get(place) ?? new Set()
    if (existing + others.size >= limit) return 'taken'
    if (existing + others.size + creationsElsewhere(place) >= limit) return 'needs earlier jobs'
    creators.set(place, others.add(job))
    noteCreation(place)
    return true
  }

  const asksForKeys = ({ queries }: Asking<Each>) => queries.some(({ query }) => query === 'holder')
  const withKeys = new Set<Each>()

  return {
    /** A plan queries exclusive keys once all earlier plans of its tenant have queried theirs, or have ended. */
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
    /** Another plan has what this one wants to change, or the last places may be taken by other batches. */
    claim(
      job: Each,
      queries: readonly PlanQuery[],
      results: readonly unknown[],
    ): readonly unknown[] | Unclaimed {
      const own: unknown[] = []
      for (const [at, query] of queries.entries()) {
        const isRoom = query.query === 'room'
        const result = isRoom ? findRoom(job, query.of, results[at] as number) : results[at]
        if (isRoom && isUnclaimed(result)) return result
        if (query.query === 'holder' && isKeptByEarlier(job, `resource ${result}`)) return 'taken'
        if (!claimsOf(query, result).every(claim => isFree(job, claim))) return 'taken'
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

type Unclaimed = 'taken' | 'needs earlier jobs'

const isUnclaimed = (result: unknown): result is Unclaimed => typeof result === 'string'

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

/**
 * Jobs that change the resource of another job, after it in the same round. While the first one runs, the queries are run that
 * those after it will need: they are the ones that each would need if it came first. Then each runs in memory, on the resource
 * as the one before leaves it. One that needs more runs in the next round, with those after it.
 */
export function createFollowers<Each extends Job>(followers: ReadonlyMap<Each, readonly Each[]>) {
  const resources = new Map<Each, ChangedResource>()
  const waiting: Each[] = []
  const known = new Map<string, unknown>()

  return {
    noteResults(job: Each, queries: readonly PlanQuery[], results: readonly unknown[]): void {
      const [query] = queries
      if (!followers.has(job) || resources.has(job) || query?.query !== 'current') return
      resources.set(job, { name: nameOf(query), current: results[0] as CurrentResource | undefined })
      waiting.push(job)
    },
    takeEarly(
      isAllowed: (asking: { readonly job: Each; readonly queries: readonly PlanQuery[] }) => boolean,
    ): readonly PlanQuery[] {
      const early = new Map<string, PlanQuery>()
      for (const job of waiting.splice(0)) {
        const resource = resources.get(job)
        if (!resource) continue
        for (const follower of followers.get(job) ?? []) {
          const queries = secondQueries(follower, resource).filter(isOfMember)
          if (!isAllowed({ job: follower, queries })) continue
          for (const query of queries) early.set(nameOf(query), query)
        }
      }
      return [...early.values()]
    },
    noteEarly(queries: readonly PlanQuery[], results: readonly unknown[]): void {
      for (const [at, query] of queries.entries()) known.set(nameOf(query), results[at])
    },
    runAfter(job: Each, changes: readonly PlanChange[], outcomes: Map<Each, Outcome>): readonly PlanChange[] {
      const resource = resources.get(job)
      if (!resource) return changes
      const state = createState(resource, changes, known)
      for (const follower of followers.get(job) ?? []) {
        const outcome = runInMemory(follower, state)
        if (!outcome) break
        outcomes.set(follower, outcome)
      }
      return state.changes()
    },
  }
}

type ChangedResource = { readonly name: string; readonly current: CurrentResource | undefined }

const nameOf = ({ query, of }: PlanQuery): string => `${query} ${JSON.stringify(of)}`

const isOfMember = ({ query }: PlanQuery): boolean => query === 'member' || query === 'membership'

function secondQueries({ plan }: Job, { name, current }: ChangedResource): readonly PlanQuery[] {
  const running = plan()
  try {
    const first = running.next([])
    if (first.done || first.value.map(nameOf).join() !== name) return []
    const second = running.next([current])
    return second.done ? [] : second.value
  } catch {
    return []
  }
}

type State = ReturnType<typeof createState>

function runInMemory({ plan }: Job, state: State): Outcome | undefined {
  const running = plan()
  try {
    for (let results: readonly unknown[] = []; ; ) {
      const step = running.next(results)
      if (step.done) return state.write(step.value.changes) ? { value: step.value.value } : undefined
      const found = step.value.map(state.read)
      if (found.includes(unknown)) return undefined
      results = found
    }
  } catch (error) {
    return { error }
  }
}

const unknown = Symbol('unknown')

function createState(
  { name, current: stored }: ChangedResource,
  first: readonly PlanChange[],
  known: ReadonlyMap<string, unknown>,
) {
  let current = stored
  let changes: readonly PlanChange[] = first
  const members = new Map<string, MemberRow | undefined>()

  const apply = ({ change, row }: PlanChange): void => {
    switch (change) {
      case 'rewriteResource':
        if (current) current = { ...current, ...contentOf(row.content) }
        break
      case 'touchResource':
        if (current) current = { ...current, version: row.version, lastModified: row.lastModified }
        break
      case 'addMembers':
        for (const member of row.members) members.set(member.memberId, member)
        break
      case 'removeMembers':
        for (const { memberId } of row.members) members.set(memberId, undefined)
        break
    }
  }
  for (const change of first) apply(change)

  /** Rows are deleted before others are inserted, whatever the order of changes. */
  const canFollow = ({ change, row }: PlanChange): boolean => {
    switch (change) {
      case 'removeMembers':
        return row.members.every(({ memberId }) => members.get(memberId) === undefined)
      case 'rewriteResource':
      case 'touchResource':
      case 'addMembers':
      case 'version':
        return true
      default:
        return false
    }
  }

  return {
    read(query: PlanQuery): unknown {
      const asked = nameOf(query)
      if (asked === name) return current
      if (query.query === 'membership' && members.has(query.of[2])) return members.get(query.of[2])
      return known.has(asked) ? known.get(asked) : unknown
    },
    write(more: readonly PlanChange[]): boolean {
      if (!more.every(canFollow)) return false
      for (const change of more) apply(change)
      changes = [...changes, ...more]
      return true
    },
    changes: (): readonly PlanChange[] => mergeRevisions(changes),
  }
}

const contentOf = ({
  document,
  secrets,
  keys,
  version,
  lastModified,
  label,
}: PlanChanges['rewriteResource']['content']) => ({ document, secrets, keys, version, lastModified, label })

function mergeRevisions(changes: readonly PlanChange[]): readonly PlanChange[] {
  let last: PlanChange | undefined
  const others: PlanChange[] = []
  for (const change of changes) {
    if (change.change === 'rewriteResource') last = change
    else if (change.change === 'touchResource') last = touched(last, change)
    else others.push(change)
  }
  return last ? [...others, last] : others
}

function touched(
  last: PlanChange | undefined,
  touch: PlanChange & { readonly change: 'touchResource' },
): PlanChange {
  if (last?.change !== 'rewriteResource') return touch
  const { version, lastModified } = touch.row
  const { content } = last.row
  const meta = { ...(content.search.meta as JsonObject), lastModified }
  const search = { ...content.search, meta }
  return { ...last, row: { ...last.row, content: { ...content, version, lastModified, search } } }
}
