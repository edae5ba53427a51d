import { enterpriseUserSchema, groupSchema, userSchema } from '../../../scim/core-schemas.ts'
import { equals, printFilter } from '../../../scim/filter/syntax.ts'
import type { Json, JsonObject } from '../../../scim/json.ts'
import type { RequestOptions } from '../../kit/target.ts'
import { parseTargetPath, type TargetPath } from '../mapping/mapping.ts'
import { isRoles, toText } from '../mapping/values.ts'
import {
  type Change,
  type Desired,
  type DesiredValue,
  fullRoles,
  isReference,
  packedRoles,
  referencedId,
  rolesTarget,
  subValue,
} from './changes.ts'

type CreateOptions = Pick<RequestOptions, 'activeAsStringOnCreate' | 'sendManagerOnCreate' | 'groupSchemaMs'>

const microsoftGroupUrn = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

/** The body of a POST: the same in both dialects, and without members. */
export function createBody(kind: 'user' | 'group', desired: Desired, options: CreateOptions): JsonObject {
  const body: Draft = {}
  for (const [text, value] of desired) {
    const target = parseTargetPath(text)
    if (isSentOnCreate(target, value, options)) setValue(body, target, value, options)
  }
  return kind === 'user' ? userBody(body) : groupBody(body, options)
}

export const isDeferredOnCreate = (desired: Desired, options: CreateOptions): Desired =>
  new Map([...desired].filter(([text, value]) => !isSentOnCreate(parseTargetPath(text), value, options)))

/** Extension attributes whose URN doesn't have Microsoft's form are only sent by PATCH. */
const microsoftExtensionUrn = /^urn:ietf:params:scim:schemas:extension:[^:]+:2\.0:(User|Group)$/i

function isSentOnCreate(target: TargetPath, value: DesiredValue, { sendManagerOnCreate }: CreateOptions) {
  if (isReference(value)) return sendManagerOnCreate && typeof value.reference === 'string'
  return target.extension === undefined || microsoftExtensionUrn.test(target.extension)
}

type Draft = { [name: string]: Json }

/** The order of recorded requests; other attributes follow in the order of the mapping. */
const userBody = ({
  externalId,
  userName,
  active,
  emails,
  name,
  roles = [],
  ...rest
}: Draft): JsonObject => ({
  schemas: [userSchema.id, enterpriseUserSchema.id],
  ...withoutUndefined({ externalId, userName, active, emails }),
  meta: { resourceType: 'User' },
  ...withoutUndefined({ name }),
  roles,
  ...rest,
})

/** The two recorded variants: without Microsoft's URN, a body has no `meta` and an empty list of members. */
const groupBody = (
  { externalId, displayName, ...rest }: Draft,
  { groupSchemaMs }: CreateOptions,
): JsonObject => ({
  schemas: groupSchemaMs ? [groupSchema.id, microsoftGroupUrn] : [groupSchema.id],
  ...withoutUndefined({ externalId, displayName }),
  ...(groupSchemaMs ? { meta: { resourceType: 'Group' } } : { members: [] }),
  ...rest,
})

const withoutUndefined = (values: { readonly [name: string]: Json | undefined }): JsonObject =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )

function setValue(body: Draft, target: TargetPath, value: DesiredValue, options: CreateOptions): void {
  const { extension, attribute, filter, sub } = target
  const container = extension === undefined ? body : objectAt(body, extension)
  if (isRoles(value)) container[attribute] = fullRoles(value)
  else if (filter) elementAt(container, attribute, filter)[sub ?? 'value'] = wireValue(target, value, options)
  else if (sub === undefined) container[attribute] = wireValue(target, value, options)
  else objectAt(container, attribute)[sub] = wireValue(target, value, options)
}

function wireValue(
  { attribute }: TargetPath,
  value: Exclude<DesiredValue, { readonly kind: string }>,
  { activeAsStringOnCreate }: CreateOptions,
): Json {
  if (isReference(value)) return value.reference
  return typeof value === 'boolean' && attribute === 'active' && activeAsStringOnCreate
    ? toText(value)
    : value
}

function objectAt(container: Draft, name: string): Draft {
  const found = Object.hasOwn(container, name) ? (container[name] as Draft) : {}
  container[name] = found
  return found
}

function elementAt(
  container: Draft,
  name: string,
  { attribute, value }: NonNullable<TargetPath['filter']>,
): Draft {
  const list = Object.hasOwn(container, name) ? (container[name] as Draft[]) : []
  const found = list.find(
    element => String(subValue(element, attribute)).toLowerCase() === value.toLowerCase(),
  )
  if (found) return found
  const element: Draft = {
    ...(name === 'emails' && list.length === 0 && { primary: true }),
    [attribute]: attribute === 'primary' ? value.toLowerCase() === 'true' : value,
  }
  container[name] = [...list, element]
  return element
}

const patchMessage = (Operations: readonly JsonObject[]): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})

export const patchBody = (changes: readonly Change[], { dialect }: RequestOptions): JsonObject =>
  patchMessage(dialect === 'default' ? changes.map(defaultOperation) : flaggedOperations(changes))

/** The default dialect: one operation with a path per attribute, booleans as strings, roles as JSON text. */
function defaultOperation({ op, target, value }: Change): JsonObject {
  // Undocumented; Microsoft's own tests clear a manager with an empty string.
  if (op === 'Remove' || value === undefined) return { op: 'Replace', path: target.text, value: '' }
  if (isRoles(value)) {
    const roles = value.kind === 'assertiveRoles' ? fullRoles(value) : packedRoles(value)
    return { op, path: rolesTarget(target).text, value: roles }
  }
  if (isReference(value)) return { op, path: target.text, value: value.reference }
  return { op, path: target.text, value: typeof value === 'boolean' ? toText(value) : value }
}

/**
 * The dialect `aadOptscim062020`: names of operations in lower case, and changes without a filter merged into operations
 * without a path. Operations with a path come first, in the order of the changes, then the replace, then the add.
 */
function flaggedOperations(changes: readonly Change[]): readonly JsonObject[] {
  const mergeable = changes.filter(canBeMerged)
  return [
    ...changes.filter(change => !canBeMerged(change)).map(flaggedOperation),
    ...mergedOperations(mergeable.filter(({ op }) => op === 'Replace')),
    ...mergedOperations(mergeable.filter(({ op }) => op === 'Add')),
  ]
}

const canBeMerged = ({ op, target, value }: Change) =>
  op !== 'Remove' && target.filter === undefined && !isRoles(value) && !isReference(value)

const mergedOperations = (changes: readonly Change[]): readonly JsonObject[] =>
  changes.length < 2
    ? changes.map(flaggedOperation)
    : [
        {
          op: operationName(changes[0]),
          value: Object.fromEntries(changes.map(({ target, value }) => [target.text, operationValue(value)])),
        },
      ]

function flaggedOperation(change: Change): JsonObject {
  const { target, value, previous } = change
  if (change.op === 'Remove') return { op: 'remove', path: valuePath(target, referencedId(previous) ?? '') }
  return {
    op: operationName(change),
    path: isRoles(value) ? rolesTarget(target).text : target.text,
    value: operationValue(value),
  }
}

const operationName = (change: Change | undefined) => (change?.op === 'Add' ? 'add' : 'replace')

const operationValue = (value: Change['value']): Json => {
  if (value === undefined) return ''
  if (isRoles(value)) return fullRoles(value)
  return isReference(value) ? value.reference : value
}

/** Entra omits the URN here: `manager[value eq "…"]`. */
const valuePath = ({ attribute }: Pick<TargetPath, 'attribute'>, id: string) =>
  printFilter({ op: '[]', attrPath: attribute, valFilter: equals('value', id) })

export function memberPatchBody(
  op: 'add' | 'remove',
  ids: readonly string[],
  { dialect, memberNullRef }: Pick<RequestOptions, 'dialect' | 'memberNullRef'>,
): JsonObject {
  const value = ids.map((id): JsonObject => (memberNullRef ? { $ref: null, value: id } : { value: id }))
  if (dialect === 'default')
    return patchMessage([{ op: op === 'add' ? 'Add' : 'Remove', path: 'members', value }])
  if (op === 'add') return patchMessage([{ op: 'add', path: 'members', value }])
  return patchMessage(ids.map(id => ({ op: 'remove', path: valuePath({ attribute: 'members' }, id) })))
}
