import { type MaybePromise, whenAll, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { ResourceStore } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { OperationName, Profile } from '../../profiles/profile.ts'
import type { Attribute } from '../../scim/attribute.ts'
import { errors } from '../../scim/error.ts'
import type { JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import {
  elementProjection,
  includesMeta,
  includesRelation,
  type Projection,
  project,
  returnsWholeDocument,
} from '../../scim/projection.ts'
import { entityTag, type RelatedResource, type StoredResource } from '../../scim/resource.ts'
import { mayHaveNonScim, type ResourceType } from '../../scim/resource-types.ts'
import { secretFinders } from '../../scim/secrets.ts'
import type { Call } from './call.ts'
import {
  createHashes,
  type DocumentReferences,
  emptyList,
  fillReferences,
  fillReferencesInText,
  findReferenced,
  findReferencedBy,
  type Hash,
  hashOf,
  hashOfOthers,
  noReferences,
  type ReferencedResources,
  referencesOf,
  relatedElement,
  relatedElementText,
  textPerPortion,
} from './references.ts'

export type RepresentationOptions = {
  readonly base: string
  readonly projection: Projection | undefined
}

export type Represented = { readonly text: string; readonly tag?: string }

type RelationAttribute = Attribute & { readonly relation: 'members' | 'groups' }

type RepresentationPlan = {
  readonly empty: readonly RelationAttribute[]
  readonly rows: readonly RelationAttribute[]
  readonly tagged: readonly RelationAttribute[]
  readonly relations: readonly RelationAttribute[]
  readonly hasOnlyGroups: boolean
  readonly withoutRows: RelationTexts
  readonly fills: boolean
  /** Whether stored documents are returned unchanged, except for those in which one of `exceptions` finds something. */
  readonly isWhole: boolean
  /** Find a value that was stored before its attribute became a secret, and values that are not SCIM. */
  readonly exceptions: readonly ((document: string) => boolean)[]
}

/**
 * Resources as JSON texts. A stored document is returned as text, into which `meta` and the values of other resources are
 * inserted. It is parsed only if attributes are omitted.
 */
export function createRepresent(store: ResourceStore) {
  const reachFor = (call: Call) => (call.tenant.profile.responses.nestedGroups ? 'nested' : 'direct')

  const representOne = (
    call: Call,
    stored: StoredResource,
    options: RepresentationOptions,
  ): MaybePromise<Represented> => {
    const writing = createWriting(call, options)
    const { plan } = writing
    const writeWith = (texts: RelationTexts) =>
      whenDone(
        plan.fills ? findReferencedBy(store, call, stored) : nothingReferenced,
        ({ references, named }) => writeResource(writing, stored, texts, references, named, hashOf),
      )
    if (plan.relations.length === 0 || (plan.hasOnlyGroups && stored.isMember === 0)) {
      return writeWith(plan.withoutRows)
    }
    const reach = reachFor(call)
    const read = plan.relations.map(({ relation }) =>
      store.relatedOf(call.tenant.key, relation, stored.key, reach),
    )
    return whenDone(whenAll(read), lists =>
      lists.every(({ length }) => length === 0)
        ? writeWith(plan.withoutRows)
        : whenDone(relationTexts(writing, lists), writeWith),
    )
  }

  const represent = async (
    call: Call,
    stored: readonly StoredResource[],
    options: RepresentationOptions,
  ): Promise<readonly Represented[]> => {
    const writing = createWriting(call, options)
    const { plan } = writing
    const keys = stored.map(({ key }) => key)
    const reach = reachFor(call)
    const related = await whenAll(
      plan.relations.map(({ relation }) => store.related(call.tenant.key, relation, keys, reach)),
    )
    const { references, named } = plan.fills
      ? await findReferenced(store, call, stored)
      : { references: [], named: nothingReferenced.named }
    const textsOf = async (attribute: RelationAttribute, write: WriteElement) =>
      listTexts(related[plan.relations.indexOf(attribute)] ?? new Map(), write)
    const tagTexts: ListTexts[] = []
    for (const attribute of plan.tagged) tagTexts.push(await textsOf(attribute, relatedAsJson))
    const rowTexts: ListTexts[] = []
    for (const attribute of plan.rows) {
      rowTexts.push(await textsOf(attribute, elementWriter(writing, attribute)))
    }

    // Pages are served in the order of their arrival.
    if (sharedSlices.hasWaiting()) await sharedSlices.next()
    const hash = createHashes()
    const written: Represented[] = []
    let length = 0
    for (const [at, one] of stored.entries()) {
      const textOf = (texts: ListTexts) => texts.get(one.key) ?? emptyList
      const lists = { tagged: tagTexts.map(textOf), rows: rowTexts.map(textOf) }
      const represented = writeResource(writing, one, lists, references[at] ?? noReferences, named, hash)
      const each = represented instanceof Promise ? await represented : represented
      written.push(each)
      length += each.text.length
      if (length < textPerPortion) continue
      length = 0
      if (sharedSlices.isOver()) await sharedSlices.next()
    }
    return written
  }

  return { representOne, represent }
}

type RelationTexts = { readonly tagged: readonly string[]; readonly rows: readonly string[] }

type Writing = RepresentationOptions & {
  readonly call: Call
  readonly plan: RepresentationPlan
  readonly root: string
}

const createWriting = (call: Call, { base, projection }: RepresentationOptions): Writing => ({
  call,
  plan: planFor(call, projection),
  base,
  projection,
  root: call.tenant.profile.responses.references === 'relative' ? '..' : base,
})

function relationTexts(
  writing: Writing,
  lists: readonly (readonly RelatedResource[])[],
): MaybePromise<RelationTexts> {
  const { relations, tagged, rows } = writing.plan
  const textOf = (attribute: RelationAttribute, write: WriteElement) =>
    listText(lists[relations.indexOf(attribute)] ?? noResources, write)
  return whenDone(whenAll(tagged.map(one => textOf(one, relatedAsJson))), tagged =>
    whenDone(whenAll(rows.map(one => textOf(one, elementWriter(writing, one)))), rows => ({ tagged, rows })),
  )
}

function writeResource(
  writing: Writing,
  stored: StoredResource,
  lists: RelationTexts,
  references: DocumentReferences,
  named: ReferencedResources['named'],
  hash: Hash,
): MaybePromise<Represented> {
  const { call, plan, base } = writing
  const { responses, features } = call.tenant.profile
  const relations = relationsText(plan, lists.rows)
  const textWith = (tag?: string) => {
    const meta = responses.meta(stored, call.type, base, tag)
    return documentText(writing, stored.document, references, named, meta, relations)
  }
  if (!features.etag) return { text: textWith() }
  return whenDone(hashOfOthers(lists.tagged, references.ids, named, hash), others => {
    const tag = entityTag(stored, others)
    return { text: textWith(tag), tag }
  })
}

function documentText(
  { call, plan, root, projection }: Writing,
  document: string,
  { inText }: DocumentReferences,
  named: ReferencedResources['named'],
  meta: string,
  relations: string,
): string {
  const { type, tenant } = call
  const { empty, fills, isWhole, exceptions } = plan
  const { resourceTypes } = tenant.profile.schema
  if (isWhole && inText && !exceptions.some(isIn => isIn(document))) {
    const filled =
      inText.length === 0 ? document : fillReferencesInText(document, inText, named, resourceTypes, root)
    return withMeta(filled, meta, empty, relations)
  }
  const whole: JsonObject = JSON.parse(withMeta(document, meta, empty, ''))
  const filled = fills ? fillReferences(type, whole, named, resourceTypes, root) : whole
  return `${JSON.stringify(project(type, filled, projection)).slice(0, -1)}${relations}}`
}

function relationsText({ rows }: RepresentationPlan, texts: readonly string[]): string {
  let text = ''
  for (let at = 0; at < texts.length; at++) {
    if (texts[at] !== emptyList) text += `,"${rows[at]?.name}":${texts[at]}`
  }
  return text
}

/** Whether a representation has more members than a number. Reads only their count. */
export const createShowsMoreMembers =
  (store: ResourceStore) =>
  (
    call: Call,
    { key }: StoredResource,
    projection: Projection | undefined,
    count: number,
  ): MaybePromise<boolean> =>
    planFor(call, projection).rows.some(({ relation }) => relation === 'members') &&
    store.hasMoreMembers(call.tenant.key, key, count)

/** Written without waiting for other long work: less than 1 ms. */
const valuesPerPortion = 500

const listText = (elements: readonly RelatedResource[], write: WriteElement): MaybePromise<string> =>
  elements.length <= valuesPerPortion ? `[${portionText(elements, write)}]` : longListText(elements, write)

const portionText = (elements: readonly RelatedResource[], write: WriteElement): string =>
  elements
    .map(write)
    .filter(text => text !== '')
    .join()

/** Joined portion by portion: V8 copies a text of many concatenations at its first use, which takes 10 ms for 8 MB. */
async function longListText(elements: readonly RelatedResource[], write: WriteElement): Promise<string> {
  const portions: string[] = []
  for (let at = 0; at < elements.length; at += valuesPerPortion) {
    const portion = portionText(elements.slice(at, at + valuesPerPortion), write)
    if (portion !== '') portions.push(portion)
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
  return `[${portions.join()}]`
}

type ListTexts = ReadonlyMap<number, string>

async function listTexts(
  lists: ReadonlyMap<number, readonly RelatedResource[]>,
  write: WriteElement,
): Promise<ListTexts> {
  const texts = new Map<number, string>()
  // A group of several members is one object.
  const writeOnce = lists.size === 1 ? write : memoize(write)
  const writtenLists = new Map<readonly RelatedResource[], string>()
  let values = 0
  for (const [key, elements] of lists) {
    if (elements.length === 0) continue
    const known = writtenLists.get(elements)
    const text = known ?? (await listText(elements, writeOnce))
    texts.set(key, text)
    if (known !== undefined) continue
    writtenLists.set(elements, text)
    values += elements.length
    if (values < valuesPerPortion) continue
    values = 0
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
  return texts
}

/** Empty for a value of which nothing is returned. */
type WriteElement = (other: RelatedResource) => string

function elementWriter({ call, projection, root }: Writing, attribute: RelationAttribute): WriteElement {
  const types = call.tenant.profile.schema.resourceTypes
  const projectElement = elementProjection(attribute, projection)
  if (!projectElement) return other => relatedElementText(attribute, other, types, root)
  return other => {
    const shown = projectElement(relatedElement(attribute, other, types, root))
    return shown === undefined ? '' : JSON.stringify(shown)
  }
}

const noResources: readonly RelatedResource[] = []
const relatedAsJson: WriteElement = other => JSON.stringify(other)
const nothingReferenced = { references: noReferences, named: new Map<string, RelatedResource>() }

const plansOf = memoize((_profile: Profile) => new Map<string, RepresentationPlan>())

function planFor(call: Call, projection: Projection | undefined): RepresentationPlan {
  if (projection) return makePlan(call, projection)
  const plans = plansOf(call.tenant.profile)
  const key = `${call.type.name} ${call.operation}`
  const known = plans.get(key)
  if (known) return known
  const plan = makePlan(call, projection)
  plans.set(key, plan)
  return plan
}

function makePlan({ type, tenant, operation }: Call, projection: Projection | undefined): RepresentationPlan {
  const relations = relationsOf(type)
  const { responses, features } = tenant.profile
  const known = (how: 'empty' | 'rows') =>
    relations.filter(({ relation }) => responses.relation(relation, operation) === how)
  const isIncluded = ({ relation }: RelationAttribute) => includesRelation(projection, type, relation)
  const rows = known('rows').filter(isIncluded)
  // In a list, tags are only in `meta`.
  const isTagged = features.etag && (operation !== 'list' || includesMeta(projection, type))
  // There are too many members to read them only for the tag. A client that excludes members does not get their names.
  const tagged = isTagged ? known('rows').filter(one => one.relation === 'groups' || rows.includes(one)) : []
  const read = relations.filter(one => rows.includes(one) || tagged.includes(one))
  return {
    empty: known('empty').filter(isIncluded),
    rows,
    tagged,
    relations: read,
    hasOnlyGroups: read.every(({ relation }) => relation === 'groups'),
    withoutRows: { tagged: tagged.map(() => emptyList), rows: rows.map(() => emptyList) },
    fills: referencesOf(type).some(({ derived }) => derived.length > 0),
    isWhole: returnsWholeDocument(type, projection),
    exceptions: [...secretFinders(type), mayHaveNonScim],
  }
}

const relationsOf = memoize(({ attributes }: ResourceType) =>
  attributes.filter((attribute): attribute is RelationAttribute => attribute.relation !== undefined),
)

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

export const showsGroups = ({ profile }: Tenant, operation: OperationName): boolean =>
  profile.responses.relation('groups', operation) === 'rows'
