import type { Attribute } from '../scim/attribute.ts'
import { errors } from '../scim/error.ts'
import type { Json, JsonObject } from '../scim/json.ts'
import { type Projection, project, showsEverything, wants } from '../scim/project.ts'
import { remembered } from '../scim/remembered.ts'
import type { Related, Stored } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { ResourceStore } from '../store/resource-store.ts'
import type { Call } from './call.ts'
import { referencesOf } from './references.ts'
import { element, fillReferences, namedBy } from './related-values.ts'

export type Representation = {
  /** The URL of the tenant's SCIM root, for `meta.location` and `$ref`. */
  readonly base: string
  readonly projection: Projection | undefined
}

type RelationAttribute = Attribute & { readonly relation: 'members' | 'groups' }

/** What a representation takes besides the stored text. */
type Plan = {
  /** Relations that are shown as empty arrays, and those that are shown with their rows. */
  readonly empty: readonly RelationAttribute[]
  readonly rows: readonly RelationAttribute[]
  /** Whether references hold attributes that come from the resource referred to. */
  readonly fills: boolean
}

/**
 * Resources as JSON texts. A stored document leaves as the text it is, with `meta` put in, unless something is
 * left out of it or added from other resources.
 */
export const createRepresent =
  (store: ResourceStore) =>
  async (
    call: Call,
    stored: readonly Stored[],
    { base, projection }: Representation,
  ): Promise<readonly string[]> => {
    const { answers, resourceTypes: types } = call.tenant.profile
    const { empty, rows, fills } = planFor(call, projection)
    const texts = stored.map(one => withMeta(one, answers.meta(one, call.type, base), empty))
    const isAsStored = !projection && rows.length === 0 && !fills && showsEverything(call.type)
    if (isAsStored) return texts
    const root = answers.references === 'relative' ? '..' : base
    const related = await relatedTo(store, rows, stored, answers.nestedGroups)
    const known = fills ? await namedBy(store, call, texts) : new Map<string, Related>()
    return stored.map(({ key }, at) => {
      const resource: JsonObject = JSON.parse(texts[at] ?? '{}')
      const whole = { ...resource, ...rowsOf(key, related, types, root) }
      const filled = fills ? fillReferences(call.type, whole, known, types, root) : whole
      return JSON.stringify(project(call.type, filled, projection))
    })
  }

const none: readonly RelationAttribute[] = []

function planFor({ type, tenant, operation }: Call, projection: Projection | undefined): Plan {
  const fills = referencesOf(type).some(({ derived }) => derived.length > 0)
  const relations = relationsOf(type)
  if (relations.length === 0) return { empty: none, rows: none, fills }
  const shown = (how: 'empty' | 'rows') =>
    relations.filter(
      ({ relation }) =>
        wants(projection, type, relation) && tenant.profile.answers.relation(relation, operation) === how,
    )
  return { empty: shown('empty'), rows: shown('rows'), fills }
}

const relationsOf = remembered(({ attributes }: ResourceType) =>
  attributes.filter((attribute): attribute is RelationAttribute => attribute.relation !== undefined),
)

/** The relations of one resource as attributes; a relation without rows is absent. */
function rowsOf(key: number, related: RelatedTo, types: readonly ResourceType[], base: string): JsonObject {
  const values: Record<string, Json> = {}
  for (const [attribute, lists] of related) {
    const list = lists.get(key) ?? []
    if (list.length > 0) values[attribute.name] = list.map(other => element(attribute, other, types, base))
  }
  return values
}

type RelatedTo = ReadonlyMap<RelationAttribute, ReadonlyMap<number, readonly Related[]>>

/** `meta` goes before `schemas`, which stands after `id` and `externalId` only: their quotes are escaped. */
function withMeta({ document }: Stored, meta: string, empty: readonly RelationAttribute[]): string {
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
  rows: readonly RelationAttribute[],
  stored: readonly Stored[],
  nestedGroups: boolean,
) {
  const keys = stored.map(({ key }) => key)
  const reach = nestedGroups ? 'nested' : 'direct'
  const entries = rows.map(
    async attribute => [attribute, await store.related(attribute.relation, keys, reach)] as const,
  )
  return new Map(await Promise.all(entries))
}
