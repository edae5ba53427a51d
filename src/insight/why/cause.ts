import { toIsoTime } from '../../domain/contract/operation.ts'
import type { CausingRequest, WhyReason } from '../../domain/contract/why.ts'
import type { HistoryEntry } from '../../domain/ports/directory.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { type Exchanges, isSameCycle } from './cycle.ts'
import { groupsAfter, type Move, type Story, type Turn } from './story.ts'

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

export const viewGroup = ({ id, type, display }: RelatedResource) => ({
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
    source: entry.exchange === undefined ? 'console' : (entry.via?.api ?? 'scim'),
    ...(entry.exchange !== undefined && { exchange: entry.exchange }),
    recorded: recorded !== undefined,
    ...(recorded && { action: recorded.action, method: recorded.method, status: recorded.status }),
    ...(recorded?.token && recorded.token.ending !== '' && { token: recorded.token.ending }),
    ...(entry.via && { accessKey: entry.via.accessKey }),
    ...(cycle !== undefined && { cycle }),
  }
}
