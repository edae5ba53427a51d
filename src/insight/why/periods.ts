import { toIsoTime } from '../../domain/contract/operation.ts'
import type { MembershipPeriod, StatePeriod } from '../../domain/contract/why.ts'
import { viewGroup } from './cause.ts'
import type { Move, Story, Turn } from './story.ts'

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
