import { type Attribute, type AttributePath, pathText, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { toSearchForm } from './filter/evaluate.ts'
import { isObject, isUnassigned, type Json, type JsonObject, jsonEquals } from './json.ts'
import { memoize } from './memoize.ts'
import type {
  LookupKey,
  PreparedResource,
  Resource,
  ResourceId,
  StoredResource,
  StoredWithSecrets,
} from './resource.ts'
import { keepNonScim, type ResourceType, storedAttributes } from './resource-types.ts'
import { isSecret, restoreSecrets, serializeSecrets, transformSecrets } from './secrets.ts'
import { fold } from './text.ts'

/**
 * The maximum size of a resource's document in UTF-8: 256 KiB, or a thousand values of 250 bytes. Every change reads,
 * compares and writes the whole document, so without a limit small requests could be expensive.
 */
export const maxDocumentBytes = 262_144

/** Throws `tooMany` if a document exceeds the limit, unless it replaces one that is at least as large. */
export function checkDocumentSize(
  { name }: { readonly name: string },
  next: Pick<PreparedResource, 'document'>,
  before?: Pick<StoredResource, 'document'>,
): void {
  // UTF-8 has at most three bytes for each unit of UTF-16.
  if (next.document.length * 3 <= maxDocumentBytes) return
  const bytes = Buffer.byteLength(next.document)
  if (bytes <= maxDocumentBytes || (before && bytes <= Buffer.byteLength(before.document))) return
  throw errors.tooMany(
    `The ${name} would have ${formatCount(bytes)} bytes without its members; the maximum is ` +
      `${formatCount(maxDocumentBytes)}. Nothing was changed. Send fewer or shorter values.`,
  )
}

const formatCount = (number: number) => number.toLocaleString('en-US')

export function prepareResource(type: ResourceType, id: ResourceId, resource: Resource): PreparedResource {
  const keys = new Map<string, LookupKey>()
  const attributes = pruneObject(storagePlan(type), resource, keys) ?? {}
  const stored = type.nonScim ? attributes : keepNonScim(attributes, resource)
  const document = toDocument(type, id, stored)
  const secrets = serializeSecrets(type, resource)
  return {
    document: JSON.stringify(document),
    ...(secrets !== undefined && { secrets }),
    search: toSearchForm(type, document),
    keys: [...keys.values()],
    ...readLabels(type, id, attributes),
  }
}

export function readLabels(
  type: Pick<ResourceType, 'labelAttribute' | 'displayAttribute' | 'enabledAttribute'>,
  id: string,
  document: JsonObject,
): Pick<PreparedResource, 'label' | 'display' | 'enabled'> {
  const label = textAt(document, type.labelAttribute) ?? id
  return {
    label,
    display: textAt(document, type.displayAttribute) ?? label,
    enabled: type.enabledAttribute === undefined || document[type.enabledAttribute] !== false,
  }
}

export function resourceFromDocument(stored: Pick<StoredResource, 'document'>): Resource {
  const { id: _id, schemas: _schemas, ...resource }: JsonObject = JSON.parse(stored.document)
  return resource
}

export const resourceWithSecrets = (type: ResourceType, current: StoredWithSecrets): Resource =>
  // A value stored before its attribute became a secret is clear text, not a hash.
  restoreSecrets(
    type,
    transformSecrets(type, resourceFromDocument(current), () => undefined),
    current.secrets,
  )

function toDocument(type: ResourceType, id: ResourceId, attributes: JsonObject): JsonObject {
  const schemas = schemaUrns(type, attributes)
  return attributes.externalId === undefined
    ? { id, schemas, ...attributes }
    : { id, externalId: attributes.externalId, schemas, ...attributes }
}

/** RFC 7643 §3 and §3.3: the base schema, and the extensions for which the resource has data. */
const schemaUrns = (type: ResourceType, resource: Resource): readonly string[] => [
  type.schema.id,
  ...type.extensions.map(({ schema }) => schema.id).filter(id => resource[id] !== undefined),
]

const textAt = (resource: JsonObject, name: string): string | undefined => {
  const value = resource[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

type StoredAttribute = {
  readonly attribute: Attribute
  readonly key?: { readonly attribute: string; readonly exclusive: boolean }
  readonly below: readonly StoredAttribute[]
}

const storagePlan = memoize((type: ResourceType): readonly StoredAttribute[] =>
  storedAttributes(type)
    .filter(isStoredAttribute)
    .map(attribute => planAttribute([attribute], attribute)),
)

export const exclusiveAttributes = memoize(
  (type: ResourceType): ReadonlySet<string> => new Set(storagePlan(type).flatMap(exclusiveBelow)),
)

const exclusiveBelow = ({ key, below }: StoredAttribute): readonly string[] => [
  ...(key?.exclusive ? [key.attribute] : []),
  ...below.flatMap(exclusiveBelow),
]

function planAttribute(path: AttributePath, attribute: Attribute): StoredAttribute {
  const { lookup, uniqueness } = attribute
  const exclusive = uniqueness !== 'none'
  return {
    attribute,
    ...((lookup || exclusive) && { key: { attribute: pathText(path), exclusive } }),
    below: subAttributesOf(attribute)
      .filter(sub => !isSecret(sub))
      .map(sub => planAttribute([...path, sub], sub)),
  }
}

/** The provider sets `id`, `meta` and `schemas`. Relations are stored as rows, and secrets in a column of their own. */
const isStoredAttribute = (attribute: Attribute) =>
  !['id', 'meta', 'schemas'].includes(attribute.name) && !attribute.relation && !isSecret(attribute)

function pruneObject(
  plan: readonly StoredAttribute[],
  object: JsonObject,
  keys: Map<string, LookupKey>,
): JsonObject | undefined {
  const attributes: Record<string, Json> = {}
  let isEmpty = true
  for (const part of plan) {
    const given = object[part.attribute.name]
    const value = given === undefined || given === null ? undefined : pruneValue(part, given, keys)
    if (value === undefined) continue
    attributes[part.attribute.name] = value
    isEmpty = false
  }
  return isEmpty ? undefined : attributes
}

function pruneValue(part: StoredAttribute, value: Json, keys: Map<string, LookupKey>): Json | undefined {
  if (Array.isArray(value)) {
    const elements = value
      .map((element: Json) => pruneValue(part, element, keys))
      .filter(element => element !== undefined)
    return elements.length === 0 ? undefined : elements
  }
  if (isObject(value)) return pruneObject(part.below, value, keys)
  if (part.key) addKey(part.attribute, part.key, String(value), keys)
  return value
}

function addKey(
  { caseExact }: Attribute,
  { attribute, exclusive }: { attribute: string; exclusive: boolean },
  text: string,
  keys: Map<string, LookupKey>,
) {
  const value = caseExact ? text : fold(text)
  keys.set(`${attribute}\0${value}`, { attribute, value, exclusive })
}

/** RFC 7643 §7. An empty string counts as missing (§4.1.1); sub-attributes are required only below a present value. */
export function missingAttributes(type: ResourceType, resource: Resource): readonly string[] {
  const missing: string[] = []
  addMissing(requirementsOf(type), resource, '', false, missing)
  return missing
}

type Requirement = {
  readonly attribute: Attribute
  readonly isSecret: boolean
  readonly below: readonly Requirement[]
}

const requirementsOf = memoize(({ attributes }: ResourceType) =>
  requirementsIn(attributes.filter(({ name }) => name !== 'schemas')),
)

const requirementsIn = (attributes: readonly Attribute[]): readonly Requirement[] =>
  attributes
    .filter(isWrittenByClients)
    .map(attribute => ({
      attribute,
      isSecret: isSecret(attribute),
      below: attribute.type === 'complex' ? requirementsIn(subAttributesOf(attribute)) : [],
    }))
    .filter(({ attribute, below }) => attribute.required || below.length > 0)

function addMissing(
  requirements: readonly Requirement[],
  object: JsonObject,
  prefix: string,
  isInList: boolean,
  missing: string[],
): void {
  for (const { attribute, isSecret, below } of requirements) {
    if (isInList && isSecret) continue
    const value = object[attribute.name]
    if (value === undefined || isUnassigned(value) || value === '') {
      if (attribute.required) missing.push(prefix + attribute.name)
    } else if (below.length > 0) {
      addMissingBelow(attribute, below, value, prefix + attribute.name, isInList, missing)
    }
  }
}

function addMissingBelow(
  attribute: Attribute,
  below: readonly Requirement[],
  value: Json,
  at: string,
  isInList: boolean,
  missing: string[],
): void {
  if (Array.isArray(value)) {
    value.forEach((element: Json, index) => {
      addMissingBelow(attribute, below, element, `${at}[${index}]`, true, missing)
    })
  } else if (isObject(value)) {
    addMissing(below, value, `${at}${attribute.extension ? ':' : '.'}`, isInList, missing)
  }
}

// Attributes set by the provider, relations (stored as rows) and secrets in lists (never stored) cannot be missing.
const isWrittenByClients = (attribute: Attribute) =>
  attribute.mutability !== 'readOnly' &&
  attribute.derived === undefined &&
  attribute.relation === undefined &&
  !(attribute.multiValued && isSecret(attribute))

/** RFC 7644 §3.5.2.2: a PATCH may not leave a required attribute without a value. */
export function checkRequired(type: ResourceType, resource: Resource): void {
  const missing = missingAttributes(type, resource)
  if (missing.length === 0) return
  throw errors.mutability(
    `This would remove ${missing.join(', ')}, which a ${type.name} requires. Replace the value instead.`,
  )
}

/** RFC 7643 §7: an immutable attribute can be set once. Elements of a list may be added and removed as a whole. */
export function checkImmutable(type: ResourceType, before: Resource, after: Resource): void {
  checkUnchanged(immutablesOf(type.attributes), before, after, '')
}

type Immutable = { readonly attribute: Attribute; readonly below: readonly Immutable[] }

const immutablesOf: (attributes: readonly Attribute[]) => readonly Immutable[] = memoize(
  (attributes: readonly Attribute[]): readonly Immutable[] =>
    attributes
      .map(attribute => ({ attribute, below: immutablesOf(subAttributesOf(attribute)) }))
      .filter(({ attribute, below }) => attribute.mutability === 'immutable' || below.length > 0),
)

function checkUnchanged(
  immutables: readonly Immutable[],
  before: JsonObject,
  after: JsonObject,
  prefix: string,
): void {
  for (const { attribute, below } of immutables) {
    const old = before[attribute.name]
    if (old === undefined) continue
    const now = after[attribute.name]
    const at = prefix + attribute.name
    if (attribute.mutability === 'immutable' && !jsonEquals(old, now)) {
      throw errors.mutability(
        `${at} is immutable and already has a value. Send its current value or omit it.`,
      )
    }
    if (below.length === 0 || !isObject(old)) continue
    checkUnchanged(below, old, isObject(now) ? now : {}, `${at}${attribute.extension ? ':' : '.'}`)
  }
}
