import { isObject, isUnassigned, type Json, type JsonObject } from '../../../scim/json.ts'
import type { AppRole } from '../../kit/directory/source-directory.ts'
import { evaluateExpression } from '../mapping/expression.ts'
import {
  type AttributeMapping,
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

export function hasRoles(current: Json | undefined, { kind, roles }: MappedRoles): boolean {
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
