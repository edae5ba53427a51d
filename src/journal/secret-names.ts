import { type Attribute, subAttributesOf } from '../scim/attribute.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { isSecret } from '../scim/secrets.ts'

/**
 * The attributes whose values nobody may read in the journal: those that are never returned (RFC 7643 §7). A
 * complex attribute with such a part counts as a whole, for `value` alone would name half of every request.
 */
export const secretNames = (types: readonly ResourceType[]): readonly string[] => [
  ...new Set(types.flatMap(({ attributes }) => attributes.flatMap(secretsIn))),
]

const secretsIn = (attribute: Attribute): readonly string[] => {
  if (isSecret(attribute)) return [attribute.name]
  const parts = subAttributesOf(attribute)
  if (attribute.extension) return parts.flatMap(secretsIn)
  return parts.some(part => secretsIn(part).length > 0) ? [attribute.name] : []
}
