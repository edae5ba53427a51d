import { toIsoTime } from '../../domain/contract/operation.ts'
import type { CausingRequest, MembershipPeriod, StatePeriod, WhyReason } from '../../domain/contract/why.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { HistoryEntry } from '../../domain/ports/directory.ts'
import type { RelatedResource } from '../../scim/resource.ts'

type Version = Extract<HistoryEntry, { kind: 'version' }>
type Membership = Extract<HistoryEntry, { kind: 'membership' }>

type Turn = {
  readonly kind: 'created' | 'created-disabled' | 'enabled' | 'disabled' | 'deleted' | 'purged'
  readonly entry: Version
  readonly position: number
}

type Move = { readonly entry: Membership; readonly position: number }

export type Story = { readonly turns: readonly Turn[]; readonly moves: readonly Move[] }

/** Reads a history, newest first. `isEnabled` reads the state from a document. */
export function readStory(
  id: string,
  history: readonly HistoryEntry[],
  isEnabled: (document: string) => boolean,
): Story {
  const turns: Turn[] = []
  const moves: Move[] = []
  for (const [position, entry] of history.toReversed().entries()) {
    if (entry.kind === 'version') {
      const kind = turnOf(entry, isEnabled)
      if (kind) turns.push({ kind, entry, position })
    } else if (entry.member.id === id) {
      moves.push({ entry, position })
    }
  }
  return { turns, moves }
}

function turnOf(
  { action, document, before }: Version,
  isEnabled: (document: string) => boolean,
): Turn['kind'] | undefined {
  if (action === 'deleted' || action === 'purged') return action
  if (document === undefined) return undefined
  const enabled = isEnabled(document)
  if (action === 'created') return enabled ? 'created' : 'created-disabled'
  if (before === undefined || isEnabled(before) === enabled) return undefined
  return enabled ? 'enabled' : 'disabled'
}

function groupsAfter(moves: readonly Move[]): readonly RelatedResource[] {
  const groups = new Map<string, RelatedResource>()
  for (const { entry } of moves) {
    if (entry.event === 'added') groups.set(entry.group.id, entry.group)
    else groups.delete(entry.group.id)
  }
  return [...groups.values()]
}

/** The recorded exchanges of a history, by their ids. Those that the journal discarded are missing. */
export type Exchanges = ReadonlyMap<string, Exchange>

export type Occurrence = { readonly at: number; readonly exchange?: string }

/** Requests without a known cycle belong together if they are this close, in milliseconds by the tenant's clock. */
const maxDistance = 5 * 60_000

function isSameCycle(one: Occurrence, other: Occurrence, exchanges: Exchanges): boolean {
  // The console acts by itself.
  if (one.exchange === undefined || other.exchange === undefined) return false
  if (one.exchange === other.exchange) return true
  const [first, second] = [one.exchange, other.exchange].map(id => exchanges.get(id)?.notes?.cycle)
  if (first !== undefined && second !== undefined) return first === second
  return Math.abs(one.at - other.at) <= maxDistance
}

const states: Readonly<Record<Turn['kind'], StatePeriod['state'] | undefined>> = {
  created: 'active',
  'created-disabled': 'disabled',
  enabled: 'active',
  disabled: 'disabled',
  deleted: 'deleted',
  // A purged resource stays deleted.
  purged: undefined,
}

export function statePeriods({ turns }: Story): StatePeriod[] {
  const begun = turns.flatMap(({ kind, entry }) => {
    const state = states[kind]
    return state ? [{ state, from: toIsoTime(entry.at) }] : []
  })
  return begun.map((period, at) => {
    const next = begun[at + 1]
    return next ? { ...period, until: next.from } : period
  })
}

/** The groups over time, in order of joining. A joining that is older than the history begins with it. */
export function membershipPeriods({ moves }: Story, oldest: number): MembershipPeriod[] {
  const open = new Map<string, Move>()
  const periods = new Map<Move, MembershipPeriod>()
  for (const move of moves) {
    const { group, at, exchange, event } = move.entry
    if (event === 'added') {
      open.set(group.id, move)
      periods.set(move, {
        group: viewGroup(group),
        from: toIsoTime(at),
        ...(exchange !== undefined && { joinedBy: exchange }),
      })
      continue
    }
    const joining = open.get(group.id)
    const period = joining && periods.get(joining)
    periods.set(joining ?? move, {
      ...(period ?? { group: viewGroup(group), from: toIsoTime(oldest) }),
      until: toIsoTime(at),
      ...(exchange !== undefined && { leftBy: exchange }),
    })
    open.delete(group.id)
  }
  return [...periods.values()]
}

export type Cause = {
  readonly since?: number
  readonly reason: WhyReason
  /** Earliest first. */
  readonly requests: readonly CausingRequest[]
}

export function findCause(story: Story, exchanges: Exchanges): Cause {
  const turn = story.turns.at(-1)
  if (!turn) return { reason: { kind: 'not-recorded' }, requests: [] }
  const since = turn.entry.at
  const own = requestOf(turn.entry, turn.kind === 'created-disabled' ? 'created' : turn.kind, exchanges)
  switch (turn.kind) {
    case 'created':
    case 'created-disabled':
      return { since, reason: { kind: turn.kind }, requests: [own] }
    case 'deleted':
      return deletion(turn, own, story, exchanges)
    case 'purged': {
      const before = findCause({ ...story, turns: story.turns.slice(0, -1) }, exchanges)
      const deletedAt = before.since === undefined ? {} : { deletedAt: toIsoTime(before.since) }
      return { since, reason: { kind: 'purged', ...deletedAt }, requests: [...before.requests, own] }
    }
    case 'enabled': {
      const joined = movesWith(turn, 'added', story, exchanges)
      return {
        since,
        reason: { kind: 'enabled', joined: joined.map(toGroup) },
        requests: inOrder([own, ...joined.map(move => requestOf(move.entry, 'joined', exchanges))]),
      }
    }
    case 'disabled': {
      const left = movesWith(turn, 'removed', story, exchanges)
      const memberOf = groupsAfter(
        story.moves.filter(move => move.position < turn.position || left.includes(move)),
      )
      const effectOf = (move: Move) => (isByGroupDeletion(move, exchanges) ? 'group-deleted' : 'left')
      return {
        since,
        reason:
          left.length > 0 && memberOf.length === 0
            ? {
                kind: 'left-last-group',
                groups: left.map(toGroup),
                deleted: left.every(move => isByGroupDeletion(move, exchanges)),
              }
            : { kind: 'disabled', memberOf: memberOf.map(viewGroup) },
        requests: inOrder([own, ...left.map(move => requestOf(move.entry, effectOf(move), exchanges))]),
      }
    }
  }
}

/** Entra ID deletes users that it disabled earlier: the requests of both are the cause. */
function deletion(turn: Turn, own: CausingRequest, story: Story, exchanges: Exchanges): Cause {
  const turns = story.turns.filter(({ position }) => position < turn.position)
  const before = turns.at(-1)?.kind === 'disabled' ? findCause({ ...story, turns }, exchanges) : undefined
  return {
    since: turn.entry.at,
    reason: {
      kind: 'deleted',
      ...(before?.since !== undefined && { disabledSince: toIsoTime(before.since) }),
    },
    requests: [...(before?.requests ?? []), own],
  }
}

/** The moves in the cycle of a turn. Entra ID updates users first, then memberships. */
const movesWith = (
  { entry }: Turn,
  event: 'added' | 'removed',
  { moves }: Story,
  exchanges: Exchanges,
): readonly Move[] =>
  moves.filter(move => move.entry.event === event && isSameCycle(move.entry, entry, exchanges))

const isByGroupDeletion = ({ entry }: Move, exchanges: Exchanges): boolean => {
  const exchange = exchanges.get(entry.exchange ?? '')
  return exchange?.operation === 'delete' && exchange.target?.id === entry.group.id
}

const viewGroup = ({ id, type, display }: RelatedResource) => ({
  id,
  ...(type !== undefined && { type }),
  ...(display !== undefined && { display }),
})

const toGroup = ({ entry }: Move) => viewGroup(entry.group)

const inOrder = (requests: readonly CausingRequest[]): readonly CausingRequest[] =>
  requests.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))

export function requestOf(
  entry: HistoryEntry,
  effect: CausingRequest['effect'],
  exchanges: Exchanges,
): CausingRequest {
  const recorded = exchanges.get(entry.exchange ?? '')
  const cycle = recorded?.notes?.cycle
  return {
    at: toIsoTime(entry.at),
    effect,
    ...(entry.kind === 'membership' && { group: viewGroup(entry.group) }),
    source: entry.via?.api ?? (entry.exchange === undefined ? 'console' : 'scim'),
    ...(entry.exchange !== undefined && { exchange: entry.exchange }),
    recorded: recorded !== undefined,
    ...(recorded && { action: recorded.action, method: recorded.method, status: recorded.status }),
    ...(recorded?.token && recorded.token.ending !== '' && { token: recorded.token.ending }),
    ...(entry.via?.api === 'identity-store' && { accessKey: entry.via.accessKey }),
    ...(cycle !== undefined && { cycle }),
  }
}
