import type { JsonObject } from '../../scim/json.ts'
import type { CurrentResource, MemberRow, PlanChange, PlanChanges, PlanQuery } from '../common/plans/plan.ts'
import type { Job, Outcome } from './job.ts'

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
