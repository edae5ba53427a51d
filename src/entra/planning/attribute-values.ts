import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { AppRole } from '../directory/source-directory.ts'
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

/** What a resource, as the target answered it, holds at a target attribute; names are read whatever their case. */
export function currentValues(resource: JsonObject, target: TargetPath): readonly Json[] {
  const { extension, attribute, filter, sub } = target
  const container = extension === undefined ? resource : subValue(resource, extension)
  const value = subValue(container, attribute)
  const held = filter ? elementsIn(value).filter(element => matchesPathFilter(element, filter)) : [value]
  return (sub === undefined ? held : held.flatMap(elementsIn).map(element => subValue(element, sub))).filter(
    (each): each is Json => each !== undefined && each !== '' && !isUnassigned(each),
  )
}

/** The elements of a list, and of what should be one. */
export const elementsIn = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

export function subValue(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  const lower = name.toLowerCase()
  return Object.entries(value).find(([known]) => known.toLowerCase() === lower)?.[1]
}

/** Types have no case; `primary` is a boolean that Entra compares with "True". */
const matchesPathFilter = (element: Json, { attribute, value }: NonNullable<TargetPath['filter']>): boolean =>
  String(subValue(element, attribute) ?? '').toLowerCase() === value.toLowerCase()

/** A reference to another resource of the target, by its id there. */
export type Reference = { readonly reference: string | readonly string[] }

/** What an attribute of the target should hold. Empty source values aren't provisioned and have none. */
export type DesiredValue = string | boolean | readonly string[] | Reference | MappedRoles

/** What the target should hold of an object, by target attribute as the mapping writes it, in its order. */
export type Desired = ReadonlyMap<string, DesiredValue>

/** The id that an object of the source has in the target, if it is known there. */
export type LinkOf = (objectId: string) => string | undefined

/** Default values and what flows `onCreate` are only for a create. */
export type RequestKind = 'create' | 'update'

/** Maps a source object. References whose object has no id in the target yet are absent (`unresolvedOf`). */
export function desiredValues(
  mapping: ObjectMapping,
  context: ExpressionContext,
  linkOf: LinkOf,
  occasion: RequestKind = 'update',
): Desired {
  const desired = new Map<string, DesiredValue>()
  for (const attribute of mapping.attributes) {
    if (attribute.flow === 'onCreate' && occasion === 'update') continue
    const value = attribute.reference
      ? referenceOf(attribute, context, linkOf)
      : plainValueOf(attribute, context, occasion)
    if (value !== undefined) desired.set(attribute.target, value)
  }
  return desired
}

/** objectIds that a reference names and that have no id in the target. */
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

/** Whether the mapping provisions who is in a group. */
export const mapsMembers = (mapping: ObjectMapping): boolean =>
  mapping.attributes.some(({ target }) => parseTargetPath(target).attribute.toLowerCase() === 'members')

function plainValueOf(
  { source, target, otherwise }: AttributeMapping,
  context: ExpressionContext,
  occasion: RequestKind,
): DesiredValue | undefined {
  const value = provisioned(evaluateExpression(source, context), parseTargetPath(target))
  return value ?? (occasion === 'create' ? provisioned(otherwise, parseTargetPath(target)) : undefined)
}

/** Entra can't provision empty values (Microsoft's known issues). */
function provisioned(value: MappedValue | undefined, target: TargetPath): DesiredValue | undefined {
  if (value === undefined || value === '') return undefined
  if (target.isBoolean && typeof value === 'string') return asBoolean(value)
  if (isRoles(value)) return acceptsRoles(target, value) ? value : toText(value)
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

const asBoolean = (text: string) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text)

/** `roles[primary eq "True"].value`, `roles`, and for several roles also an attribute of one's own. */
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

/** Roles as a POST has them, and a PATCH with `aadOptscim062020`. */
export const fullRoles = ({ kind, roles }: MappedRoles): readonly JsonObject[] =>
  roles.map(
    ({ value, displayName }): JsonObject =>
      kind === 'singleRole'
        ? { primary: true, type: roleType, value }
        : { primary: false, type: roleType, display: displayName, value },
  )

/** Roles as a PATCH in the default dialect has them: JSON text in the `value`. */
export const packedRoles = ({ roles }: MappedRoles): readonly JsonObject[] =>
  roles.map(role => ({ value: packRole(role) }))

const packRole = ({ id, value, displayName }: AppRole) => JSON.stringify({ id, value, displayName })

/** Whether the target holds these roles; nothing besides them when they are to replace what is there. */
export function hasRoles(held: Json | undefined, { kind, roles }: MappedRoles): boolean {
  const values = new Set(elementsIn(held).map(roleValue))
  return (
    roles.every(({ value }) => values.has(value)) &&
    (kind !== 'assertiveRoles' || values.size === roles.length)
  )
}

/** Many servers keep the JSON text as it came. */
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
