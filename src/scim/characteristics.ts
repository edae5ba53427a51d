import { type Attribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { isObject, isUnassigned, type Json, type JsonObject, jsonEquals } from './json.ts'
import { memoize } from './memoize.ts'
import type { Resource } from './resource.ts'
import type { ResourceType } from './resource-types.ts'
import { isSecret } from './secrets.ts'

/**
 * The paths of required attributes that a resource lacks (RFC 7643 §7). An empty string counts as missing
 * (§4.1.1 on `userName`). Sub-attributes are required only if their parent attribute has a value.
 */
export function missingAttributes(type: ResourceType, resource: Resource): readonly string[] {
  const missing: string[] = []
  addMissing(requirementsOf(type), resource, '', false, missing)
  return missing
}

/** An attribute that is required or has required sub-attributes. Precomputed, because every write needs it. */
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

/** An attribute that is immutable or has immutable sub-attributes. */
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
