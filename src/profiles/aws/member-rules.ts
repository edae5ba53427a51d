import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { isUnassigned } from '../../scim/json.ts'
import { membershipChanges, membershipEdits } from '../../scim/patch/membership.ts'
import type { Assignment, PatchOperation } from '../../scim/patch/operation.ts'
import type { PatchSubject, Rule } from '../profile.ts'
import type { Choices } from './choices.ts'
import { genericDetail } from './details.ts'
import { maxMembershipChanges } from './limits.ts'
import { sources } from './sources.ts'

type PatchRule = Rule<PatchSubject>

type MemberAssignment = Assignment & { readonly op: PatchOperation['op'] }

const memberAssignments = ({ operations }: PatchSubject): readonly MemberAssignment[] =>
  operations.flatMap(({ op, assignments }) =>
    assignments
      .filter(({ target }) => target.path[0]?.relation === 'members')
      .map(assignment => ({ ...assignment, op })),
  )

const tooManyMembersRule: PatchRule = {
  id: 'aws/at-most-100-membership-changes',
  says: `One PATCH changes at most ${maxMembershipChanges} memberships, summed over its operations.`,
  source: sources.patchGroup,
  basis: 'documented',
  brokenBy: ({ operations }) => membershipChanges(membershipEdits(operations)) > maxMembershipChanges,
  detail: () => genericDetail,
}

const legacyRules: readonly PatchRule[] = [
  {
    id: 'aws/no-replacing-members',
    says: 'Members are added and removed, never replaced.',
    source: sources.keycloakMembers,
    basis: 'documented',
    brokenBy: subject => memberAssignments(subject).some(({ op }) => op === 'replace'),
    detail: () => 'Replacing group memberships is not supported.',
  },
  {
    id: 'aws/no-removing-all-members',
    says: 'The members to remove are named by their ids; an empty list, none, or a filter on anything else is refused.',
    source: sources.patchGroup,
    basis: 'documented',
    brokenBy: subject =>
      memberAssignments(subject).some(
        ({ op, target, value }) =>
          op === 'remove' && (target.where ? !namesMembers(target.where) : isUnassigned(value)),
      ),
    detail: () => genericDetail,
  },
]

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
  says: 'Members to remove are listed in the value, not filtered in the path.',
  source: sources.patchGroup,
  basis: 'assumed',
  brokenBy: subject => memberAssignments(subject).some(({ target }) => target.where !== undefined),
  detail: () => genericDetail,
}

/** What is refused about the members of a group. */
export const memberRules = (choices: Choices): readonly PatchRule[] => [
  tooManyMembersRule,
  ...(choices.legacyMembers === 'refuse' ? legacyRules : []),
  ...(choices.filteredMemberPath === 'refuse' ? [filteredMembersRule] : []),
]
