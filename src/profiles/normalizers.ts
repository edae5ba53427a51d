import { type Attribute, findAttribute, subAttributesOf } from '../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../scim/json.ts'
import { type ResourceType, typeByName } from '../scim/resource-types.ts'

/** Converts one deviation of clients that a profile accepts. Returns any other value unchanged. */
type Normalizer = (attribute: Attribute, value: Json) => Json | undefined

export const chainNormalizers =
  (...normalizers: readonly Normalizer[]): Normalizer =>
  (attribute, value) => {
    let given: Json | undefined = value
    for (const normalize of normalizers) {
      given = normalize(attribute, given)
      if (given === undefined) return undefined
    }
    return given
  }

/** Entra sends `"True"` and `"False"`, also as a role's `primary`; AWS's own sample has `"false"`. */
export const textAsBoolean: Normalizer = ({ type }, value) => {
  if (type !== 'boolean' || typeof value !== 'string') return value
  const text = value.toLowerCase()
  return text === 'true' || text === 'false' ? text === 'true' : value
}

const hasValueSubAttribute = (attribute: Attribute) =>
  attribute.type === 'complex' && findAttribute(subAttributesOf(attribute), 'value') !== undefined

/** Entra sends the manager's ID instead of an object; other clients send lists of bare addresses. */
export const stringAsValue: Normalizer = (attribute, value) =>
  typeof value === 'string' && hasValueSubAttribute(attribute) ? { value } : value

/** Microsoft's tutorial sets the manager to a list of one. */
export const singleElementAsValue: Normalizer = ({ multiValued, type }, value) =>
  type === 'complex' && !multiValued && Array.isArray(value) && value.length === 1 ? value[0] : value

/** Some products send a single value of any type as a list of one: `"value": ["x"]` for `displayName`. */
export const listOfOneAsValue: Normalizer = ({ multiValued }, value) =>
  !multiValued && Array.isArray(value) && value.length === 1 ? value[0] : value

export const elementAsList: Normalizer = ({ multiValued }, value) =>
  multiValued && isObject(value) ? [value] : value

/** Entra clears an attribute with an empty string. */
export const emptyAsAbsent: Normalizer = (_attribute, value) => (value === '' ? undefined : value)

/** Terraform's provider sends an empty type for an email address or phone number without a type. */
export const emptyTypeAsAbsent: Normalizer = ({ name }, value) =>
  name === 'type' && value === '' ? undefined : value

/** Microsoft's validator removes a manager with `{"value": ""}`. */
export const emptyValueAsAbsent: Normalizer = (attribute, value) =>
  isObject(value) && value.value === '' && hasValueSubAttribute(attribute) ? undefined : value

/** Mapping expressions may compute numbers for attributes that are strings in the schema. */
export const numberAsText: Normalizer = ({ type }, value) =>
  type === 'string' && typeof value === 'number' ? String(value) : value

/** Entra sends an app role as JSON text in a role's `value`: `{"id": …, "value": …, "displayName": …}`. */
export const jsonTextAsRole: Normalizer = (attribute, value) => {
  if (!attribute.multiValued || !isObject(value) || !hasValueSubAttribute(attribute)) return value
  const packed = typeof value.value === 'string' ? parseObject(value.value) : undefined
  if (typeof packed?.value !== 'string') return value
  const { displayName } = packed
  return { ...value, value: packed.value, ...(typeof displayName === 'string' && { display: displayName }) }
}

function parseObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Microsoft's samples request `attributes=emails[type eq "work"]`; RFC 7644 §3.9 allows only names. */
export function stripValueFilters(attributeList: string): string {
  let stripped = ''
  let end = 0
  let open: number | undefined
  for (const { 0: token, index } of attributeList.matchAll(stringsAndBrackets)) {
    if (token === '[') open = index
    if (token !== ']' || open === undefined) continue
    stripped += attributeList.slice(end, open)
    end = index + 1
    open = undefined
  }
  return stripped + attributeList.slice(end)
}

/** A string without an end extends to the end of the text, so that no part of the text is read twice. */
const stringsAndBrackets = /"(?:[^"\\]|\\.)*"?|[[\]]/g

/**
 * Adds the URN to an extension's attribute that a client wrote without it: `manager` and `department`, as in Microsoft's
 * tutorial and AWS's filters. The type's own attributes take precedence.
 */
export const toFullName =
  (types: readonly ResourceType[]) =>
  (resourceType: string, name: string): string => {
    const type = typeByName(types, resourceType)
    const [first = name] = name.split(/[.[]/, 1)
    if (!type || first.includes(':') || findAttribute(type.attributes, first)) return name
    const extension = type.attributes.find(
      attribute => attribute.extension && findAttribute(subAttributesOf(attribute), first),
    )
    return extension ? `${extension.name}:${name}` : name
  }
