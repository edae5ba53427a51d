import { type Attribute, findAttribute, subAttributesOf } from '../attribute.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Resource } from '../resource.ts'
import type { ResourceType } from '../resource-types.ts'
import { fold } from '../text.ts'
import { instantOf } from './date-time.ts'

/**
 * A resource as filters see it: names as in the schema, texts folded where case doesn't matter, dateTimes as
 * milliseconds since 1970. What is empty, what no client may see and what is kept as rows is left out.
 */
export const searchable = (type: ResourceType, resource: Resource): JsonObject =>
  withoutEmpty(type.attributes, resource) ?? {}

/** One value of an attribute as the filter in a PATCH path sees it; undefined when there is nothing to see. */
export function searchableValue(attribute: Attribute, value: Json): Json | undefined {
  switch (attribute.type) {
    case 'complex':
      return isObject(value) ? withoutEmpty(subAttributesOf(attribute), value) : undefined
    case 'string':
    case 'reference':
      return typeof value === 'string' && !attribute.caseExact ? fold(value) : scalar(value)
    case 'dateTime':
      return typeof value === 'string' ? instantOf(value) : undefined
    default:
      return scalar(value)
  }
}

const scalar = (value: Json): Json | undefined =>
  value === null || typeof value === 'object' ? undefined : value

function withoutEmpty(attributes: readonly Attribute[], object: JsonObject): JsonObject | undefined {
  const visible: Record<string, Json> = {}
  let isEmpty = true
  for (const [name, value] of Object.entries(object)) {
    const attribute = findAttribute(attributes, name)
    if (!attribute || attribute.relation || attribute.returned === 'never') continue
    const seen = searchableMember(attribute, value)
    if (seen === undefined) continue
    visible[attribute.name] = seen
    isEmpty = false
  }
  return isEmpty ? undefined : visible
}

/** What a filter sees of an attribute; of one with many values, a list. */
export const searchableMember = (attribute: Attribute, value: Json): Json | undefined =>
  attribute.multiValued ? valuesOf(attribute, value) : searchableValue(attribute, value)

function valuesOf(attribute: Attribute, value: Json): Json | undefined {
  const values: readonly Json[] = Array.isArray(value) ? value : [value]
  const seen = values.flatMap(each => searchableValue(attribute, each) ?? [])
  return seen.length > 0 ? seen : undefined
}
