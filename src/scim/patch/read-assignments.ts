import { type Attribute, findAttribute, pathText, subAttributesOf } from '../attribute.ts'
import { errors, shown } from '../error.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../json.ts'
import { attributesOn } from '../path.ts'
import { namedAttributes, readElement, readValue } from '../read-value.ts'
import type { Reads } from '../reads.ts'
import type { ResourceType } from '../resource-types.ts'
import { commonAttributes } from '../schemas/common.ts'
import type { PatchOperation, PatchTarget } from './operation.ts'

/** What holds for all values of one operation. */
export type Context = {
  readonly op: PatchOperation['op']
  readonly type: ResourceType
  readonly reads: Reads
  readonly find: (path: string) => PatchTarget | undefined
}

export type Reading = Pick<PatchOperation, 'assignments' | 'ignored'>

const ignoring = (...ignored: readonly string[]): Reading => ({ assignments: [], ignored })

/** What an operation with a path gives a value to, or takes one from. */
export function readPathed(path: string, value: Json | undefined, context: Context, at: string): Reading {
  const target = context.find(path)
  if (!target) return unknown(path, context)
  const { reads } = context
  const attributes = attributesOn(target)
  const readOnly =
    attributes.find(({ mutability }) => mutability === 'readOnly') ??
    (context.op === 'remove' && isProviders(attributes[0]) ? attributes[0] : undefined)
  if (readOnly && reads.readOnlyPaths === 'refuse') {
    throw errors.mutability(
      `"${shown(path)}" cannot be changed, for only the server sets "${readOnly.name}".`,
    )
  }
  if (isIgnored(target, value, context)) return ignoring(path)
  // What the server derives would be overwritten by it at once; `schemas` follows from what a resource holds.
  const isDerived = attributes.some(({ derived }) => derived !== undefined) || isProviders(attributes[0])
  return readOnly || isDerived ? ignoring(path) : readTarget(target, value, context, at)
}

/** Whether the profile accepts a change of a whole attribute without carrying it out. */
function isIgnored({ path, where }: PatchTarget, value: Json | undefined, { op, reads }: Context): boolean {
  const [attribute, ...below] = path
  return (
    attribute !== undefined &&
    below.length === 0 &&
    where === undefined &&
    reads.ignoresChange?.(op, attribute, value) === true
  )
}

/** Whether an operation that needs a value may do without, because it is ignored in any case. */
export function isIgnoredWithoutValue(path: string, context: Context): boolean {
  const target = context.reads.ignoresChange && context.find(path)
  return target !== undefined && isIgnored(target, undefined, context)
}

/**
 * What the names in a value mean, each a path of its own: `name.givenName`, a full URN, even
 * `emails[type eq "work"].value` as Entra and Microsoft's validator write them without a path. `prefix` is the
 * URN of the extension whose value it is.
 */
export function readNamed(value: Json, prefix: string, context: Context, at: string): Reading {
  if (!isObject(value)) {
    throw errors.invalidValue(`${at} must be an object that names the attributes, for there is no path.`)
  }
  return joined(
    Object.entries(value).map(([name, named]) => {
      // Clients send a resource as they got it, and with it what only the server sets (idp-scim-sync, Okta).
      if (prefix === '' && isProviders(findAttribute(context.type.attributes, name))) return ignoring(name)
      // Some state the extension's URN in its value as well (scim2-client); no extension has such an attribute.
      if (prefix !== '' && name.toLowerCase() === 'schemas') return ignoring(prefix + name)
      return readPathed(prefix + name, named, context, `${at}.${shown(name)}`)
    }),
  )
}

const joined = (readings: readonly Reading[]): Reading => ({
  assignments: readings.flatMap(({ assignments }) => assignments),
  ignored: readings.flatMap(({ ignored }) => ignored),
})

function unknown(path: string, { reads, type }: Context): Reading {
  if (reads.unknownPaths === 'ignore') return ignoring(path)
  throw errors.invalidPath(`A ${type.name} has no attribute "${shown(path)}".`)
}

/** RFC 7643 §3: `id`, `meta` and `schemas`, which every resource has and the provider keeps. */
const isProviders = (attribute: Attribute | undefined): boolean => {
  const common = attribute && findAttribute(commonAttributes, attribute.name)
  return common !== undefined && (common.mutability === 'readOnly' || common.returned === 'always')
}

function readTarget(target: PatchTarget, value: Json | undefined, context: Context, at: string): Reading {
  const { op, reads } = context
  if (op === 'remove') return assigning(target, listedValues(target, value, reads, at))
  const attribute = attributesOn(target).at(-1)
  if (!attribute || value === undefined) return assigning(target, undefined)
  const reading = readGiven(target, attribute, value, context, at)
  if (op === 'add') demandValue(target, attribute, reading, context)
  return reading
}

function readGiven(
  target: PatchTarget,
  attribute: Attribute,
  value: Json,
  context: Context,
  at: string,
): Reading {
  const { reads } = context
  if (target.where && !target.sub)
    return assigning(target, readElement(attribute, loneIn(value, at), reads, at))
  if (attribute.multiValued) return assigning(target, readList(attribute, value, reads, at))
  if (attribute.type === 'complex' && !target.sub) return readParts(target, attribute, value, context, at)
  return assigning(target, readValue(attribute, value, reads, at))
}

/**
 * An `add` of nothing changes nothing. For a required attribute that isn't what the client asks for, so it is refused,
 * as an empty `replace` and a `remove` are once all operations are applied.
 */
function demandValue(target: PatchTarget, attribute: Attribute, reading: Reading, context: Context): void {
  if (!attribute.required || attribute.multiValued) return
  if (!reading.assignments.some(one => one.target === target && one.value === undefined)) return
  throw errors.mutability(
    `"${shown(target.text)}" is to get an empty value, but a ${context.type.name} needs one. Send a value.`,
  )
}

const assigning = (target: PatchTarget, value: Json | undefined): Reading => ({
  assignments: [{ target, value }],
  ignored: [],
})

/** RFC 7644 §3.5.2.1 lets a single value be added without an array around it. */
const readList = (attribute: Attribute, value: Json, reads: Reads, at: string): Json | undefined =>
  readValue(attribute, Array.isArray(value) ? value : [value], reads, at)

function loneIn(value: Json, at: string): Json {
  if (!Array.isArray(value)) return value
  if (value.length > 1) throw errors.invalidValue(`${at} must be one value, for the path chooses which.`)
  return value[0] ?? null
}

/**
 * RFC 7644 §3.5.2.3: the sub-attributes that a complex value names change, the others stay. So each becomes an
 * assignment of its own, and one that is null is cleared.
 */
function readParts(
  target: PatchTarget,
  attribute: Attribute,
  value: Json,
  context: Context,
  at: string,
): Reading {
  const given = context.reads.value(attribute, value)
  if (given === undefined || isUnassigned(given)) return assigning(target, undefined)
  if (!isObject(given)) return assigning(target, readValue(attribute, given, context.reads, at))
  if (Object.keys(given).length === 0) return assigning(target, undefined)
  if (attribute.extension) return readNamed(given, `${attribute.name}:`, context, at)
  return readSubAttributes(target, attribute, given, context, at)
}

function readSubAttributes(
  target: PatchTarget,
  attribute: Attribute,
  given: JsonObject,
  context: Context,
  at: string,
): Reading {
  const subs = subAttributesOf(attribute)
  const sent = namedAttributes(name => findAttribute(subs, name), given, context.reads, `${at}.`)
  const readings: Reading[] = []
  for (const [sub, name] of sent) {
    // RFC 7643 §7: inside a value, what only the server sets is left alone.
    if (sub.mutability === 'readOnly' || sub.derived !== undefined) continue
    const path = [...target.path, sub]
    readings.push(readTarget({ path, text: pathText(path) }, given[name], context, `${at}.${sub.name}`))
  }
  return joined(readings)
}

/**
 * The values that a remove lists besides its path, as Entra and AWS take members away: only these go. Undefined
 * when it lists none; then all that the path names goes.
 */
function listedValues(
  target: PatchTarget,
  value: Json | undefined,
  reads: Reads,
  at: string,
): Json | undefined {
  const attribute = target.path.at(-1)
  if (!attribute?.multiValued || target.where || isUnassigned(value) || value === undefined) return undefined
  const values = Array.isArray(value) ? value : [value]
  // A list of nothing but empty values names nothing; read as no list it would take everything away.
  return readValue(attribute, values, reads, at) ?? []
}
