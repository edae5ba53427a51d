import {
  type Attribute,
  type AttributePath,
  findAttribute,
  pathText,
  resolveAttribute,
  subAttributesOf,
  withoutFilter,
} from '../../scim/attribute.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import { emptyTypeAsAbsent } from '../normalizers.ts'
import type { AttributeViolation, OperationSubject, Rule } from '../profile.ts'

export type DocumentSubject = OperationSubject & { readonly document: JsonObject }
export type DocumentRule = Rule<DocumentSubject>

/** The member of an object with this name, ignoring case (RFC 7643 §2.1). */
export const memberOf = (object: JsonObject, name: string): Json | undefined => {
  if (Object.hasOwn(object, name)) return object[name]
  for (const key in object) {
    if (key.length === name.length && key.toLowerCase() === name.toLowerCase()) return object[key]
  }
  return undefined
}

export const toList = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

type Leaf = { readonly path: AttributePath; readonly value: Json | undefined }

/**
 * All simple values that a client may write, followed by missing values that the schema requires. The document may be a
 * body as sent or a resource as stored.
 */
export const leavesOf = (type: ResourceType, document: JsonObject): readonly Leaf[] =>
  leavesBelow(type.attributes, document, [])

function leavesBelow(
  attributes: readonly Attribute[],
  object: JsonObject,
  above: AttributePath,
): readonly Leaf[] {
  const leaves: Leaf[] = []
  const given = new Set<Attribute>()
  for (const name of Object.keys(object)) {
    const attribute = findAttribute(attributes, name)
    if (!attribute || !isWritten(attribute) || isUnassigned(object[name])) continue
    given.add(attribute)
    leaves.push(...leavesAt([...above, attribute], attribute, object[name]))
  }
  for (const attribute of attributes) {
    if (attribute.required && !given.has(attribute) && isWritten(attribute)) {
      leaves.push(...missing([...above, attribute], attribute))
    }
  }
  return leaves
}

const isWritten = ({ mutability, relation, name }: Attribute) =>
  mutability !== 'readOnly' && !relation && name !== 'schemas'

function leavesAt(path: AttributePath, attribute: Attribute, value: Json | undefined): readonly Leaf[] {
  if (attribute.type !== 'complex') return [{ path, value }]
  return toList(value).flatMap(element => inElement(path, subAttributesOf(attribute), element))
}

function missing(path: AttributePath, attribute: Attribute): readonly Leaf[] {
  const below = attribute.multiValued ? [] : leavesBelow(subAttributesOf(attribute), {}, path)
  return below.length > 0 ? below : [{ path, value: undefined }]
}

/** A bare string is the element's `value`, as Entra sends a manager. */
function inElement(path: AttributePath, subs: readonly Attribute[], value: Json): readonly Leaf[] {
  if (isObject(value)) return leavesBelow(subs, value, path)
  const sub = typeof value === 'string' ? findAttribute(subs, 'value') : undefined
  return sub ? [{ path: [...path, sub], value }] : []
}

/** AWS joins the names of a path with dots, even after an extension's URN. */
export const placeText = (path: AttributePath): string => path.map(({ name }) => name).join('.')

export type ConstraintKind = Extract<
  AttributeViolation['kind'],
  'missing' | 'empty' | 'too-long' | 'characters'
>

export type ConstraintFailure = Pick<AttributeViolation, 'maximum' | 'characters'> & {
  readonly path: AttributePath
  readonly kind: ConstraintKind
  readonly description: string
}

const lengths: Readonly<Record<string, number>> = { userName: 128, externalId: 256 }
const longest = 1024

// The characters are from botocore's model; `text` is the pattern as AWS's error messages show it.
const withoutSpace = { text: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+', matches: /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u }
const withSpace = {
  text: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+',
  matches: /^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \u00a0\u3000]+$/u,
}
const names = new Set(['userName', 'externalId'])

type Strictness = { readonly spaceInUserName: 'allow' | 'refuse' }

/** The constraints that a document violates. Most documents violate none, which is found out without listing leaves. */
export const failuresIn = (
  type: ResourceType,
  document: JsonObject,
  strictness: Strictness,
): readonly ConstraintFailure[] =>
  isPlainlySound(type.attributes, document, strictness) ? [] : listFailures(type, document, strictness)

/** All failures, in the order of the document. As on AWS, an empty text violates two constraints. */
export const listFailures = (
  type: ResourceType,
  document: JsonObject,
  strictness: Strictness,
): readonly ConstraintFailure[] => leavesOf(type, document).flatMap(leaf => failuresOf(leaf, strictness))

const requiredOf = memoize((attributes: readonly Attribute[]) =>
  attributes.filter(attribute => attribute.required && isWritten(attribute)),
)

/** False if there may be a failure: also for an empty text, and for a required attribute in another spelling. */
function isPlainlySound(
  attributes: readonly Attribute[],
  object: JsonObject,
  strictness: Strictness,
): boolean {
  for (const { name } of requiredOf(attributes)) {
    if (!Object.hasOwn(object, name) || isUnassigned(object[name])) return false
  }
  for (const name of Object.keys(object)) {
    const attribute = findAttribute(attributes, name)
    const value = object[name]
    if (!attribute || !isWritten(attribute) || value === undefined || isUnassigned(value)) continue
    if (!isPlainlySoundValue(attribute, value, strictness)) return false
  }
  return true
}

function isPlainlySoundValue(attribute: Attribute, value: Json, strictness: Strictness): boolean {
  if (attribute.type !== 'complex') return isPlainlySoundText(attribute, value, strictness)
  const subs = subAttributesOf(attribute)
  for (const element of toList(value)) {
    if (isObject(element) ? !isPlainlySound(subs, element, strictness) : typeof element === 'string')
      return false
  }
  return true
}

function isPlainlySoundText({ name, type }: Attribute, value: Json, strictness: Strictness): boolean {
  if (typeof value !== 'string') return true
  if (value === '') return false
  if (type !== 'string' && type !== 'reference') return true
  if (value.length > (lengths[name] ?? longest)) return false
  return patternOf(name, strictness).matches.test(value)
}

function failuresOf({ path, value: written }: Leaf, strictness: Strictness): readonly ConstraintFailure[] {
  const attribute = path.at(-1)
  if (!attribute) return []
  const value = written === undefined ? undefined : emptyTypeAsAbsent(attribute, written)
  const failure = (
    kind: ConstraintKind,
    description: string,
    more: Pick<ConstraintFailure, 'maximum' | 'characters'> = {},
  ): ConstraintFailure => ({ path, kind, description, ...more })
  if (value === undefined || value === null) {
    return attribute.required ? [failure('missing', 'Member must not be null')] : []
  }
  if (typeof value !== 'string' || (attribute.type !== 'string' && attribute.type !== 'reference')) return []
  const pattern = patternOf(attribute.name, strictness)
  const max = lengths[attribute.name] ?? longest
  return [
    ...(value === '' ? [failure('empty', 'Member must have length greater than or equal to 1')] : []),
    ...(value.length > max
      ? [
          failure('too-long', `Member must have length less than or equal to ${max}`, {
            maximum: max,
          }),
        ]
      : []),
    ...(pattern.matches.test(value)
      ? []
      : [
          failure(
            value === '' ? 'empty' : 'characters',
            `Member must satisfy regular expression pattern: ${pattern.text}`,
            { characters: charactersIn(value, character => !pattern.matches.test(character)) },
          ),
        ]),
  ]
}

export const charactersIn = (text: string, isSelected: (character: string) => boolean): string =>
  [...new Set(text)].filter(isSelected).join('')

const patternOf = (name: string, { spaceInUserName }: Strictness) =>
  names.has(name) && !(name === 'userName' && spaceInUserName === 'allow') ? withoutSpace : withSpace

export const validationErrors = (
  failures: readonly { readonly at: string; readonly description: string }[],
): string =>
  `${failures.length} validation errors detected: ${failures
    .map(({ at, description }) => `Value at '${at}' failed to satisfy constraint: ${description}`)
    .join('; ')}`

export const failureText = (failures: readonly ConstraintFailure[]): string =>
  validationErrors(failures.map(({ path, description }) => ({ at: placeText(path), description })))

/** AWS's text for every 400 in 2022 and 2023. */
export const genericDetail = 'Request is unparsable, syntactically incorrect, or violates schema.'

export const invalidFilterDetail = 'Invalid Filter format'

const rfcType = ({ name }: ResourceType) => typeByName([userType, groupType], name)

export const unsupportedIn = (type: ResourceType, document: JsonObject): string | undefined =>
  firstUnsupported(rfcType(type)?.attributes ?? [], type.attributes, document, [])

function firstUnsupported(
  known: readonly Attribute[],
  supported: readonly Attribute[],
  object: JsonObject,
  above: readonly Attribute[],
): string | undefined {
  for (const attribute of known) {
    // AWS accepts and ignores `$ref`.
    if (attribute.derived === 'uri') continue
    const value = memberOf(object, attribute.name)
    if (isUnassigned(value)) continue
    const path = [...above, attribute]
    const counterpart = findAttribute(supported, attribute.name)
    if (!counterpart) return pathText(path)
    for (const element of toList(value).filter(isObject)) {
      const found = firstUnsupported(subAttributesOf(attribute), subAttributesOf(counterpart), element, path)
      if (found) return found
    }
  }
  return undefined
}

export function unsupportedPath(type: ResourceType, text: string): string | undefined {
  const base = rfcType(type)
  const name = withoutFilter(text)
  return base && resolveAttribute(base, name) && !resolveAttribute(type, name) ? name : undefined
}
