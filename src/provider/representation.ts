import { createHash } from 'node:crypto'
import { sharedSlices } from '../event-loop/slices.ts'
import type { ResourceStore } from '../ports/resources.ts'
import type { Attribute } from '../scim/attribute.ts'
import { errors } from '../scim/error.ts'
import { entityTag } from '../scim/etag.ts'
import type { JsonObject } from '../scim/json.ts'
import { memoize } from '../scim/memoize.ts'
import { mayHaveNonScim } from '../scim/non-scim.ts'
import {
  elementProjection,
  includesMeta,
  includesRelation,
  type Projection,
  project,
  returnsWholeDocument,
} from '../scim/projection.ts'
import type { RelatedResource, StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { mayContainSecret } from '../scim/secrets.ts'
import { portionsOf } from '../scim/text.ts'
import type { Call } from './call.ts'
import { shorten, shortHash } from './cursor.ts'
import {
  fillReferences,
  fillReferencesInText,
  findReferenced,
  noReferences,
  type ReferencedResources,
  referencesOf,
  relatedElement,
  relatedElementText,
} from './references.ts'

export type RepresentationOptions = {
  /** The URL of the tenant's SCIM root, for `meta.location` and `$ref`. */
  readonly base: string
  readonly projection: Projection | undefined
}

/** A resource as JSON text, with its entity tag if the profile supports versions. */
export type Represented = { readonly text: string; readonly tag?: string }

type RelationAttribute = Attribute & { readonly relation: 'members' | 'groups' }

/** The data that a representation needs in addition to the stored text. */
type RepresentationPlan = {
  /** Relations that are returned as empty arrays, and relations that are returned with their rows. */
  readonly empty: readonly RelationAttribute[]
  readonly rows: readonly RelationAttribute[]
  /** Relations whose rows the entity tag identifies. */
  readonly tagged: readonly RelationAttribute[]
  /** Whether references have attributes that are derived from the referenced resource. */
  readonly fills: boolean
}

/**
 * Resources as JSON texts. A stored document is returned as text, into which `meta` and the values of other resources are
 * inserted. It is parsed only if attributes are omitted.
 */
export const createRepresent =
  (store: ResourceStore) =>
  async (
    call: Call,
    stored: readonly StoredResource[],
    { base, projection }: RepresentationOptions,
  ): Promise<readonly Represented[]> => {
    const { type, tenant } = call
    const { responses, features, schema } = tenant.profile
    const { empty, rows, tagged, fills } = planFor(call, projection)
    const related = await relatedTo(store, new Set([...rows, ...tagged]), stored, responses.nestedGroups)
    const { references, named } = fills ? await findReferenced(store, call, stored) : nothingReferenced
    const root = responses.references === 'relative' ? '..' : base
    const isWhole = returnsWholeDocument(type, projection)
    const tagTexts: ListTexts[] = []
    for (const attribute of features.etag ? tagged : none) {
      tagTexts.push(await listTexts(related.get(attribute), other => JSON.stringify(other)))
    }
    const relationTexts: { readonly name: string; readonly texts: ListTexts }[] = []
    for (const attribute of rows) {
      const write = elementWriter(attribute, projection, schema.resourceTypes, root)
      const texts = await listTexts(related.get(attribute), write)
      relationTexts.push({ name: attribute.name, texts })
    }

    // Pages are served in the order of their arrival; a single resource takes too little time to wait.
    if (stored.length > 1 && sharedSlices.hasWaiting()) await sharedSlices.next()
    // Users of a page are often in the same groups.
    const hashes = new Map<string, string | Promise<string>>()
    const written: Represented[] = []
    let length = 0
    for (const [at, one] of stored.entries()) {
      const others = features.etag ? othersOf(one, at) : undefined
      const hash = others instanceof Promise ? await others : others
      const tag = features.etag ? entityTag(one, hash) : undefined
      const text = textOf(one, at, responses.meta(one, type, base, tag), relationsOfOne(one))
      written.push(tag === undefined ? { text } : { text, tag })
      length += text.length
      if (length < textPerPortion) continue
      length = 0
      if (sharedSlices.isOver()) await sharedSlices.next()
    }
    return written

    /** Identifies the values from other resources. */
    function othersOf({ key }: StoredResource, at: number): string | undefined | Promise<string> {
      const lists = tagTexts.map(texts => texts.get(key) ?? '[]')
      const { ids } = references[at] ?? noReferences
      if (ids.length === 0 && lists.every(list => list === '[]')) return undefined
      const [only, ...more] = lists
      // V8 hashes a text that several resources share once.
      if (only !== undefined && more.length === 0 && ids.length === 0)
        return hashOnce(only, () => `[${only},[]]`)
      const names = ids.length === 0 ? '[]' : JSON.stringify(ids.map(id => named.get(id) ?? { id }))
      const text = `[${[...lists, names].join()}]`
      return hashOnce(text, () => text)
    }

    function hashOnce(key: string, text: () => string): string | Promise<string> {
      const hash = hashes.get(key) ?? hashOf(text())
      hashes.set(key, hash)
      return hash
    }

    /** `meta` is a JSON text, and `relations` the text of the members that follow those of the document. */
    function textOf({ document }: StoredResource, at: number, meta: string, relations: string): string {
      const { inText } = references[at] ?? noReferences
      if (isWhole && inText && !mayContainSecret(type, document) && !mayHaveNonScim(document)) {
        const filled =
          inText.length === 0
            ? document
            : fillReferencesInText(document, inText, named, schema.resourceTypes, root)
        return withMeta(filled, meta, empty, relations)
      }
      const whole: JsonObject = JSON.parse(withMeta(document, meta, empty, ''))
      const filled = fills ? fillReferences(type, whole, named, schema.resourceTypes, root) : whole
      return `${JSON.stringify(project(type, filled, projection)).slice(0, -1)}${relations}}`
    }

    /** A relation without rows is absent. */
    function relationsOfOne({ key }: StoredResource): string {
      let text = ''
      for (const { name, texts } of relationTexts) {
        const list = texts.get(key) ?? '[]'
        if (list !== '[]') text += `,"${name}":${list}`
      }
      return text
    }
  }

/** Whether a representation has more members than a number. Reads only their count. */
export const createShowsMoreMembers =
  (store: ResourceStore) =>
  async (
    call: Call,
    { key }: StoredResource,
    projection: Projection | undefined,
    count: number,
  ): Promise<boolean> =>
    planFor(call, projection).rows.some(({ relation }) => relation === 'members') &&
    store.hasMoreMembers(key, count)

/** Written without waiting for other long work: less than 1 ms. */
const valuesPerPortion = 500
/** Characters of resources that are written without waiting for other long work: about 1 ms. */
const textPerPortion = 100_000

/** The hash of a text that may be as long as a large group. */
const hashOf = (text: string): string | Promise<string> =>
  text.length <= textPerPortion ? shortHash(text) : hashInSlices(text)

async function hashInSlices(text: string): Promise<string> {
  const hash = createHash('sha256')
  for (const portion of portionsOf(text, textPerPortion)) {
    hash.update(portion)
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
  return shorten(hash.digest('base64url'))
}

/** Lists that are not empty as JSON texts, by the keys of their resources. */
type ListTexts = ReadonlyMap<number, string>

/** Writes the lists that are not empty, without the elements that are undefined. */
async function listTexts(
  lists: ReadonlyMap<number, readonly RelatedResource[]> | undefined,
  write: WriteElement,
): Promise<ListTexts> {
  const texts = new Map<number, string>()
  if (!lists) return texts
  // A group of several members is one object.
  const writeOnce = lists.size === 1 ? write : memoizedWriter(write)
  const writtenLists = new Map<readonly RelatedResource[], string>()
  let values = 0
  for (const [key, elements] of lists) {
    if (elements.length === 0) continue
    const known = writtenLists.get(elements)
    if (known !== undefined) {
      texts.set(key, known)
      continue
    }
    // Joined portion by portion: V8 copies a text of many concatenations at its first use, which takes 10 ms for 8 MB.
    const portions: string[] = []
    let portion: string[] = []
    for (const element of elements) {
      const written = writeOnce(element)
      if (written !== undefined) portion.push(written)
      values++
      if (values % valuesPerPortion !== 0) continue
      if (portion.length > 0) portions.push(portion.join())
      portion = []
      if (sharedSlices.isOver()) await sharedSlices.next()
    }
    if (portion.length > 0) portions.push(portion.join())
    const text = `[${portions.join()}]`
    writtenLists.set(elements, text)
    texts.set(key, text)
  }
  return texts
}

type WriteElement = (other: RelatedResource) => string | undefined

function memoizedWriter(write: WriteElement): WriteElement {
  const written = new Map<RelatedResource, string | undefined>()
  return other => {
    const known = written.get(other)
    if (known !== undefined) return known
    const text = write(other)
    written.set(other, text)
    return text
  }
}

/** Writes the values of a relation; undefined for a value of which nothing is returned. */
function elementWriter(
  attribute: RelationAttribute,
  projection: Projection | undefined,
  types: readonly ResourceType[],
  root: string,
): WriteElement {
  const projectElement = elementProjection(attribute, projection)
  if (!projectElement) return other => relatedElementText(attribute, other, types, root)
  return other => {
    const shown = projectElement(relatedElement(attribute, other, types, root))
    return shown === undefined ? undefined : JSON.stringify(shown)
  }
}

const none: readonly RelationAttribute[] = []
const nothingReferenced: ReferencedResources = { references: [], named: new Map() }

function planFor({ type, tenant, operation }: Call, projection: Projection | undefined): RepresentationPlan {
  const fills = referencesOf(type).some(({ derived }) => derived.length > 0)
  const relations = relationsOf(type)
  if (relations.length === 0) return { empty: none, rows: none, tagged: none, fills }
  const { responses, features } = tenant.profile
  const known = (how: 'empty' | 'rows') =>
    relations.filter(({ relation }) => responses.relation(relation, operation) === how)
  const isIncluded = ({ relation }: RelationAttribute) => includesRelation(projection, type, relation)
  const rows = known('rows').filter(isIncluded)
  // In a list, tags are only in `meta`.
  const isTagged = features.etag && (operation !== 'list' || includesMeta(projection, type))
  return {
    empty: known('empty').filter(isIncluded),
    rows,
    // There are too many members to read them only for the tag. A client that excludes members does not get their names.
    tagged: isTagged ? known('rows').filter(one => one.relation === 'groups' || rows.includes(one)) : none,
    fills,
  }
}

const relationsOf = memoize(({ attributes }: ResourceType) =>
  attributes.filter((attribute): attribute is RelationAttribute => attribute.relation !== undefined),
)

type RelatedTo = ReadonlyMap<RelationAttribute, ReadonlyMap<number, readonly RelatedResource[]>>

/**
 * Inserts `meta` before `schemas`, which follows only `id` and `externalId`, whose quotes are escaped, and appends relations.
 * Each part is copied once: cutting a text that was joined would copy it again.
 */
function withMeta(
  document: string,
  meta: string,
  empty: readonly RelationAttribute[],
  relations: string,
): string {
  const at = document.indexOf('"schemas":[')
  if (at < 0) throw errors.internal()
  let appended = ''
  for (const { name } of empty) appended += `,${JSON.stringify(name)}:[]`
  return `${document.slice(0, at)}"meta":${meta},${document.slice(at, -1)}${appended}${relations}}`
}

async function relatedTo(
  store: ResourceStore,
  relations: ReadonlySet<RelationAttribute>,
  stored: readonly StoredResource[],
  nestedGroups: boolean,
): Promise<RelatedTo> {
  const keys = stored.map(({ key }) => key)
  const reach = nestedGroups ? 'nested' : 'direct'
  const entries = [...relations].map(
    async attribute => [attribute, await store.related(attribute.relation, keys, reach)] as const,
  )
  return new Map(await Promise.all(entries))
}
