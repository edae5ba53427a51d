import { type AttributePath, subAttributesOf } from '../../scim/attribute.ts'
import { resolveName } from '../../scim/attribute-name.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { isObject, isUnassigned, type JsonObject } from '../../scim/json.ts'
import type { Assignment, PatchOperation } from '../../scim/patch/operation.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { PatchSubject, Rule } from '../profile.ts'
import type { Choices } from './choices.ts'
import { validationErrors } from './constraints.ts'
import { listed, memberOf, placeText } from './document.ts'
import { genericDetail } from './document-rules.ts'
import { maxMembershipChanges } from './limits.ts'
import { sources } from './sources.ts'
import { unsupportedIn, unsupportedPath } from './unsupported.ts'

type PatchRule = Rule<PatchSubject>

const opOf = (sent: JsonObject) => String(memberOf(sent, 'op')).toLowerCase()
const hasPath = (sent: JsonObject) => !isUnassigned(memberOf(sent, 'path'))

/** `id` in a value is tolerated and doesn't count (idp-scim-sync sends it along). */
const attributesChanged = (sent: JsonObject) => {
  const value = memberOf(sent, 'value')
  return isObject(value) ? Object.keys(value).filter(name => name.toLowerCase() !== 'id').length : 0
}

const operationShapeRules: readonly PatchRule[] = [
  {
    id: 'aws/patch-op',
    says: 'Each operation of a PATCH says `add`, `replace` or `remove`, in any case.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: ({ sent }) => sent.some(operation => !['add', 'replace', 'remove'].includes(opOf(operation))),
    detail: () => genericDetail,
  },
  {
    id: 'aws/remove-needs-a-path',
    says: 'An operation that removes has a path.',
    source: sources.cloudTrail,
    basis: 'documented',
    brokenBy: ({ sent }) => sent.some(operation => opOf(operation) === 'remove' && !hasPath(operation)),
    detail: () => 'Missing path in PATCH request',
  },
  {
    id: 'aws/add-and-replace-need-a-value',
    says: 'An operation that adds or replaces has a value.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: ({ sent }) =>
      sent.some(operation => opOf(operation) !== 'remove' && memberOf(operation, 'value') === undefined),
    detail: () => genericDetail,
  },
  {
    id: 'aws/pathless-changes-one-attribute',
    says: 'An operation without a path changes one attribute; an `id` beside it doesn’t count.',
    source: sources.authentikPathless,
    basis: 'observed',
    brokenBy: ({ sent }) => sent.some(operation => !hasPath(operation) && attributesChanged(operation) > 1),
    detail: () =>
      'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.',
  },
]

const unsupportedInOperation = (type: ResourceType, sent: JsonObject) => {
  const path = memberOf(sent, 'path')
  const value = memberOf(sent, 'value')
  if (typeof path === 'string') return unsupportedPath(type, path)
  return isObject(value) ? unsupportedIn(type, value) : undefined
}

const unsupportedInPatch = ({ type, sent }: PatchSubject) =>
  sent.map(operation => unsupportedInOperation(type, operation)).find(found => found !== undefined)

const unsupportedRule: PatchRule = {
  id: 'aws/no-patch-of-unsupported-attributes',
  says: 'A PATCH touches nothing that AWS calls unsupported.',
  source: sources.limitations,
  basis: 'assumed',
  brokenBy: subject => unsupportedInPatch(subject) !== undefined,
  detail: subject => `Attribute ${unsupportedInPatch(subject)} is not supported.`,
}

/** What is refused before paths and values are looked up. */
export const sentPatchRules = (choices: Choices): readonly PatchRule[] => [
  ...operationShapeRules,
  ...(choices.unsupportedAttributes === 'refuse' ? [unsupportedRule] : []),
]

/** The top attribute of everything that an operation touches, also when a read-only one was passed over. */
const rootsOf = (type: ResourceType, { path, assignments }: PatchOperation): readonly string[] => {
  const named = path === undefined ? undefined : resolveName(type, path.replace(/\[.*$/, ''))?.[0]
  const roots = assignments.map(({ target }) => target.path[0]?.name)
  return [...new Set([named?.name, ...roots])].filter(name => name !== undefined)
}

/** `roles` is missing from PatchUser's list. The container of the enterprise attributes is in it. */
const fixed = new Set(['roles', 'groups', 'id', 'meta'])
const touchesFixed = ({ type, operations }: PatchSubject) =>
  operations.flatMap(operation => rootsOf(type, operation)).find(name => fixed.has(name))

const oncePerRequest = ['userName', 'active'] as const

const touchedTwice = ({ type, operations }: PatchSubject) =>
  oncePerRequest.find(
    name => operations.filter(operation => rootsOf(type, operation).includes(name)).length > 1,
  )

const removedForGood = ({ type, operations }: PatchSubject) =>
  oncePerRequest.find(name =>
    operations.some(operation => operation.op === 'remove' && rootsOf(type, operation).includes(name)),
  )

const isEqOnly = (filter: BoundFilter): boolean =>
  filter.kind === 'and'
    ? filter.operands.every(isEqOnly)
    : (filter.kind === 'compare' && filter.operator === 'eq') || filter.kind === 'related'

const filtersOf = ({ operations }: PatchSubject) =>
  operations.flatMap(({ assignments }) => assignments.flatMap(({ target }) => target.where ?? []))

/** Required places that an assignment would leave empty. */
const emptied = (op: PatchOperation['op'], { target, value }: Assignment): readonly AttributePath[] => {
  const last = target.sub ?? target.path.at(-1)
  if (!last || last.multiValued || (op !== 'remove' && !isUnassigned(value))) return []
  const path = target.sub ? [...target.path, target.sub] : target.path
  const below = subAttributesOf(last).filter(({ required }) => required)
  return below.length > 0 ? below.map(sub => [...path, sub]) : last.required ? [path] : []
}

const emptiedRequired = ({ operations }: PatchSubject) =>
  operations.flatMap(({ op, assignments }) => assignments.flatMap(assignment => emptied(op, assignment)))

const attributeRules: readonly PatchRule[] = [
  {
    id: 'aws/attributes-that-patch-changes',
    says: 'PATCH changes all of a user but `roles` and `groups`; of a group `displayName`, `externalId` and `members`.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: subject => touchesFixed(subject) !== undefined,
    detail: subject => `Attribute ${touchesFixed(subject)} can not be modified.`,
  },
  {
    id: 'aws/no-removing-user-name-and-active',
    says: '`userName` and `active` are never removed.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: subject => removedForGood(subject) !== undefined,
    detail: subject => `Remove operation is not supported for attribute ${removedForGood(subject)}.`,
  },
  {
    id: 'aws/one-change-of-user-name-and-active',
    says: 'One PATCH changes `userName` at most once, and `active` at most once.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: subject => touchedTwice(subject) !== undefined,
    detail: subject => `Multiple operations on attribute ${touchedTwice(subject)} are not supported.`,
  },
  {
    id: 'aws/eq-only-in-paths',
    says: 'Filters in paths compare with `eq`.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: subject => !filtersOf(subject).every(isEqOnly),
    detail: () => 'Invalid Filter format',
  },
  {
    id: 'aws/no-removing-required-attributes',
    says: 'PATCH doesn’t remove what a user or a group must have.',
    source: sources.patchUser,
    basis: 'assumed',
    brokenBy: subject => emptiedRequired(subject).length > 0,
    detail: subject =>
      validationErrors(
        emptiedRequired(subject).map(path => ({ at: placeText(path), says: 'Member must not be null' })),
      ),
  },
]

type MemberAssignment = Assignment & { readonly op: PatchOperation['op'] }

const memberAssignments = ({ operations }: PatchSubject): readonly MemberAssignment[] =>
  operations.flatMap(({ op, assignments }) =>
    assignments
      .filter(({ target }) => target.path[0]?.relation === 'members')
      .map(assignment => ({ ...assignment, op })),
  )

const changesOf = ({ target, value }: MemberAssignment) => (target.where ? 1 : listed(value).length)

const tooManyMembersRule: PatchRule = {
  id: 'aws/at-most-100-membership-changes',
  says: `One PATCH changes at most ${maxMembershipChanges} memberships, summed over its operations.`,
  source: sources.patchGroup,
  basis: 'documented',
  brokenBy: subject =>
    memberAssignments(subject).reduce((sum, assignment) => sum + changesOf(assignment), 0) >
    maxMembershipChanges,
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
    says: 'The members to remove are named; an empty list, or none, doesn’t mean all.',
    source: sources.patchGroup,
    basis: 'documented',
    brokenBy: subject =>
      memberAssignments(subject).some(
        ({ op, target, value }) => op === 'remove' && !target.where && isUnassigned(value),
      ),
    detail: () => genericDetail,
  },
]

const filteredMembersRule: PatchRule = {
  id: 'aws/no-filtered-member-path',
  says: 'Members to remove are listed in the value, not filtered in the path.',
  source: sources.patchGroup,
  basis: 'assumed',
  brokenBy: subject => memberAssignments(subject).some(({ target }) => target.where !== undefined),
  detail: () => genericDetail,
}

/** What is refused once paths and values have been looked up. */
export const patchRules = (choices: Choices): readonly PatchRule[] => [
  ...attributeRules,
  tooManyMembersRule,
  ...(choices.legacyMembers === 'refuse' ? legacyRules : []),
  ...(choices.filteredMemberPath === 'refuse' ? [filteredMembersRule] : []),
]
