import { type Attribute, findAttribute, pathText, subAttributesOf } from '../attribute.ts'
import { errors, excerpt } from '../error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../json.ts'
import { matchAttributes, readElement, readValue } from '../read-value.ts'
import type { RequestPolicy } from '../request-policy.ts'
import { commonAttributes, type ResourceType } from '../resource-types.ts'
import type { PatchOperation, PatchTarget } from './operation.ts'
import { attributesOnPath } from './path.ts'

/** The context that all values of an operation share. */
export type AssignmentContext = {
  readonly op: PatchOperation['op']
  readonly type: ResourceType
  readonly policy: RequestPolicy
  readonly find: (path: string) => PatchTarget | undefined
}

export type AssignmentsRead = Pick<PatchOperation, 'assignments' | 'ignored'>

const ignore = (...ignored: readonly string[]): AssignmentsRead => ({ assignments: [], ignored })

/** Reads the assignments of an operation with a path. */
export function readWithPath(
  path: string,
  value: Json | undefined,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  const target = context.find(path)
  if (!target) return unknownAttribute(path, context)
  const { policy } = context
  const attributes = attributesOnPath(target)
  const readOnly =
    attributes.find(({ mutability }) => mutability === 'readOnly') ??
    (context.op === 'remove' && isServerManaged(attributes[0]) ? attributes[0] : undefined)
  if (readOnly && policy.readOnlyPaths === 'refuse') {
    throw errors.mutability(
      `"${excerpt(path)}" cannot be changed, because "${readOnly.name}" is set only by the server.`,
    )
  }
  if (isIgnored(target, value, context)) return ignore(path)
  // The server would overwrite derived values at once; `schemas` follows from the content of a resource.
  const isDerived =
    attributes.some(({ derived, overridable }) => derived !== undefined && !overridable) ||
    isServerManaged(attributes[0])
  return readOnly || isDerived ? ignore(path) : readTarget(target, value, context, at)
}

/** Whether the profile accepts a change of a whole attribute but ignores it. */
function isIgnored(
  { path, where }: PatchTarget,
  value: Json | undefined,
  { op, policy }: AssignmentContext,
): boolean {
  const [attribute, ...below] = path
  return (
    attribute !== undefined &&
    below.length === 0 &&
    where === undefined &&
    policy.ignoresChange?.(op, attribute, value) === true
  )
}

/** Whether an operation does not need its value, because the profile ignores the operation in any case. */
export function isIgnoredWithoutValue(path: string, context: AssignmentContext): boolean {
  const target = context.policy.ignoresChange && context.find(path)
  return target !== undefined && isIgnored(target, undefined, context)
}

/**
 * Reads a value without a path. Each of its names is a path: `name.givenName`, a full URN, even
 * `emails[type eq "work"].value`, as Entra and Microsoft's validator send it. `prefix` is the URN of the extension that the
 * value belongs to.
 */
export function readWithoutPath(
  value: Json,
  prefix: string,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  if (!isObject(value)) {
    throw errors.invalidValue(`${at} must be an object with attribute names, because there is no path.`)
  }
  return mergeReadings(
    Object.entries(value).map(([name, named]) => {
      // Some clients send back the resource that they received, including attributes set by the server (idp-scim-sync, Okta).
      if (prefix === '' && isServerManaged(findAttribute(context.type.attributes, name))) return ignore(name)
      // Some clients repeat the extension's URN in its value (scim2-client). No extension has such an attribute.
      if (prefix !== '' && name.toLowerCase() === 'schemas') return ignore(prefix + name)
      return readWithPath(prefix + name, named, context, `${at}.${excerpt(name)}`)
    }),
  )
}

const mergeReadings = (readings: readonly AssignmentsRead[]): AssignmentsRead => ({
  assignments: readings.flatMap(({ assignments }) => assignments),
  ignored: readings.flatMap(({ ignored }) => ignored),
})

function unknownAttribute(path: string, { policy, type }: AssignmentContext): AssignmentsRead {
  if (policy.unknownPaths === 'ignore') return ignore(path)
  throw errors.invalidPath(`A ${type.name} has no attribute "${excerpt(path)}".`)
}

/** RFC 7643 §3: `id`, `meta` and `schemas`, which every resource has and the provider maintains. */
const isServerManaged = (attribute: Attribute | undefined): boolean => {
  const common = attribute && findAttribute(commonAttributes, attribute.name)
  return common !== undefined && (common.mutability === 'readOnly' || common.returned === 'always')
}

function readTarget(
  target: PatchTarget,
  value: Json | undefined,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  const { op, policy } = context
  if (op === 'remove') return assign(target, listedValues(target, value, policy, at))
  const attribute = attributesOnPath(target).at(-1)
  if (!attribute || value === undefined) return assign(target, undefined)
  const reading = readGiven(target, attribute, value, context, at)
  if (op === 'add') requireValue(target, attribute, reading, context)
  return reading
}

function readGiven(
  target: PatchTarget,
  attribute: Attribute,
  value: Json,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  const { policy } = context
  if (target.where && !target.sub)
    return assign(target, readElement(attribute, singleValue(value, at), policy, at))
  if (attribute.multiValued) return assign(target, readList(attribute, value, policy, at))
  if (attribute.type === 'complex' && !target.sub) return readParts(target, attribute, value, context, at)
  return assign(target, readValue(attribute, value, policy, at))
}

/**
 * Adding an empty value changes nothing. For a required attribute, the client cannot have meant that, so it is rejected,
 * like an empty `replace` and a `remove` after all operations are applied.
 */
function requireValue(
  target: PatchTarget,
  attribute: Attribute,
  reading: AssignmentsRead,
  context: AssignmentContext,
): void {
  if (!attribute.required || attribute.multiValued) return
  if (!reading.assignments.some(one => one.target === target && one.value === undefined)) return
  throw errors.mutability(
    `The value of "${excerpt(target.text)}" is empty, but a ${context.type.name} requires one. Send a value.`,
  )
}

const assign = (target: PatchTarget, value: Json | undefined): AssignmentsRead => ({
  assignments: [{ target, value }],
  ignored: [],
})

/** RFC 7644 §3.5.2.1: a single value may be added without an array. */
const readList = (attribute: Attribute, value: Json, policy: RequestPolicy, at: string): Json | undefined =>
  readValue(attribute, Array.isArray(value) ? value : [value], policy, at)

function singleValue(value: Json, at: string): Json {
  if (!Array.isArray(value)) return value
  if (value.length > 1)
    throw errors.invalidValue(`${at} must be a single value, because the path has a filter.`)
  return value[0] ?? null
}

/**
 * RFC 7644 §3.5.2.3: a complex value changes the sub-attributes that it contains; the others stay. Each becomes an
 * assignment of its own; null clears a sub-attribute.
 */
function readParts(
  target: PatchTarget,
  attribute: Attribute,
  value: Json,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  const normalized = context.policy.normalizeValue(attribute, value)
  if (normalized === undefined || isUnassigned(normalized)) return assign(target, undefined)
  if (!isObject(normalized)) return assign(target, readValue(attribute, normalized, context.policy, at))
  if (Object.keys(normalized).length === 0) return assign(target, undefined)
  if (attribute.extension) return readWithoutPath(normalized, `${attribute.name}:`, context, at)
  return readSubAttributes(target, attribute, normalized, context, at)
}

function readSubAttributes(
  target: PatchTarget,
  attribute: Attribute,
  normalized: JsonObject,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  const subs = subAttributesOf(attribute)
  const sent = matchAttributes(name => findAttribute(subs, name), normalized, context.policy, `${at}.`)
  const readings: AssignmentsRead[] = []
  for (const [sub, name] of sent) {
    // RFC 7643 §7: within a value, attributes that only the server sets are ignored.
    if (sub.mutability === 'readOnly' || sub.derived !== undefined) continue
    const path = [...target.path, sub]
    readings.push(readTarget({ path, text: pathText(path) }, normalized[name], context, `${at}.${sub.name}`))
  }
  return mergeReadings(readings)
}

/**
 * The values that a `remove` lists in addition to its path, as Entra and AWS remove members: only these are removed.
 * Undefined if it lists none; then everything at the path is removed.
 */
function listedValues(
  target: PatchTarget,
  value: Json | undefined,
  policy: RequestPolicy,
  at: string,
): Json | undefined {
  const attribute = target.path.at(-1)
  if (!attribute?.multiValued || target.where || isUnassigned(value) || value === undefined) return undefined
  const values = Array.isArray(value) ? value : [value]
  // A list of empty values selects nothing. Treating it as absent would remove everything.
  return readValue(attribute, values, policy, at) ?? []
}
