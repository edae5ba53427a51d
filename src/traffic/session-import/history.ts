import type { SessionItems } from '../../domain/contract/session-file.ts'
import type { SessionRow } from '../../domain/ports/snapshots.ts'
import { SessionFileError } from '../session-file.ts'

type Item = SessionItems['resources']
type Entry = Item['history'][number]
export type MembershipEntry = Extract<Entry, { kind: 'membership' }>

type KnownResource = {
  readonly type: string
  readonly id: string
  readonly created: number
  readonly isLiving: boolean
  readonly changes: readonly (number | string)[]
}

type GroupEvent = { readonly group: number; readonly change: number; readonly entry: MembershipEntry }

export type History = {
  readonly resources: number
  readonly changes: number
  key(place: number): number
  keyOf(id: string): number | null
  /** The moments of the entries of the nth resource, oldest first; undefined for those that another group has, too. */
  moments(place: number): readonly (number | undefined)[]
  memberships(): readonly SessionRow[]
}

/** Call `add` for each resource, and then `end`, which throws `SessionFileError`. */
export function createHistoryReader() {
  const resources: KnownResource[] = []
  const times: number[] = []
  const events: GroupEvent[] = []

  const addChange = (at: string): number => times.push(Date.parse(at)) - 1

  const addEntry = (id: string, entry: Entry): number | string => {
    if (entry.kind === 'revision') return addChange(entry.at)
    if (entry.group.id !== id) return nameOf(entry)
    const change = addChange(entry.at)
    events.push({ group: resources.length, change, entry })
    return change
  }

  return {
    add({ resource: { type, id, created, status }, history }: Item): void {
      const changes = history.toReversed().map(entry => addEntry(id, entry))
      const isLiving = status === 'active' || status === 'disabled'
      resources.push({ type, id, created: Date.parse(created), isLiving, changes })
    },

    end(): History {
      const places = new Map(resources.map(({ id }, place) => [id, place]))
      const keys = numberResources(resources)
      const moments = orderChanges(times, chainsOf(resources, events))
      const momentOf = (change: number): number => moments[change] ?? 0
      const keyOf = (id: string): number | null => keys[places.get(id) ?? -1] ?? null
      return {
        resources: resources.length,
        changes: times.length,
        key: place => keys[place] ?? 0,
        keyOf,
        moments: place =>
          resources[place]?.changes.map(change =>
            typeof change === 'number' ? momentOf(change) : undefined,
          ) ?? [],
        memberships: () =>
          currentMemberships(
            events
              .filter(({ group }) => resources[group]?.isLiving)
              .map(({ group, change, entry }) => ({
                group: keys[group] ?? 0,
                moment: momentOf(change),
                entry,
              })),
            keyOf,
          ),
      }
    },
  }
}

const nameOf = ({ group, member, event, at, exchange = '' }: MembershipEntry): string =>
  JSON.stringify([group.id, member.id, event, at, exchange])

/** The file has each type newest first. Keys rise in the order of creation over all types. */
function numberResources(resources: readonly KnownResource[]): Int32Array {
  const byType = Map.groupBy(resources.keys(), place => resources[place]?.type)
  // A stable sort keeps the order within a type whose clock stood still.
  const oldestFirst = [...byType.values()].flatMap(places => places.toReversed())
  const createdAt = (place: number) => resources[place]?.created ?? 0
  const keys = new Int32Array(resources.length)
  for (const [at, place] of oldestFirst.sort((one, other) => createdAt(one) - createdAt(other)).entries()) {
    keys[place] = at + 1
  }
  return keys
}

/** The nth event of a name is the nth one of that group. Events of groups that the file lacks are left out. */
function* chainsOf(
  resources: readonly KnownResource[],
  events: readonly GroupEvent[],
): Generator<readonly number[]> {
  const byName = Map.groupBy(events, ({ entry }) => nameOf(entry))
  for (const { changes } of resources) {
    const used = new Map<string, number>()
    yield changes.flatMap(change => {
      if (typeof change === 'number') return change
      const nth = used.get(change) ?? 0
      used.set(change, nth + 1)
      return byName.get(change)?.[nth]?.change ?? []
    })
  }
}

type OrderedEvent = { readonly group: number; readonly moment: number; readonly entry: MembershipEntry }

function currentMemberships(events: readonly OrderedEvent[], keyOf: History['keyOf']): readonly SessionRow[] {
  const current = new Map<string, SessionRow>()
  for (const { group, moment, entry } of events.toSorted((one, other) => one.moment - other.moment)) {
    const name = `${group} ${entry.member.id}`
    current.delete(name)
    if (entry.event === 'removed') continue
    current.set(name, {
      key: moment,
      group_key: group,
      ...memberColumns(entry, keyOf),
      at: Date.parse(entry.at),
      via: viaText(entry),
    })
  }
  return [...current.values()]
}

/** A member without a type is an id that no resource has. */
export const memberColumns = ({ member }: MembershipEntry, keyOf: History['keyOf']) => ({
  member_id: member.id,
  member_key: member.type === undefined ? null : keyOf(member.id),
})

export const viaText = ({ via }: Entry): string | null => (via ? JSON.stringify(via) : null)

/**
 * Orders changes so that each list of a resource keeps its order, as early as their times allow. `times` has the time of each
 * change, and `chains` the changes of each resource, oldest first; a change is in at most two chains. Returns the place of each
 * change, counted from 1. Throws `SessionFileError` if the lists contradict each other.
 */
export function orderChanges(times: readonly number[], chains: Iterable<readonly number[]>): Int32Array {
  const predecessors = findPredecessors(times.length, chains)
  const byTime = Uint32Array.from(times.keys()).sort(
    (one, other) => (times[one] ?? 0) - (times[other] ?? 0) || one - other,
  )
  // 0 before a change is visited, -1 while its predecessors are.
  const places = new Int32Array(times.length)
  let last = 0
  for (const change of byTime) {
    const path = [change]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if ((places[top] ?? 0) > 0) {
        path.pop()
        continue
      }
      places[top] = -1
      const earlier = predecessors
        .map(list => list[top] ?? -1)
        .find(one => one >= 0 && (places[one] ?? 0) <= 0)
      if (earlier === undefined) {
        places[top] = ++last
        path.pop()
      } else if (places[earlier] === -1) {
        throw new SessionFileError(
          'The session file is damaged: the histories of its resources contradict each other. Export the session again.',
        )
      } else path.push(earlier)
    }
  }
  return places
}

function findPredecessors(count: number, chains: Iterable<readonly number[]>): readonly Int32Array[] {
  const first = new Int32Array(count).fill(-1)
  const second = new Int32Array(count).fill(-1)
  for (const chain of chains) {
    for (const [at, change] of chain.entries()) {
      const before = chain[at - 1]
      if (before === undefined) continue
      if (first[change] === -1) first[change] = before
      else second[change] = before
    }
  }
  return [first, second]
}

/** The id that a request or a cycle of the file gets here. Throws `SessionFileError` for a text that is no id. */
export type ToId = (original: string) => string

export const createToId =
  (prefix: string): ToId =>
  original => {
    if (/^[\w-]{1,64}$/.test(original)) return prefix + original
    throw new SessionFileError(
      `The session file is damaged: "${original.slice(0, 64)}" is not the ID of a request. Export the session again.`,
    )
  }
