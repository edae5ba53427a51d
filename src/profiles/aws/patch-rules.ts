import { type AttributePath, subAttributesOf } from '../../scim/attribute.ts'
import { resolveName } from '../../scim/attribute-name.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { isUnassigned } from '../../scim/json.ts'
import type { Assignment, PatchOperation } from '../../scim/patch/operation.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { PatchRule, PatchSubject } from '../profile.ts'
import type { Choices } from './choices.ts'
import { validationErrors } from './constraints.ts'
import { invalidFilterDetail } from './details.ts'
import { placeText } from './document.ts'
import { memberRules } from './member-rules.ts'
import { sources } from './sources.ts'

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
    detail: () => invalidFilterDetail,
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

/** What is refused once paths and values have been looked up. */
export const patchRules = (choices: Choices): readonly PatchRule[] => [
  ...attributeRules,
  ...memberRules(choices),
]
