import type { Json } from './json.ts'
import { memoize } from './memoize.ts'

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'reference'
  | 'binary'
  | 'complex'

/** The characteristics of RFC 7643 §7, as `/Schemas` returns them. */
type Characteristics = {
  readonly name: string
  readonly type: AttributeType
  readonly multiValued: boolean
  readonly description: string
  readonly required: boolean
  readonly caseExact: boolean
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly'
  readonly returned: 'always' | 'never' | 'default' | 'request'
  readonly uniqueness: 'none' | 'server' | 'global'
  readonly canonicalValues?: readonly string[]
  readonly referenceTypes?: readonly string[]
  readonly subAttributes?: readonly Attribute[]
}

/** How the provider handles an attribute, beyond the RFC's characteristics. `/Schemas` does not return these. */
type Handling = {
  /** Clients look up resources by this attribute, so its values are indexed. */
  readonly lookup?: boolean
  /** Stored as rows that link resources, never in a document. */
  readonly relation?: 'members' | 'groups'
  /** Unlimited if absent. */
  readonly maxValues?: number
  readonly default?: Json
  /** The value that replaces `default` if the relation goes through another group. */
  readonly indirect?: Json
  /** This `value` is the ID of a resource of one of these types. It is removed when that resource is deleted. */
  readonly refersTo?: readonly string[]
  readonly derived?: 'uri' | 'type' | 'display'
  /** A derived value that a client may send: then its value is kept and returned instead. */
  readonly overridable?: true
  /** The container of a schema extension: its name is a URN (RFC 7643 §3.3). */
  readonly extension?: true
  /** Never returned to clients, but not a secret: it is stored in clear text and visible in the console. */
  readonly hidden?: true
  /** Computed for each response, so filters cannot use it (`meta.location`). */
  readonly notFilterable?: true
  readonly typeName?: true
}

export type Attribute = Characteristics & Handling

export type AttributePath = readonly Attribute[]

const defaults = {
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
} as const

/** An attribute with the defaults of RFC 7643 §2.2 for omitted characteristics. */
export const attribute = (
  name: string,
  description: string,
  rest: Partial<Omit<Attribute, 'name' | 'description'>> = {},
): Attribute => ({ ...defaults, name, description, ...rest })

/** By lower-case name, and by the schema's spelling, which most clients use: it saves converting the name. */
const indexOf = memoize((attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> => {
  const byLowerCase = new Map(attributes.map(attribute => [attribute.name.toLowerCase(), attribute]))
  const bySpelling = attributes.map(
    attribute => [attribute.name, byLowerCase.get(attribute.name.toLowerCase()) ?? attribute] as const,
  )
  return new Map([...byLowerCase, ...bySpelling])
})

/** RFC 7643 §2.1: attribute names are compared without case. */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  const index = indexOf(attributes)
  return index.get(name) ?? index.get(name.toLowerCase())
}

const none: readonly Attribute[] = []

export const subAttributesOf = (attribute: Attribute): readonly Attribute[] => attribute.subAttributes ?? none

/** `name.givenName`, `urn:…:User:manager.value`: a path as clients write it. */
export function pathText(path: AttributePath): string {
  let text = path[0]?.name ?? ''
  for (let at = 1; at < path.length; at++) text += `${path[at - 1]?.extension ? ':' : '.'}${path[at]?.name}`
  return text
}

/** A path without its filter: `emails[type eq "work"].value` becomes `emails.value`. */
export function withoutFilter(path: string): string {
  const open = path.indexOf('[')
  const close = path.lastIndexOf(']')
  return open >= 0 && close > open ? path.slice(0, open) + path.slice(close + 1) : path
}

/**
 * Looks up a name in full notation (RFC 7644 §3.10), ignoring case: `userName`, `name.givenName`,
 * `urn:…:core:2.0:User:userName`, `urn:…:enterprise:2.0:User:manager.value`, or an extension's bare URN.
 * Undefined if no schema defines it.
 */
export function resolveAttribute(
  { attributes, schema }: { attributes: readonly Attribute[]; schema: { id: string } },
  text: string,
): AttributePath | undefined {
  const container = extensionNamedBy(attributes, text)
  // One URN may be a prefix of another: `urn:…:Device` and `urn:…:Device:Part`.
  if (container && !(startsWithUrn(text, schema.id) && schema.id.length > container.name.length)) {
    const rest = text.slice(container.name.length + 1)
    if (rest === '') return [container]
    const below = resolveDotted(subAttributesOf(container), rest)
    return below && [container, ...below]
  }
  return resolveDotted(attributes, startsWithUrn(text, schema.id) ? text.slice(schema.id.length + 1) : text)
}

const startsWithUrn = (text: string, urn: string) =>
  text.length > urn.length &&
  text[urn.length] === ':' &&
  text.slice(0, urn.length).toLowerCase() === urn.toLowerCase()

const extensionNamedBy = (attributes: readonly Attribute[], text: string) =>
  attributes.reduce<Attribute | undefined>(
    (found, attribute) =>
      isNamed(attribute, text) && attribute.name.length > (found?.name.length ?? 0) ? attribute : found,
    undefined,
  )

const isNamed = ({ extension, name }: Attribute, text: string) =>
  extension && (startsWithUrn(text, name) || text.toLowerCase() === name.toLowerCase())

function resolveDotted(attributes: readonly Attribute[], text: string): AttributePath | undefined {
  const [name = '', sub, ...more] = text.split('.')
  const attribute = findAttribute(attributes, name)
  if (!attribute || more.length > 0) return undefined
  if (sub === undefined) return [attribute]
  const below = findAttribute(subAttributesOf(attribute), sub)
  return below && [attribute, below]
}

/** `department`, `emails.value`: without the URN of an extension, which makes sentences unreadable. */
export const shortName = (path: AttributePath): string => {
  const named = path.filter(({ extension }) => !extension)
  return pathText(named.length > 0 ? named : path)
}
