import { type Attribute, findAttribute, resolveAttribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { memoize } from './memoize.ts'
import type { ResourceType } from './resource-types.ts'
import { isSecret } from './secrets.ts'

type Selection = ReadonlyMap<Attribute, Selection | 'whole'>
type GrowingSelection = Map<Attribute, GrowingSelection | 'whole'>

/** RFC 7644 §3.9: `only` comes from `attributes`, `without` from `excludedAttributes`. */
export type Projection = { readonly kind: 'only' | 'without'; readonly selection: Selection }

/** Names in full notation (RFC 7644 §3.10), ignoring case; unknown names select nothing. */
export function readProjection(
  type: ResourceType,
  attributes: string | undefined,
  excludedAttributes: string | undefined,
): Projection | undefined {
  const only = namesIn(attributes)
  const without = namesIn(excludedAttributes)
  if (only.length > 0 && without.length > 0) {
    throw errors.invalidValue('"attributes" and "excludedAttributes" cannot be combined. Send one of them.')
  }
  if (only.length > 0) return { kind: 'only', selection: select(type, only) }
  return without.length > 0 ? { kind: 'without', selection: select(type, without) } : undefined
}

const namesIn = (list: string | undefined): readonly string[] =>
  (list ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')

function select(type: ResourceType, names: readonly string[]): Selection {
  const selection: GrowingSelection = new Map()
  for (const name of names) {
    let level: GrowingSelection | 'whole' = selection
    const path = resolveAttribute(type, name) ?? []
    for (const [at, attribute] of path.entries()) {
      if (level === 'whole') break
      const isLast = at === path.length - 1
      const below: GrowingSelection | 'whole' = isLast ? 'whole' : (level.get(attribute) ?? new Map())
      level.set(attribute, below)
      level = below
    }
  }
  return selection
}

/**
 * The returned part of a resource (with `id`, `schemas`, `meta` and related resources), by `returned` (RFC 7643 §7) and
 * the two parameters (RFC 7644 §3.4.2.5).
 */
export const project = (
  type: ResourceType,
  resource: JsonObject,
  projection: Projection | undefined,
): JsonObject => projectObject(type.attributes, resource, projection)

function projectObject(
  attributes: readonly Attribute[],
  object: JsonObject,
  projection: Projection | undefined,
): JsonObject {
  const included: Record<string, Json> = {}
  for (const [name, value] of Object.entries(object)) {
    const attribute = findAttribute(attributes, name)
    if (!attribute || !isReturned(attribute, projection)) continue
    const part = projectValue(attribute, value, nestedProjection(attribute, projection))
    if (part !== undefined) included[attribute.name] = part
  }
  return included
}

function isReturned(attribute: Attribute, projection: Projection | undefined): boolean {
  const chosen = projection?.selection.get(attribute)
  switch (attribute.returned) {
    case 'never':
      return false
    case 'always':
      return true
    case 'request':
      return projection?.kind === 'only' && chosen !== undefined
    case 'default':
      return projection?.kind === 'only' ? chosen !== undefined : chosen !== 'whole'
  }
}

/** An attribute that is named as a whole has its default sub-attributes. */
function nestedProjection(attribute: Attribute, projection: Projection | undefined): Projection | undefined {
  const chosen = projection?.selection.get(attribute)
  return projection && chosen !== undefined && chosen !== 'whole'
    ? { kind: projection.kind, selection: chosen }
    : undefined
}

function projectValue(
  attribute: Attribute,
  value: Json,
  projection: Projection | undefined,
): Json | undefined {
  if (attribute.type !== 'complex') return value
  if (Array.isArray(value)) {
    const elements = value
      .map((element: Json) => projectValue(attribute, element, projection))
      .filter(element => element !== undefined)
    // An empty list that the provider adds (AWS's `members`) is kept.
    return elements.length === 0 && value.length > 0 ? undefined : elements
  }
  if (!isObject(value)) return value
  const included = projectObject(subAttributesOf(attribute), value, projection)
  return Object.keys(included).length === 0 ? undefined : included
}

export const includesRelation = (
  projection: Projection | undefined,
  type: ResourceType,
  relation: 'members' | 'groups',
): boolean =>
  type.attributes.some(attribute => attribute.relation === relation && isReturned(attribute, projection))

export const includesMeta = (projection: Projection | undefined, { attributes }: ResourceType): boolean => {
  const meta = findAttribute(attributes, 'meta')
  return meta !== undefined && isReturned(meta, projection)
}

export const minimalProjection: Projection = { kind: 'only', selection: new Map() }

export const returnsWholeDocument = (type: ResourceType, projection: Projection | undefined): boolean =>
  returnsWholeByDefault(type) && (projection === undefined || excludesOnlyRelations(projection))

const returnsWholeByDefault = memoize(({ attributes }: ResourceType): boolean =>
  attributes.every(attribute => attribute.relation !== undefined || isReturnedByDefault(attribute)),
)

// Related resources are not stored in the document. Entra excludes the members of groups.
const excludesOnlyRelations = ({ kind, selection }: Projection): boolean =>
  kind === 'without' && [...selection.keys()].every(({ relation }) => relation !== undefined)

const isReturnedByDefault = (attribute: Attribute): boolean =>
  attribute.returned === 'never'
    ? isSecret(attribute)
    : attribute.returned !== 'request' && subAttributesOf(attribute).every(isReturnedByDefault)

/** Undefined if values are returned unchanged; the function's result is undefined if nothing of a value is returned. */
export function elementProjection(
  attribute: Attribute,
  projection: Projection | undefined,
): ((element: JsonObject) => Json | undefined) | undefined {
  const nested = nestedProjection(attribute, projection)
  if (!nested && subAttributesOf(attribute).every(isReturnedByDefault)) return undefined
  return element => projectValue(attribute, element, nested)
}
