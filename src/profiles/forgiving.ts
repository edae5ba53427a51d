import { type Attribute, findAttribute, subAttributesOf } from '../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../scim/json.ts'

/** One habit of clients that a profile forgives. Gives the value back as it is when it isn't the habit. */
export type Forgives = (attribute: Attribute, value: Json) => Json | undefined

/** Forgives one habit after the other. */
export const inTurn =
  (...habits: readonly Forgives[]): Forgives =>
  (attribute, value) =>
    habits.reduce<Json | undefined>(
      (given, habit) => (given === undefined ? undefined : habit(attribute, given)),
      value,
    )

/** Entra sends `"True"` and `"False"`, also as a role's `primary`; AWS's own sample has `"false"`. */
export const textAsBoolean: Forgives = ({ type }, value) => {
  if (type !== 'boolean' || typeof value !== 'string') return value
  const text = value.toLowerCase()
  return text === 'true' || text === 'false' ? text === 'true' : value
}

const hasValue = (attribute: Attribute) =>
  attribute.type === 'complex' && findAttribute(subAttributesOf(attribute), 'value') !== undefined

/** Entra sends the manager's id instead of an object with it; other clients send lists of bare addresses. */
export const bareValue: Forgives = (attribute, value) =>
  typeof value === 'string' && hasValue(attribute) ? { value } : value

/** Microsoft's tutorial sets the manager to a list of one. */
export const loneElement: Forgives = ({ multiValued, type }, value) =>
  type === 'complex' && !multiValued && Array.isArray(value) && value.length === 1 ? value[0] : value

/** Some clients send the only element of a list without the list. */
export const elementAsList: Forgives = ({ multiValued }, value) =>
  multiValued && isObject(value) ? [value] : value

/** Entra clears an attribute with an empty text. */
export const emptyAsAbsent: Forgives = (_attribute, value) => (value === '' ? undefined : value)

/** Terraform's provider writes an email address or phone number without a type as one with an empty type. */
export const emptyTypeAsAbsent: Forgives = ({ name }, value) =>
  name === 'type' && value === '' ? undefined : value

/** Microsoft's validator removes a manager with `{"value": ""}`. */
export const emptyValueAsAbsent: Forgives = (attribute, value) =>
  isObject(value) && value.value === '' && hasValue(attribute) ? undefined : value

/** Numbers come where the schema has a text when an expression of a mapping computes them. */
export const numberAsText: Forgives = ({ type }, value) =>
  type === 'string' && typeof value === 'number' ? String(value) : value

/** Entra puts an app role as JSON text into a role's `value`: `{"id": …, "value": …, "displayName": …}`. */
export const packedValue: Forgives = (attribute, value) => {
  if (!attribute.multiValued || !isObject(value) || !hasValue(attribute)) return value
  const packed = typeof value.value === 'string' ? objectIn(value.value) : undefined
  if (typeof packed?.value !== 'string') return value
  const { displayName } = packed
  return { ...value, value: packed.value, ...(typeof displayName === 'string' && { display: displayName }) }
}

function objectIn(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/**
 * Microsoft's samples ask for `attributes=emails[type eq "work"]`. RFC 7644 §3.9 knows names only, so the filter
 * is dropped and the attribute comes as a whole.
 */
export const withoutValueFilters = (attributeList: string): string =>
  attributeList.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^"[\]])*\]/g, '')
