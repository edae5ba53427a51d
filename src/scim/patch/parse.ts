import * as z from 'zod'
import { type Attribute, findAttribute, pathText, resolveAttribute, subAttributesOf } from '../attribute.ts'
import { errors } from '../error.ts'
import { parseValueFilter, redactSecretErrors } from '../filter/bind.ts'
import { scopeOfResource } from '../filter/bound-filter.ts'
import type { FilterLimits } from '../filter/syntax.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../json.ts'
import { includesSchema, lowerCaseNames } from '../messages.ts'
import { checkUrn, checkUrns } from '../read-resource.ts'
import { matchAttributes, readElement, readValue } from '../read-value.ts'
import type { RequestPolicy } from '../request-policy.ts'
import { commonAttributes, type ResourceType } from '../resource-types.ts'
import { excerpt } from '../text.ts'
import type { PatchOperation, PatchTarget } from './elements.ts'

export const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Enough for the 36 operations of Microsoft's validator, and few enough that other requests do not wait long. */
export const maxOperations = 1000

type RawOperation = {
  readonly op: PatchOperation['op']
  readonly path: string | undefined
  readonly value: Json | undefined
}

const envelope = z.object(
  {
    schemas: z.unknown().optional(),
    operations: z
      .array(z.custom<JsonObject>(isObject, { error: 'Each of the "Operations" must be an object.' }), {
        error: '"Operations" is missing or not an array. Send an array with at least one operation.',
      })
      .min(1, { error: '"Operations" is empty. Send at least one operation.' })
      .max(maxOperations, {
        error: `The maximum is ${maxOperations} operations per request. Send the others in further requests.`,
      }),
  },
  { error: 'The body must be a JSON object with "schemas" and "Operations".' },
)

export function readPatchEnvelope(
  body: unknown,
  type: ResourceType,
  policy: RequestPolicy,
): readonly JsonObject[] {
  const read = envelope.safeParse(isObject(body) ? lowerCaseNames(body, 'The body') : body)
  if (!read.success) {
    throw errors.invalidSyntax(read.error.issues[0]?.message ?? 'The body is not a PatchOp.')
  }
  const { schemas, operations } = read.data
  if (policy.schemas === 'required' && !includesSchema(schemas, patchOpUrn)) {
    throw errors.invalidSyntax(`"schemas" must contain "${patchOpUrn}".`)
  }
  if (policy.unknownSchemas === 'invalidSyntax' && Array.isArray(schemas)) {
    for (const [index, urn] of schemas.entries()) {
      if (!includesSchema([urn], patchOpUrn)) checkUrn(urn, `schemas[${index}]`, type, policy)
    }
  }
  return operations
}

/** Reads one of the `Operations`. The case of `op` is ignored: Entra sends `Add`, AWS logs show `REPLACE`. */
function readRawOperation(sent: JsonObject, at: string): RawOperation {
  const { op, path, value } = lowerCaseNames(sent, at)
  if (typeof op !== 'string') {
    throw errors.invalidSyntax(`${at} has no "op". Send "add", "remove" or "replace".`)
  }
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw errors.invalidPath(`${at}.path must be a string.`)
  }
  return { op: readOp(op, at), path: path ?? undefined, value }
}

function readOp(text: string, at: string): PatchOperation['op'] {
  const op = text.toLowerCase()
  if (op === 'add' || op === 'remove' || op === 'replace') return op
  throw errors.invalidSyntax(
    `${at} has the unknown op "${excerpt(text)}". Send "add", "remove" or "replace".`,
  )
}

/**
 * Parses the operations of a PATCH (RFC 7644 §3.5.2): resolves paths, checks values and makes them canonical. `sent` is
 * the result of `readPatchEnvelope`, or its remainder after the first `from` operations.
 */
export const parsePatch = (
  sent: readonly JsonObject[],
  type: ResourceType,
  policy: RequestPolicy,
  limits: FilterLimits,
  from = 0,
): readonly PatchOperation[] =>
  sent.map((object, index) => {
    const at = `Operations[${from + index}]`
    const operation = readRawOperation(object, at)
    const { op, path } = operation
    const find = (text: string) => parsePath(text, type, policy, limits)
    const reading = readOperation(operation, { op, type, policy, find }, at)
    return { op, ...(path !== undefined && { path }), ...reading }
  })

function readOperation(
  { op, path, value }: RawOperation,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  if (op === 'remove') {
    if (path !== undefined) return readWithPath(path, value, context, `${at}.value`)
    throw errors.missingPath(
      `${at} is a remove operation without a "path". Send the path of the attribute to remove.`,
    )
  }
  if (path !== undefined && (value !== undefined || isIgnoredWithoutValue(path, context))) {
    return readWithPath(path, value, context, `${at}.value`)
  }
  if (value === undefined) {
    throw errors.invalidValue(`${at} has no "value". Send the value to ${op === 'add' ? 'add' : 'set'}.`)
  }
  return readWithoutPath(value, '', context, `${at}.value`)
}

type AssignmentContext = {
  readonly op: PatchOperation['op']
  readonly type: ResourceType
  readonly policy: RequestPolicy
  readonly find: (path: string) => PatchTarget | undefined
}

type AssignmentsRead = Pick<PatchOperation, 'assignments' | 'ignored'>

const ignore = (...ignored: readonly string[]): AssignmentsRead => ({ assignments: [], ignored })

function readWithPath(
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
  if (policy.unknownSchemas === 'invalidSyntax' && attributes[0]?.name === 'schemas') {
    checkUrns([value ?? []].flat(), at, context.type, policy)
  }
  // The server would overwrite derived values at once; `schemas` follows from the content of a resource.
  const isDerived =
    attributes.some(({ derived, overridable }) => derived !== undefined && !overridable) ||
    isServerManaged(attributes[0])
  return readOnly || isDerived ? ignore(path) : readTarget(target, value, context, at)
}

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

function isIgnoredWithoutValue(path: string, context: AssignmentContext): boolean {
  const target = context.policy.ignoresChange && context.find(path)
  return target !== undefined && isIgnored(target, undefined, context)
}

/**
 * Each name in a value without a path is a path: `name.givenName`, a full URN, even `emails[type eq "work"].value`, as Entra and
 * Microsoft's validator send it. `prefix` is the URN of the extension that the value belongs to.
 */
function readWithoutPath(
  value: Json,
  prefix: string,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  if (!isObject(value)) {
    throw errors.invalidValue(`${at} must be an object with attribute names, because there is no path.`)
  }
  const ignoresUrns = context.policy.unknownSchemas !== 'invalidSyntax'
  return mergeReadings(
    Object.entries(value).map(([name, named]) => {
      // Some clients send back the resource that they received, including attributes set by the server (idp-scim-sync, Okta).
      if (prefix === '' && isServerManaged(findAttribute(context.type.attributes, name))) return ignore(name)
      // Some clients repeat the extension's URN in its value (scim2-client). No extension has such an attribute.
      if (ignoresUrns && prefix !== '' && name.toLowerCase() === 'schemas') return ignore(prefix + name)
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
  throw errors[policy.unknownPaths](`A ${type.name} has no attribute "${excerpt(path)}".`)
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
  if (attribute.type === 'complex' && !target.sub && isMerged(attribute, context)) {
    return readParts(target, attribute, value, context, at)
  }
  return assign(target, readValue(attribute, value, policy, at))
}

const isMerged = ({ extension }: Attribute, { op, policy }: AssignmentContext): boolean =>
  op !== 'replace' || policy.complexReplacement === 'merge' || extension === true

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

/** RFC 7644 §3.5.2.3: a complex value changes only the sub-attributes that it contains; null clears one. */
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

/**
 * Parses the path of a PATCH operation (RFC 7644 figure 7) and resolves its names: `attr`, `attr.sub`, `attr[filter]` and
 * `attr[filter].sub`, each optionally prefixed with its schema's URN, and an extension's bare URN. Undefined if no schema
 * has the attribute. Throws `invalidPath` for an invalid path, and `invalidFilter` for an invalid filter in brackets.
 */
export function parsePath(
  text: string,
  type: ResourceType,
  policy: RequestPolicy,
  limits: FilterLimits,
): PatchTarget | undefined {
  const { name, filter, sub } = splitPath(text)
  const path = resolveAttribute(type, policy.fullAttributeName(type.name, name))
  const attribute = path?.at(-1)
  if (!path || !attribute) return undefined
  if (filter === undefined) return { path, text }

  if (attribute.extension || (attribute.type !== 'complex' && !attribute.multiValued)) {
    throw errors.invalidPath(
      `The path "${excerpt(text)}" has a filter, but "${attribute.name}" has a single simple value. Remove the filter.`,
    )
  }
  const below = sub === undefined ? undefined : findAttribute(subAttributesOf(attribute), sub)
  if (sub !== undefined && !below) return undefined
  const where = redactSecretErrors(filter.text, scopeOfResource(type, policy), () =>
    parseValueFilter(filter.text, attribute, policy, limits, filter.at),
  )
  return { path, where, ...(below && { sub: below }), text }
}

type PathParts = {
  readonly name: string
  readonly filter?: { readonly text: string; readonly at: number }
  readonly sub?: string
}

function splitPath(text: string): PathParts {
  const open = text.indexOf('[')
  const name = (open < 0 ? text : text.slice(0, open)).trim()
  if (!isName(name))
    throw malformedPath(text, name === '' ? 'it has no attribute' : `"${excerpt(name)}" is not a valid name`)
  if (open < 0) return { name }

  const close = closingBracket(text, open)
  if (close === undefined) throw malformedPath(text, 'the bracket "[" is never closed')
  const filter = { text: text.slice(open + 1, close), at: open + 1 }
  const rest = text.slice(close + 1).trim()
  if (rest === '') return { name, filter }
  if (!rest.startsWith('.') || !isSimpleName(rest.slice(1))) {
    throw malformedPath(text, 'only a dot and a sub-attribute may follow the bracket "]"')
  }
  return { name, filter, sub: rest.slice(1) }
}

const malformedPath = (text: string, reason: string) =>
  errors.invalidPath(
    `The path "${excerpt(text)}" is invalid: ${reason}. Use attribute, attribute.sub, attribute[filter] ` +
      'or attribute[filter].sub.',
  )

function closingBracket(text: string, open: number): number | undefined {
  let quoted = false
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]
    if (quoted && character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (character === ']' && !quoted) return at
  }
  return undefined
}

// RFC 7643 §2.1, with the `$` of `$ref`. A URI before the name may contain any character of URIs.
const isSimpleName = (text: string) => /^[$A-Za-z][\w$-]*$/.test(text)
const isName = (text: string) =>
  text.includes(':') ? /^[^\s"[\]]+[^\s"[\].:]$/.test(text) : text.split('.').every(isSimpleName)

export const attributesOnPath = ({ path, sub }: PatchTarget): readonly Attribute[] =>
  sub ? [...path, sub] : path
