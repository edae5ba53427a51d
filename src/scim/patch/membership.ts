import { errors, excerpt } from '../error.ts'
import { type BoundFilter, comparedPaths } from '../filter/bound-filter.ts'
import { mainSubAttribute } from '../filter/scope.ts'
import { toSentMembers } from '../sent-members.ts'
import type { Assignment, MembershipEdit, PatchOperation } from './operation.ts'

/** The changes of a group's members by operations, in their order. */
export function membershipEdits(operations: readonly PatchOperation[]): readonly MembershipEdit[] {
  const edits = operations.flatMap(({ op, assignments }) =>
    assignments.filter(isOfMembers).flatMap(assignment => editOf(op, assignment) ?? []),
  )
  checkComparisons(edits)
  return edits
}

/** A group may have any number of members, and filters without IDs are evaluated for each. */
export const maxMemberComparisons = 20

function checkComparisons(edits: readonly MembershipEdit[]): void {
  const tests = edits.flatMap(edit => ('where' in edit ? comparedPaths(edit.where) : [])).length
  if (tests <= maxMemberComparisons) return
  throw errors.tooMany(
    `The filters on "members" have ${tests} comparisons in total; the maximum per request is ${maxMemberComparisons}, ` +
      'because each is evaluated for every member. Select members by ID, as in members[value eq "…"], or send fewer at once.',
  )
}

/** The number of members in the edits. An edit without a list of members (all, or a filter) counts as one. */
export const membershipChanges = (edits: readonly MembershipEdit[]): number =>
  edits.reduce((total, edit) => total + ('members' in edit ? edit.members.length : 1), 0)

const isOfMembers = ({ target }: Assignment) => target.path[0]?.relation === 'members'

function editOf(op: PatchOperation['op'], { target, value }: Assignment): MembershipEdit | undefined {
  const { where, text } = target
  // RFC 7643 §8.7.1: the sub-attributes of a member are immutable.
  if (target.sub || target.path.length > 1 || (where && op !== 'remove')) {
    throw errors.mutability(
      `"${excerpt(text)}" would change a member in place. Add and remove whole members instead.`,
    )
  }
  if (where) return removalWhere(where)
  const sent = Array.isArray(value) ? toSentMembers(value) : undefined
  switch (op) {
    case 'add':
      return sent && { kind: 'add', ...sent }
    case 'remove':
      return sent ? { kind: 'remove', members: sent.members } : { kind: 'remove-all' }
    case 'replace':
      return sent ? { kind: 'replace', ...sent } : { kind: 'remove-all' }
  }
}

function removalWhere(where: BoundFilter): MembershipEdit {
  const members = idsNamedBy(where)
  return members ? { kind: 'remove', members } : { kind: 'remove-where', where }
}

/** The ids in `value eq "x" or value eq "y"`; undefined for any other filter. */
function idsNamedBy(where: BoundFilter): readonly string[] | undefined {
  if (where.kind === 'or') {
    const lists = where.operands.map(idsNamedBy)
    return lists.every(list => list !== undefined) ? lists.flat() : undefined
  }
  if (where.kind !== 'compare' || where.operator !== 'eq' || typeof where.value !== 'string') return undefined
  const [attribute, ...below] = where.path
  return below.length === 0 && attribute?.name === mainSubAttribute ? [where.value] : undefined
}
