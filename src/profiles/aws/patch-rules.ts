import { type AttributePath, resolveAttribute, subAttributesOf } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import { membershipChanges, membershipEdits } from '../../scim/patch/apply.ts'
import type { Assignment, PatchOperation } from '../../scim/patch/elements.ts'
import type { RequestPolicy } from '../../scim/request-policy.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { inUserMapping, withoutFlag } from '../entra-pages.ts'
import type { PatchSubject, Rule } from '../profile.ts'
import {
  genericDetail,
  invalidFilterDetail,
  memberOf,
  placeText,
  unsupportedIn,
  unsupportedPath,
  validationErrors,
} from './document.ts'
import { type Choices, maxMembershipChanges } from './features.ts'
import { sources } from './sources.ts'

type PatchRule = Rule<PatchSubject>

const rootsOf = (type: ResourceType, { path, assignments }: PatchOperation): readonly string[] => {
  // Looking up a path takes longest, and assignments have looked it up.
  if (assignments.length > 0)
    return [...new Set(assignments.flatMap(({ target }) => target.path[0]?.name ?? []))]
  const named = path === undefined ? undefined : resolveAttribute(type, path.split('[', 1)[0] ?? '')?.[0]
  return named ? [named.name] : []
}

/** PatchUser's list lacks `roles`, but has the container of the enterprise attributes. */
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
    description:
      'PATCH can change all attributes of a user except `roles` and `groups`, and `displayName`, `externalId` and `members` of a group.',
    source: sources.patchUser,
    basis: 'documented',
    remedy: 'Send roles only when the user is created or replaced; do not send groups, id or meta.',
    entraRemedy: inUserMapping('delete the mapping to roles, or apply it “Only during object creation”.'),
    check: subject => {
      const name = touchesFixed(subject)
      return name === undefined ? undefined : { detail: `Attribute ${name} can not be modified.` }
    },
  },
  {
    id: 'aws/no-removing-user-name-and-active',
    description: '`userName` and `active` cannot be removed.',
    source: sources.patchUser,
    basis: 'documented',
    remedy: 'Replace the value instead of removing it.',
    entraRemedy: inUserMapping('map userName and active so that they are never empty.'),
    check: subject => {
      const name = removedForGood(subject)
      return name && { detail: `Remove operation is not supported for attribute ${name}.` }
    },
  },
  {
    id: 'aws/one-change-of-user-name-and-active',
    description: 'One PATCH may change `userName` and `active` at most once each.',
    source: sources.patchUser,
    basis: 'documented',
    remedy: 'Send one operation each for userName and active.',
    entraRemedy: inUserMapping('keep one mapping each to userName and active.'),
    check: subject => {
      const name = touchedTwice(subject)
      return name && { detail: `Multiple operations on attribute ${name} are not supported.` }
    },
  },
  {
    id: 'aws/eq-only-in-paths',
    description: 'Filters in paths may use only `eq`.',
    source: sources.patchUser,
    basis: 'documented',
    remedy: 'Use eq in the filters of paths, such as emails[type eq "work"].value.',
    entraRemedy: inUserMapping('write targets with eq, such as emails[type eq "work"].value.'),
    check: subject => (filtersOf(subject).every(isEqOnly) ? undefined : { detail: invalidFilterDetail }),
  },
  {
    id: 'aws/no-removing-required-attributes',
    description: 'PATCH cannot remove required attributes of a user or a group.',
    source: sources.patchUser,
    basis: 'assumed',
    remedy:
      'Replace the value instead of removing it. Where the directory has no value, send a default, such as "-".',
    entraRemedy: inUserMapping(
      'give name.givenName, name.familyName and displayName a default value, so that they are never empty.',
    ),
    check: subject => {
      const failures = emptiedRequired(subject).map(path => ({
        at: placeText(path),
        description: 'Member must not be null',
      }))
      return failures.length === 0 ? undefined : { detail: validationErrors(failures) }
    },
  },
]

export const patchRules = (choices: Choices): readonly PatchRule[] => [
  ...attributeRules,
  ...memberRules(choices),
]

const opOf = (sent: JsonObject) => String(memberOf(sent, 'op')).toLowerCase()
const hasPath = (sent: JsonObject) => !isUnassigned(memberOf(sent, 'path'))

/** An `id` in a value is accepted and not counted (idp-scim-sync sends it). */
const attributesChanged = (sent: JsonObject) => {
  const value = memberOf(sent, 'value')
  return isObject(value) ? Object.keys(value).filter(name => name.toLowerCase() !== 'id').length : 0
}

const isIgnored = ({ legacyMembers }: Choices, type: ResourceType, sent: JsonObject) => {
  const path = memberOf(sent, 'path')
  const attribute = typeof path === 'string' ? resolveAttribute(type, path)?.[0] : undefined
  return (
    legacyMembers === 'ignore' &&
    attribute !== undefined &&
    opOf(sent) === 'replace' &&
    clearsMembers('replace', attribute, undefined)
  )
}

const operationShapeRules = (choices: Choices): readonly PatchRule[] => [
  {
    id: 'aws/patch-op',
    description: 'The `op` of each PATCH operation must be `add`, `replace` or `remove`, ignoring case.',
    source: sources.patchUser,
    basis: 'documented',
    remedy: 'Send add, replace or remove as op.',
    check: ({ sent }) =>
      sent.some(operation => !['add', 'replace', 'remove'].includes(opOf(operation)))
        ? { detail: genericDetail }
        : undefined,
  },
  {
    id: 'aws/remove-needs-a-path',
    description: 'A `remove` operation requires a path.',
    source: sources.cloudTrail,
    basis: 'documented',
    remedy: 'Send the path of the attribute to remove.',
    check: ({ sent }) =>
      sent.some(operation => opOf(operation) === 'remove' && !hasPath(operation))
        ? { detail: 'Missing path in PATCH request' }
        : undefined,
  },
  {
    id: 'aws/add-and-replace-need-a-value',
    description: 'An `add` or `replace` operation requires a value.',
    source: sources.patchUser,
    basis: 'documented',
    remedy: 'Send a value. To clear an attribute, send a remove operation.',
    check: ({ type, sent }) =>
      sent.some(
        operation =>
          opOf(operation) !== 'remove' &&
          memberOf(operation, 'value') === undefined &&
          !isIgnored(choices, type, operation),
      )
        ? { detail: genericDetail }
        : undefined,
  },
  {
    id: 'aws/pathless-changes-one-attribute',
    description: 'An operation without a path may change only one attribute, not counting `id`.',
    source: sources.authentikPathless,
    basis: 'observed',
    remedy: 'Send an operation per attribute, each with a path.',
    entraRemedy: withoutFlag,
    check: ({ sent }) =>
      sent.some(operation => !hasPath(operation) && attributesChanged(operation) > 1)
        ? {
            detail:
              'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.',
          }
        : undefined,
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
  description: 'A PATCH of attributes that AWS lists as unsupported is rejected.',
  source: sources.limitations,
  basis: 'assumed',
  remedy: 'Delete the mappings to these attributes.',
  entraRemedy: inUserMapping('delete the mappings to these attributes.'),
  check: subject => {
    const attribute = unsupportedInPatch(subject)
    return attribute === undefined ? undefined : { detail: `Attribute ${attribute} is not supported.` }
  },
}

export const sentPatchRules = (choices: Choices): readonly PatchRule[] => [
  ...operationShapeRules(choices),
  ...(choices.unsupportedAttributes === 'refuse' ? [unsupportedRule] : []),
]

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

const legacyRules: Readonly<Record<Choices['legacyMembers'], readonly PatchRule[]>> = {
  refuse: [noReplacingRule, noRemovingAllRule],
  allow: [],
  ignore: [emptyMembersRule],
}

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

const memberRules = (choices: Choices): readonly PatchRule[] => [
  tooManyMembersRule,
  ...legacyRules[choices.legacyMembers],
  ...(choices.filteredMemberPath === 'refuse' ? [filteredMembersRule] : []),
]

/** Observed in April 2024: the response is 204, and the members stay. */
export const clearsMembers: NonNullable<RequestPolicy['ignoresChange']> = (op, { relation }, value) =>
  op === 'replace' && relation === 'members' && isUnassigned(value)
