import {
  compact,
  isObject,
  isUnassigned,
  type Json,
  type JsonObject,
  jsonEquals,
} from '../../../scim/json.ts'
import type { AppRole } from '../../kit/directory/source-directory.ts'
import { evaluateExpression } from '../mapping/expression.ts'
import {
  type AttributeMapping,
  managerTarget,
  type ObjectMapping,
  parseTargetPath,
  type TargetPath,
} from '../mapping/mapping.ts'
import {
  type ExpressionContext,
  isRoles,
  type MappedRoles,
  type MappedValue,
  toText,
} from '../mapping/values.ts'
import type { ModifiedProperty } from './provisioning-log.ts'

export type Change = {
  readonly op: 'Add' | 'Replace' | 'Remove'
  readonly target: TargetPath
  readonly value?: DesiredValue
  readonly previous?: Json
}

type ChangeOptions = {
  /** Removes a manager that the source doesn't have. Entra isn't known to do this. */
  readonly clearManager?: boolean
}

/**
 * The changes that give the target the desired values: Add if an attribute is absent or an empty string, Replace if it
 * differs. A cleared source value changes nothing, because Entra can't provision null. `current` is the response of the
 * GET. Members aren't compared, because they are never read.
 */
export function changesBetween(
  desired: Desired,
  current: JsonObject,
  options: ChangeOptions = {},
): readonly Change[] {
  const changes = [...desired].flatMap(
    ([text, value]) => changeOf(parseTargetPath(text), value, current) ?? [],
  )
  const removal = options.clearManager ? managerRemoval(desired, current) : undefined
  return removal ? [...changes, removal] : changes
}

function changeOf(target: TargetPath, value: DesiredValue, current: JsonObject): Change | undefined {
  if (isRoles(value)) return roleChange(target, value, current)
  if (isReference(value) && typeof value.reference !== 'string') return undefined
  const values = currentValues(current, target)
  if (values.length === 0) return { op: 'Add', target, value }
  // If several elements have the type, all must match: the PATCH changes all of them.
  const different = values.find(each => !isSame(each, value))
  return different === undefined ? undefined : { op: 'Replace', target, value, previous: different }
}

function isSame(current: Json, value: DesiredValue): boolean {
  if (isReference(value)) return referencedId(current) === value.reference
  if (typeof value === 'boolean') return String(current).toLowerCase() === String(value)
  if (typeof value === 'string') return !isObject(current) && String(current) === value
  return !isRoles(value) && jsonEquals(current, value)
}

/** Servers return a manager as an object; some return only its id. */
export const referencedId = (value: Json | undefined): string | undefined => {
  const id = isObject(value) ? subValue(value, 'value') : value
  return typeof id === 'string' ? id : undefined
}

/** AppRoleAssignmentsComplex only adds roles; AssertiveAppRoleAssignmentsComplex replaces the existing ones. */
function roleChange(target: TargetPath, value: MappedRoles, current: JsonObject): Change | undefined {
  const [previous] = currentValues(current, rolesTarget(target))
  if (hasRoles(previous, value)) return undefined
  const op = value.kind === 'assertiveRoles' ? 'Replace' : 'Add'
  return { op, target, value, ...compact({ previous }) }
}

/** Roles are written whole, even if the mapping names only their value. */
export const rolesTarget = ({ extension, attribute }: TargetPath): TargetPath =>
  parseTargetPath(extension === undefined ? attribute : `${extension}:${attribute}`)

function managerRemoval(desired: Desired, current: JsonObject): Change | undefined {
  if (desired.has(managerTarget.text)) return undefined
  const [previous] = currentValues(current, managerTarget)
  return previous === undefined ? undefined : { op: 'Remove', target: managerTarget, previous }
}

export const modifiedProperties = (changes: readonly Change[]): readonly ModifiedProperty[] =>
  changes.map(({ target, value, previous }) => ({
    displayName: target.text,
    oldValue: previous === undefined ? null : currentText(previous),
    newValue: value === undefined ? null : desiredText(value),
  }))

export const createdProperties = (desired: Desired): readonly ModifiedProperty[] =>
  [...desired].map(([displayName, value]) => ({ displayName, oldValue: null, newValue: desiredText(value) }))

const currentText = (value: Json): string =>
  typeof value === 'string' || typeof value === 'boolean'
    ? toText(value)
    : (referencedId(value) ?? JSON.stringify(value))

const desiredText = (value: DesiredValue): string =>
  isReference(value) ? toText(value.reference) : toText(value)

export function currentValues(resource: JsonObject, target: TargetPath): readonly Json[] {
  const { extension, attribute, filter, sub } = target
  const container = extension === undefined ? resource : subValue(resource, extension)
  const value = subValue(container, attribute)
  const selected = filter ? elementsIn(value).filter(element => matchesPathFilter(element, filter)) : [value]
  return (
    sub === undefined ? selected : selected.flatMap(elementsIn).map(element => subValue(element, sub))
  ).filter((each): each is Json => each !== undefined && each !== '' && !isUnassigned(each))
}

const elementsIn = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

export function subValue(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  const lower = name.toLowerCase()
  return Object.entries(value).find(([known]) => known.toLowerCase() === lower)?.[1]
}

/** Ignores case: in types, and in `primary`, a boolean that Entra compares with "True". */
const matchesPathFilter = (element: Json, { attribute, value }: NonNullable<TargetPath['filter']>): boolean =>
  String(subValue(element, attribute) ?? '').toLowerCase() === value.toLowerCase()

type Reference = { readonly reference: string | readonly string[] }

export type DesiredValue = string | boolean | readonly string[] | Reference | MappedRoles

export type Desired = ReadonlyMap<string, DesiredValue>

export type LinkOf = (objectId: string) => string | undefined

/** Default values and attributes with the flow `onCreate` are used by a create only. */
export type RequestKind = 'create' | 'update'

export function desiredValues(
  mapping: ObjectMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
  requestKind: RequestKind = 'update',
): Desired {
  const desired = new Map<string, DesiredValue>()
  for (const attribute of mapping.attributes) {
    if (attribute.flow === 'onCreate' && requestKind === 'update') continue
    const value = attribute.reference
      ? referenceOf(attribute, context, linkOf)
      : plainValueOf(attribute, context, requestKind)
    if (value !== undefined) desired.set(attribute.target, value)
  }
  return desired
}

export const unresolvedReferences = (
  mapping: ObjectMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
): readonly { readonly target: string; readonly objectId: string }[] =>
  mapping.attributes
    .filter(({ reference }) => reference)
    .flatMap(attribute =>
      objectIdsIn(evaluateExpression(attribute.source, context))
        .filter(objectId => linkOf(objectId) === undefined)
        .map(objectId => ({ target: attribute.target, objectId })),
    )

export const mapsMembers = (mapping: ObjectMapping): boolean =>
  mapping.attributes.some(({ target }) => parseTargetPath(target).attribute.toLowerCase() === 'members')

function plainValueOf(
  { source, target, defaultValue }: AttributeMapping,
  context: ExpressionContext,
  requestKind: RequestKind,
): DesiredValue | undefined {
  const value = provisioned(evaluateExpression(source, context), parseTargetPath(target))
  return value ?? (requestKind === 'create' ? provisioned(defaultValue, parseTargetPath(target)) : undefined)
}

/** Entra can't provision empty values (Microsoft's known issues). */
function provisioned(value: MappedValue | undefined, target: TargetPath): DesiredValue | undefined {
  if (value === undefined || value === '') return undefined
  if (target.isBoolean && typeof value === 'string') return asBoolean(value)
  if (isRoles(value)) return acceptsRoles(target, value) ? value : toText(value)
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

const asBoolean = (text: string) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text)

/** `roles[primary eq "True"].value` and `roles`; several roles also fit a custom attribute. */
const acceptsRoles = ({ attribute, sub = '' }: TargetPath, { kind }: MappedRoles) =>
  attribute.toLowerCase() === 'roles' ? /^(value)?$/i.test(sub) : sub === '' && kind !== 'singleRole'

function referenceOf(
  { source }: AttributeMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
): Reference | undefined {
  const value = evaluateExpression(source, context)
  const ids = objectIdsIn(value)
    .map(linkOf)
    .filter(id => id !== undefined)
  if (Array.isArray(value)) return { reference: ids }
  return ids[0] === undefined ? undefined : { reference: ids[0] }
}

const objectIdsIn = (value: MappedValue | undefined): readonly string[] => {
  if (value === undefined || value === '') return []
  return Array.isArray(value) ? value : [toText(value)]
}

export const isReference = (value: DesiredValue | undefined): value is Reference =>
  typeof value === 'object' && 'reference' in value

const roleType = 'WindowsAzureActiveDirectoryRole'

export const fullRoles = ({ kind, roles }: MappedRoles): readonly JsonObject[] =>
  roles.map(
    ({ value, displayName }): JsonObject =>
      kind === 'singleRole'
        ? { primary: true, type: roleType, value }
        : { primary: false, type: roleType, display: displayName, value },
  )

/** The format of roles in a PATCH of the default dialect: JSON text in `value`. */
export const packedRoles = ({ roles }: MappedRoles): readonly JsonObject[] =>
  roles.map(role => ({ value: packRole(role) }))

const packRole = ({ id, value, displayName }: AppRole) => JSON.stringify({ id, value, displayName })

function hasRoles(current: Json | undefined, { kind, roles }: MappedRoles): boolean {
  const values = new Set(elementsIn(current).map(roleValue))
  return (
    roles.every(({ value }) => values.has(value)) &&
    (kind !== 'assertiveRoles' || values.size === roles.length)
  )
}

/** Many servers store the JSON text unchanged. */
function roleValue(element: Json): string {
  const text = String(subValue(element, 'value') ?? element)
  if (!text.startsWith('{')) return text
  try {
    const value = subValue(JSON.parse(text), 'value')
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
