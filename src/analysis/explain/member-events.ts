import type { Attribute } from '../../scim/attribute.ts'
import type { Difference } from '../../scim/differences.ts'
import { mainSubAttribute } from '../../scim/filter/scope.ts'
import type { MembershipEdit } from '../../scim/patch/operation.ts'
import type { MembershipEvent } from '../../store/effects.ts'

/**
 * Tells which of a PATCH's membership events belong to which edit: they were written in the order of the edits, so
 * each takes from the front what it can have caused. To be asked edit by edit.
 */
export function createEventsOf(
  events: readonly MembershipEvent[],
): (edit: MembershipEdit) => readonly MembershipEvent[] {
  let at = 0
  const takeWhile = (isOwn: (event: MembershipEvent) => boolean): readonly MembershipEvent[] => {
    const from = at
    for (let next = events[at]; next && isOwn(next); next = events[at]) at++
    return events.slice(from, at)
  }
  const wentAway = ({ event }: MembershipEvent) => event === 'removed'
  return edit => {
    switch (edit.kind) {
      case 'add':
        return takeWhile(({ event, member }) => event === 'added' && edit.members.includes(member.id))
      case 'remove':
        return takeWhile(({ event, member }) => event === 'removed' && edit.members.includes(member.id))
      case 'replace':
        return [
          ...takeWhile(wentAway),
          ...takeWhile(({ event, member }) => event === 'added' && edit.members.includes(member.id)),
        ]
      case 'remove-where':
      case 'remove-all':
        return takeWhile(wentAway)
    }
  }
}

/** A membership that came or went, as a difference of the group. */
export function memberDifference({ name }: Attribute, { event, member }: MembershipEvent): Difference {
  const path = `${name}[${mainSubAttribute} eq ${JSON.stringify(member.id)}]`
  const value = {
    [mainSubAttribute]: member.id,
    ...(member.display !== undefined && { display: member.display }),
  }
  return event === 'added' ? { path, kind: 'added', after: value } : { path, kind: 'removed', before: value }
}
