import { type Attribute, type AttributePath, pathText, subAttributesOf } from './attribute.ts'
import { searchable } from './filter/searchable.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { secretsText, withSecrets } from './kept-secrets.ts'
import type { Key } from './keys.ts'
import { remembered } from './remembered.ts'
import type { Current, Prepared, Resource, ResourceId, Stored } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { isSecret, sealedResource } from './secrets.ts'
import { fold } from './text.ts'

/** Makes of a resource what the store keeps: its text, its keys, and what filters see of it. */
export function prepare(type: ResourceType, id: ResourceId, resource: Resource): Prepared {
  const keys = new Map<string, Key>()
  const kept = keepObject(planOf(type), resource, keys) ?? {}
  const document = documentOf(type, id, kept)
  const secrets = secretsText(type, resource)
  return {
    document: JSON.stringify(document),
    ...(secrets !== undefined && { secrets }),
    search: searchable(type, document),
    keys: [...keys.values()],
    ...calledIn(type, id, kept),
  }
}

/** What a resource is called, and whether it is enabled, as its document says. */
export function calledIn(
  type: Pick<ResourceType, 'labelledBy' | 'displayedBy' | 'enabledBy'>,
  id: string,
  document: JsonObject,
): Pick<Prepared, 'label' | 'display' | 'enabled'> {
  const label = textAt(document, type.labelledBy) ?? id
  return {
    label,
    display: textAt(document, type.displayedBy) ?? label,
    enabled: type.enabledBy === undefined || document[type.enabledBy] !== false,
  }
}

/** The resource in a stored document, as it was given to `prepare`; without its secrets. */
export function resourceOf(stored: Pick<Stored, 'document'>): Resource {
  const { id: _id, schemas: _schemas, ...resource }: JsonObject = JSON.parse(stored.document)
  return resource
}

/** The resource as those see it who change it: with its secrets, as hashes. */
export const wholeResource = (type: ResourceType, current: Current): Resource =>
  // What was kept in clear, before its attribute became a secret, is no hash.
  withSecrets(
    type,
    sealedResource(type, resourceOf(current), () => undefined),
    current.secrets,
  )

function documentOf(type: ResourceType, id: ResourceId, kept: JsonObject): JsonObject {
  const schemas = schemasOf(type, kept)
  return kept.externalId === undefined
    ? { id, schemas, ...kept }
    : { id, externalId: kept.externalId, schemas, ...kept }
}

/** RFC 7643 §3 and §3.3: the base schema, and the extensions of which the resource holds data. */
export const schemasOf = (type: ResourceType, resource: Resource): readonly string[] => [
  type.schema.id,
  ...type.extensions.map(({ schema }) => schema.id).filter(id => resource[id] !== undefined),
]

const textAt = (resource: JsonObject, name: string): string | undefined => {
  const value = resource[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An attribute that is kept, with how it is looked up. Every write walks it. */
type Kept = {
  readonly attribute: Attribute
  readonly key?: { readonly attribute: string; readonly exclusive: boolean }
  readonly below: readonly Kept[]
}

const planOf = remembered(({ attributes }: ResourceType): readonly Kept[] =>
  attributes.filter(isKept).map(attribute => planned([attribute], attribute)),
)

function planned(path: AttributePath, attribute: Attribute): Kept {
  const { lookup, uniqueness } = attribute
  const exclusive = uniqueness !== 'none'
  return {
    attribute,
    ...((lookup || exclusive) && { key: { attribute: pathText(path), exclusive } }),
    below: subAttributesOf(attribute)
      .filter(sub => !isSecret(sub))
      .map(sub => planned([...path, sub], sub)),
  }
}

/** `id`, `meta` and `schemas` are the provider's; relations are rows of their own, secrets stand apart. */
const isKept = (attribute: Attribute) =>
  !['id', 'meta', 'schemas'].includes(attribute.name) && !attribute.relation && !isSecret(attribute)

/** The attributes of an object in the schema's order, without empty ones; notes their keys on the way. */
function keepObject(
  plan: readonly Kept[],
  object: JsonObject,
  keys: Map<string, Key>,
): JsonObject | undefined {
  const kept: Record<string, Json> = {}
  let isEmpty = true
  for (const part of plan) {
    const given = object[part.attribute.name]
    const value = given === undefined || given === null ? undefined : keepValue(part, given, keys)
    if (value === undefined) continue
    kept[part.attribute.name] = value
    isEmpty = false
  }
  return isEmpty ? undefined : kept
}

function keepValue(part: Kept, value: Json, keys: Map<string, Key>): Json | undefined {
  if (Array.isArray(value)) {
    const elements = value
      .map((element: Json) => keepValue(part, element, keys))
      .filter(element => element !== undefined)
    return elements.length === 0 ? undefined : elements
  }
  if (isObject(value)) return keepObject(part.below, value, keys)
  if (part.key) noteKey(part.attribute, part.key, String(value), keys)
  return value
}

function noteKey(
  { caseExact }: Attribute,
  { attribute, exclusive }: { attribute: string; exclusive: boolean },
  text: string,
  keys: Map<string, Key>,
) {
  const value = caseExact ? text : fold(text)
  keys.set(`${attribute}\0${value}`, { attribute, value, exclusive })
}
