import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import { membershipChanges, membershipEdits } from '../../scim/patch/apply.ts'
import type { Assignment, PatchOperation } from '../../scim/patch/operation.ts'
import { withoutFlag } from '../entra-pages.ts'
import type { PatchSubject, Rule } from '../profile.ts'
import { genericDetail, memberOf } from './document.ts'
import { type Choices, maxMembershipChanges } from './features.ts'
import { sources } from './sources.ts'

type PatchRule = Rule<PatchSubject>

type MemberAssignment = Assignment & { readonly op: PatchOperation['op'] }

const memberAssignments = ({ operations }: PatchSubject): readonly MemberAssignment[] =>
  operations.flatMap(({ op, assignments }) =>
    assignments
      .filter(({ target }) => target.path[0]?.relation === 'members')
      .map(assignment => ({ ...assignment, op })),
  )

/** The number of members that an operation lists, including duplicates. A value without a path changes one attribute. */
function membersListed(sent: JsonObject): number {
  const value = memberOf(sent, 'value')
  const lists = isUnassigned(memberOf(sent, 'path')) && isObject(value) ? Object.values(value) : [value]
  return Math.max(0, ...lists.map(list => (Array.isArray(list) ? list.length : 0)))
}

/** Duplicates are merged when an operation is parsed, so they are counted in the request as sent. */
function changesBy(operation: PatchOperation, sent: JsonObject): number {
  const edits = membershipEdits([operation])
  const isFiltered = operation.assignments.some(({ target }) => target.where)
  return edits.length === 0 || isFiltered
    ? membershipChanges(edits)
    : Math.max(membershipChanges(edits), membersListed(sent))
}

const changesIn = ({ operations, sent }: PatchSubject): number =>
  operations.reduce((sum, operation, at) => sum + changesBy(operation, sent[at] ?? {}), 0)

const tooManyMembersRule: PatchRule = {
  id: 'aws/at-most-100-membership-changes',
  description: `One PATCH changes at most ${maxMembershipChanges} memberships in all of its operations. Duplicates count.`,
  source: sources.patchGroup,
  basis: 'documented',
  remedy: `Split the change into requests with at most ${maxMembershipChanges} members each.`,
  check: subject => (changesIn(subject) > maxMembershipChanges ? { detail: genericDetail } : undefined),
}

const noReplacingRule: PatchRule = {
  id: 'aws/no-replacing-members',
  description: 'Members can be added and removed, but not replaced.',
  source: sources.keycloakMembers,
  basis: 'documented',
  remedy: 'Send add and remove operations with the members that have changed.',
  check: subject =>
    memberAssignments(subject).some(({ op }) => op === 'replace')
      ? { detail: 'Replacing group memberships is not supported.' }
      : undefined,
}

const noRemovingAllRule: PatchRule = {
  id: 'aws/no-removing-all-members',
  description:
    'Members are removed by ID. An empty list, a missing list, and a filter on another attribute are rejected.',
  source: sources.patchGroup,
  basis: 'documented',
  remedy: 'List the members to remove in the value of a remove operation.',
  check: subject =>
    memberAssignments(subject).some(
      ({ op, target, value }) =>
        op === 'remove' && (target.where ? !namesMembers(target.where) : isUnassigned(value)),
    )
      ? { detail: genericDetail }
      : undefined,
}

const isEmptyMember = (member: Json) => isObject(member) && member.value === ''

/** Whether an assignment replaces all members with values without an ID. */
const replacesWithEmptyMembers = (op: PatchOperation['op'], { target, value }: Assignment): boolean =>
  op === 'replace' &&
  target.path[0]?.relation === 'members' &&
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(isEmptyMember)

const emptyMembersRule: PatchRule = {
  id: 'aws/members-replaced-by-nobody',
  description: 'A `replace` of `members` with `[{"value": ""}]` is rejected, but removes all members.',
  source: sources.lichti,
  basis: 'observed',
  remedy: 'List the members to remove in the value of a remove operation.',
  check: ({ operations }) => {
    const emptying = operations.map(operation => ({
      ...operation,
      assignments: operation.assignments
        .filter(each => replacesWithEmptyMembers(operation.op, each))
        .map(({ target }) => ({ target, value: undefined })),
    }))
    return emptying.some(({ assignments }) => assignments.length > 0)
      ? { detail: genericDetail, partialEffect: emptying }
      : undefined
  },
}

/** The rules for each value of the switch `legacyMembers`. */
const legacyRules: Readonly<Record<Choices['legacyMembers'], readonly PatchRule[]>> = {
  refuse: [noReplacingRule, noRemovingAllRule],
  allow: [],
  ignore: [emptyMembersRule],
}

/** `value eq "…"`, alone or several joined by `or`. */
function namesMembers(filter: BoundFilter): boolean {
  switch (filter.kind) {
    case 'or':
      return filter.operands.every(namesMembers)
    case 'and':
      return filter.operands.some(namesMembers)
    case 'compare':
      return filter.path.at(-1)?.name === 'value'
    case 'related':
      return true
    default:
      return false
  }
}

const filteredMembersRule: PatchRule = {
  id: 'aws/no-filtered-member-path',
  description: 'Members to remove must be listed in the value, not selected by a filter in the path.',
  source: sources.patchGroup,
  basis: 'assumed',
  remedy: 'List the members to remove in the value of the remove operation.',
  entraRemedy: withoutFlag,
  check: subject =>
    memberAssignments(subject).some(({ target }) => target.where !== undefined)
      ? { detail: genericDetail }
      : undefined,
}

/** The rules for members of a group. */
export const memberRules = (choices: Choices): readonly PatchRule[] => [
  tooManyMembersRule,
  ...legacyRules[choices.legacyMembers],
  ...(choices.filteredMemberPath === 'refuse' ? [filteredMembersRule] : []),
]
