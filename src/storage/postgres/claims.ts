import type { CurrentResource, PlanQueries, PlanQuery } from '../common/plans/plan.ts'
import type { Asking, Job } from './job.ts'

/** Plans of a round do not see each other's writes, so each resource and key is given to one of them. */
export function createClaims<Each extends Job>(round: readonly Each[]) {
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
    /** Undefined if another plan has what this one wants to change. */
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
