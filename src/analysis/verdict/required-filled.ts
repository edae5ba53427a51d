import { type Attribute, subAttributesOf } from '../../scim/attribute.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'

/**
 * A resource with something in each place where a profile demands a value and the resource has none. Under another
 * profile it couldn't have come to be without; the request that changes it isn't to blame.
 */
export function requiredFilled(attributes: readonly Attribute[], resource: JsonObject): JsonObject {
  let filled = resource
  for (const attribute of attributes.filter(isClients)) {
    const value = resource[attribute.name]
    const next = isLacking(value)
      ? attribute.required
        ? anything(attribute)
        : undefined
      : filledIn(attribute, value)
    if (next !== undefined && next !== value) filled = { ...filled, [attribute.name]: next }
  }
  return filled
}

const isClients = ({ mutability, derived, relation, name }: Attribute) =>
  mutability !== 'readOnly' && derived === undefined && relation === undefined && name !== 'schemas'

const isLacking = (value: Json | undefined): value is undefined | null | '' =>
  isUnassigned(value) || value === ''

function filledIn(attribute: Attribute, value: Json): Json {
  if (attribute.type !== 'complex') return value
  const subs = subAttributesOf(attribute)
  if (Array.isArray(value)) return value.map((element: Json) => filledIn(attribute, element))
  return isObject(value) ? requiredFilled(subs, value) : value
}

function anything(attribute: Attribute): Json {
  const one = anyOne(attribute)
  return attribute.multiValued ? [one] : one
}

function anyOne(attribute: Attribute): Json {
  switch (attribute.type) {
    case 'complex':
      return requiredFilled(subAttributesOf(attribute), {})
    case 'boolean':
      return false
    case 'integer':
    case 'decimal':
      return 0
    default:
      return attribute.canonicalValues?.[0] ?? '-'
  }
}
