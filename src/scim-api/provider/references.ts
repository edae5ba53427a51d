import { createHash } from 'node:crypto'
import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { ResourceStore } from '../../domain/ports/resources.ts'
import { type Attribute, type AttributePath, pathText, subAttributesOf } from '../../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import { type RelatedResource, type StoredResource, toResourceId } from '../../scim/resource.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import { portionsOf } from '../../scim/text.ts'
import { createTextFinder } from '../../scim/text-finder.ts'
import type { Call } from './call.ts'
import { shorten, shortHash } from './cursor-paging.ts'

type Reference = {
  readonly path: AttributePath
  readonly id: Attribute
  readonly types: readonly string[]
  readonly derived: readonly Attribute[]
  readonly key: string
}

/** Relations are rows and not included. */
export const referencesOf = memoize(({ attributes }: ResourceType) => referencesIn(attributes, []))

function referencesIn(attributes: readonly Attribute[], above: AttributePath): readonly Reference[] {
  return attributes
    .filter(({ type, relation }) => type === 'complex' && !relation)
    .flatMap(attribute => {
      const path = [...above, attribute]
      const subs = subAttributesOf(attribute)
      const id = subs.find(({ refersTo }) => refersTo)
      if (!id?.refersTo) return attribute.extension ? referencesIn(subs, path) : []
      const derived = subs.filter(sub => sub.derived)
      return [{ path, id, types: id.refersTo, derived, key: pathText([...path, id]) }]
    })
}

type RewriteValue = (value: JsonObject) => JsonObject | undefined

export function rewriteReference(
  resource: JsonObject,
  { path }: Reference,
  rewrite: RewriteValue,
): JsonObject {
  const [attribute, ...below] = path
  if (!attribute) return resource
  const value = resource[attribute.name]
  if (value === undefined) return resource
  const { [attribute.name]: _, ...others } = resource
  const next = rewriteAt(value, below, rewrite)
  return next === undefined ? others : { ...resource, [attribute.name]: next }
}

function rewriteAt(
  value: JsonObject[string],
  below: AttributePath,
  rewrite: RewriteValue,
): JsonObject[string] | undefined {
  if (Array.isArray(value)) {
    const remaining = value
      .map(element => rewriteAt(element, below, rewrite))
      .filter(element => element !== undefined)
    return remaining.length === 0 ? undefined : remaining
  }
  if (!isObject(value)) return value
  if (below.length === 0) return rewrite(value)
  const [next, ...rest] = below
  if (!next || value[next.name] === undefined) return value
  const { [next.name]: inner, ...others } = value
  const rewritten = inner === undefined ? undefined : rewriteAt(inner, rest, rewrite)
  if (rewritten !== undefined) return { ...value, [next.name]: rewritten }
  return Object.keys(others).length === 0 ? undefined : others
}

export function referencedIds(resource: JsonObject, reference: Reference): readonly string[] {
  const ids: string[] = []
  rewriteReference(resource, reference, value => {
    const id = value[reference.id.name]
    if (typeof id === 'string') ids.push(id)
    return value
  })
  return ids
}

/** One value of `members` or `groups`, from its row (RFC 7643 §4.1.2, §4.2). */
export function relatedElement(
  attribute: Attribute,
  other: RelatedResource,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  const type = typeOf(other, types)
  const values: Record<string, Json> = {}
  for (const sub of subAttributesOf(attribute)) {
    const value = derivedValue(sub, other, type, base)
    if (value !== undefined) values[sub.name] = value
  }
  return values
}

export function relatedElementText(
  attribute: Attribute,
  other: RelatedResource,
  types: readonly ResourceType[],
  base: string,
): string {
  const type = typeOf(other, types)
  let text = ''
  for (const sub of subAttributesOf(attribute)) {
    const value = derivedValue(sub, other, type, base)
    if (value !== undefined) text += `${text === '' ? '' : ','}"${sub.name}":${JSON.stringify(value)}`
  }
  return `{${text}}`
}

const typeOf = ({ type }: RelatedResource, types: readonly ResourceType[]): ResourceType | undefined =>
  type === undefined ? undefined : typeByName(types, type)

function derivedValue(
  sub: Attribute,
  other: RelatedResource,
  type: ResourceType | undefined,
  base: string,
): Json | undefined {
  if (sub.derived === undefined) {
    if (sub.refersTo) return other.id
    return other.indirect ? (sub.indirect ?? sub.default) : sub.default
  }
  switch (sub.derived) {
    case 'uri':
      return type && `${base}${type.endpoint}/${other.id}`
    case 'type':
      return other.type
    case 'display':
      return other.display
  }
}

export type ReferencedResources = {
  readonly references: readonly DocumentReferences[]
  readonly named: ReadonlyMap<string, RelatedResource>
}

export type DocumentReferences = {
  readonly ids: readonly string[]
  /** Absent if the document must be parsed to fill the references. */
  readonly inText?: readonly ReferenceInText[]
}

export type ReferenceInText = {
  readonly reference: Reference
  readonly id: string
  readonly end: number
}

export const noReferences: DocumentReferences = { ids: [], inText: [] }

export function findReferenced(
  store: ResourceStore,
  { type, tenant }: Call,
  stored: readonly StoredResource[],
): MaybePromise<ReferencedResources> {
  const references = stored.map(({ document }) => referencesInDocument(type, document))
  if (references.every(({ ids }) => ids.length === 0)) return { references, named: noResources }
  const ids = new Set(references.flatMap(one => one.ids))
  return whenDone(store.relatedById(tenant.key, [...ids]), named => ({ references, named }))
}

export function findReferencedBy(
  store: ResourceStore,
  { type, tenant }: Call,
  { document }: StoredResource,
): MaybePromise<{ readonly references: DocumentReferences; readonly named: ReferencedResources['named'] }> {
  const references = referencesInDocument(type, document)
  if (references.ids.length === 0) return { references, named: noResources }
  return whenDone(store.relatedById(tenant.key, [...new Set(references.ids)]), named => ({
    references,
    named,
  }))
}

const noResources: ReferencedResources['named'] = new Map()

function referencesInDocument(type: ResourceType, document: string): DocumentReferences {
  const present = markedReferencesOf(type).filter(({ isIn }) => isIn(document))
  if (present.length === 0) return noReferences
  const inText = present.flatMap(marked => findInText(document, marked) ?? [])
  if (inText.length === present.length) return { ids: inText.map(({ id }) => id), inText }
  const resource: JsonObject = JSON.parse(document)
  return { ids: present.flatMap(({ reference }) => referencedIds(resource, reference)) }
}

type MarkedReference = {
  readonly reference: Reference
  /** The quotes of texts are escaped, so `"manager":` is always a name. */
  readonly mark: string
  readonly isIn: (document: string) => boolean
  readonly isUnambiguous: boolean
}

const markedReferencesOf = memoize((type: ResourceType): readonly MarkedReference[] =>
  referencesOf(type).map(reference => {
    const name = reference.path.at(-1)?.name ?? ''
    const mark = `"${name}":`
    const isUnambiguous = countNamed(type.attributes, name) === 1
    return { reference, mark, isIn: createTextFinder(mark), isUnambiguous }
  }),
)

const countNamed = (attributes: readonly Attribute[], name: string): number =>
  attributes.reduce(
    (count, one) => count + (one.name === name ? 1 : 0) + countNamed(subAttributesOf(one), name),
    0,
  )

/** Undefined if the value has other sub-attributes, or there are several values. */
function findInText(
  document: string,
  { reference, mark, isUnambiguous }: MarkedReference,
): ReferenceInText | undefined {
  const beginning = `${mark}{"${reference.id.name}":"`
  const at = isUnambiguous ? document.indexOf(mark) : -1
  if (at < 0 || !document.startsWith(beginning, at)) return undefined
  const start = at + beginning.length
  const end = document.indexOf('"}', start)
  const id = document.slice(start, end)
  // An escape, or a quote that ends the ID before other sub-attributes.
  return end < 0 || /["\\]/.test(id) ? undefined : { reference, id, end: end + 1 }
}

export function fillReferencesInText(
  document: string,
  references: readonly ReferenceInText[],
  named: ReadonlyMap<string, RelatedResource>,
  types: readonly ResourceType[],
  base: string,
): string {
  let text = ''
  let done = 0
  for (const { reference, id, end } of references.toSorted((one, other) => one.end - other.end)) {
    text += document.slice(done, end)
    for (const [name, value] of derivedValues(reference, id, named, types, base)) {
      text += `,"${name}":${JSON.stringify(value)}`
    }
    done = end
  }
  return text + document.slice(done)
}

export const fillReferences = (
  type: ResourceType,
  resource: JsonObject,
  named: ReadonlyMap<string, RelatedResource>,
  types: readonly ResourceType[],
  base: string,
): JsonObject =>
  referencesOf(type).reduce(
    (filled, reference) =>
      rewriteReference(filled, reference, value => ({
        ...value,
        ...Object.fromEntries(derivedValues(reference, String(value[reference.id.name]), named, types, base)),
      })),
    resource,
  )

function derivedValues(
  { types: allowed, derived }: Reference,
  id: string,
  named: ReadonlyMap<string, RelatedResource>,
  types: readonly ResourceType[],
  base: string,
): readonly (readonly [string, Json])[] {
  const known = named.get(id)
  // A resource of a type that the schema does not allow is ignored (a group as a user's manager).
  const other = known?.type && allowed.includes(known.type) ? known : { id: toResourceId(id) }
  const type = typeOf(other, types)
  return derived.flatMap(sub => {
    const value = derivedValue(sub, other, type, base)
    return value === undefined ? [] : [[sub.name, value] as const]
  })
}

export type Hash = (key: string, text: () => string) => MaybePromise<string>

export function hashOfOthers(
  lists: readonly string[],
  ids: readonly string[],
  named: ReferencedResources['named'],
  hash: Hash,
): MaybePromise<string | undefined> {
  if (ids.length === 0 && lists.every(list => list === emptyList)) return undefined
  const [only, ...more] = lists
  // V8 hashes a text that several resources share once.
  if (only !== undefined && more.length === 0 && ids.length === 0) return hash(only, () => `[${only},[]]`)
  const names = ids.length === 0 ? emptyList : JSON.stringify(ids.map(id => named.get(id) ?? { id }))
  const text = `[${[...lists, names].join()}]`
  return hash(text, () => text)
}

/** Users of a page are often in the same groups. */
export function createHashes(): Hash {
  const hashes = new Map<string, MaybePromise<string>>()
  return (key, text) => {
    const known = hashes.get(key) ?? hashOf(key, text)
    hashes.set(key, known)
    return known
  }
}
/** Characters of resources that are written without waiting for other long work: about 1 ms. */
export const textPerPortion = 100_000

export const hashOf: Hash = (_key, read) => {
  const text = read()
  return text.length <= textPerPortion ? shortHash(text) : hashInSlices(text)
}

async function hashInSlices(text: string): Promise<string> {
  const hash = createHash('sha256')
  for (const portion of portionsOf(text, textPerPortion)) {
    hash.update(portion)
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
  return shorten(hash.digest('base64url'))
}

export const emptyList = '[]'
