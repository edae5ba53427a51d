import type { ResourceStore } from '../ports/resources.ts'
import type { Attribute } from '../scim/attribute.ts'
import { errors } from '../scim/error.ts'
import { entityTag } from '../scim/etag.ts'
import type { Json, JsonObject } from '../scim/json.ts'
import { memoize } from '../scim/memoize.ts'
import {
  includesMeta,
  includesRelation,
  type Projection,
  project,
  returnsWholeDocument,
} from '../scim/projection.ts'
import type { RelatedResource, StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { Call } from './call.ts'
import { shortHash } from './cursor.ts'
import {
  fillReferences,
  findReferenced,
  type ReferencedResources,
  referencesOf,
  relatedElement,
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
 * Resources as JSON texts. A stored document is returned as text with `meta` inserted, unless attributes are omitted or
 * added from other resources.
 */
export const createRepresent =
  (store: ResourceStore) =>
  async (
    call: Call,
    stored: readonly StoredResource[],
    { base, projection }: RepresentationOptions,
  ): Promise<readonly Represented[]> => {
    const { responses, features, schema } = call.tenant.profile
    const { empty, rows, tagged, fills } = planFor(call, projection)
    const related = await relatedTo(store, new Set([...rows, ...tagged]), stored, responses.nestedGroups)
    const referred = fills ? await findReferenced(store, call, stored) : nothingReferenced
    const isAsStored = !projection && rows.length === 0 && !fills && returnsWholeDocument(call.type)
    return stored.map((one, at) => {
      const tag = features.etag ? entityTag(one, othersOf(one, at)) : undefined
      const text = withMeta(one, responses.meta(one, call.type, base, tag), empty)
      return { text: isAsStored ? text : completed(one, text), ...(tag !== undefined && { tag }) }
    })

    /** Identifies the values from other resources. */
    function othersOf({ key }: StoredResource, at: number): string | undefined {
      const lists = tagged.map(attribute => related.get(attribute)?.get(key) ?? [])
      const ids = referred.ids[at] ?? []
      if (ids.length === 0 && lists.every(({ length }) => length === 0)) return undefined
      return shortHash(JSON.stringify([...lists, ids.map(id => referred.named.get(id) ?? { id })]))
    }

    function completed({ key }: StoredResource, text: string): string {
      const root = responses.references === 'relative' ? '..' : base
      const complete: JsonObject = {
        ...JSON.parse(text),
        ...rowsOf(key, rows, related, schema.resourceTypes, root),
      }
      const filled = fills
        ? fillReferences(call.type, complete, referred.named, schema.resourceTypes, root)
        : complete
      return JSON.stringify(project(call.type, filled, projection))
    }
  }

const none: readonly RelationAttribute[] = []
const nothingReferenced: ReferencedResources = { ids: [], named: new Map() }

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

/** The relations of one resource as attributes; a relation without rows is absent. */
function rowsOf(
  key: number,
  rows: readonly RelationAttribute[],
  related: RelatedTo,
  types: readonly ResourceType[],
  base: string,
): JsonObject {
  const values: Record<string, Json> = {}
  for (const attribute of rows) {
    const list = related.get(attribute)?.get(key) ?? []
    if (list.length > 0)
      values[attribute.name] = list.map(other => relatedElement(attribute, other, types, base))
  }
  return values
}

/** Inserts `meta` before `schemas`, which follows only `id` and `externalId`, whose quotes are escaped. */
function withMeta({ document }: StoredResource, meta: string, empty: readonly RelationAttribute[]): string {
  const at = document.indexOf('"schemas":[')
  if (at < 0) throw errors.internal()
  const rest = empty.reduce(
    (text, { name }) => `${text.slice(0, -1)},${JSON.stringify(name)}:[]}`,
    document.slice(at),
  )
  return `${document.slice(0, at)}"meta":${meta},${rest}`
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
