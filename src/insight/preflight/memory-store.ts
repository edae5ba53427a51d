import type {
  FoundPage,
  ListQuery,
  PageQuery,
  ResourceStore,
  TypeQuery,
} from '../../domain/ports/resources.ts'
import { type AttributePath, pathText } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { matches, toSearchForm } from '../../scim/filter/evaluate.ts'
import type { JsonObject } from '../../scim/json.ts'
import { type RelatedResource, type StoredWithSecrets, toResourceId } from '../../scim/resource.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type {
  Decision,
  KeyPair,
  ListedMember,
  Plan,
  PlanChange,
  PlanQuery,
  ResourceContent,
} from '../../storage/common/plans/plan.ts'
import { planInsert, planUpdate } from '../../storage/common/plans/write.ts'

type Row = StoredWithSecrets & { readonly keys: readonly KeyPair[]; readonly display: string }

type MemoryStore = {
  readonly store: ResourceStore
  readonly unchanging: ResourceStore
}

/**
 * The resources of one tenant in memory, empty at first. Writes are decided by the plans that the engines run. It has what a
 * first cycle of provisioning needs: relations are not read back, and nothing is deleted.
 */
export function createMemoryStore(types: readonly ResourceType[]): MemoryStore {
  const rows = new Map<number, Row>()
  const keysById = new Map<string, number>()
  const keysOfType = new Map<string, Set<number>>()
  const keysByValue = new Map<string, Set<number>>()
  const members = new Map<number, Map<string, ListedMember>>()
  // Few filters need it, and it takes as much memory as the resources.
  const searchForms = new Map<number, JsonObject>()
  let lastKey = 0
  let lastMembership = 0

  const byId = (type: string, id: string): Row | undefined => {
    const row = rows.get(keysById.get(id) ?? 0)
    return row?.type === type ? row : undefined
  }

  function runQuery({ query, of }: PlanQuery): unknown {
    switch (query) {
      case 'tenant':
        return true
      case 'room':
        return (keysOfType.get(of[1])?.size ?? 0) < of[2]
      case 'newKey':
        return ++lastKey
      case 'current':
        return byId(of[1], of[2])
      case 'holder':
        return [...(keysByValue.get(valueKey(of[1], of[2], of[3])) ?? [])][0]
      case 'member':
        return rows.get(keysById.get(of[1]) ?? 0)
      case 'membership':
        return members.get(of[1])?.get(of[2])
      case 'membersAfter':
        return [...(members.get(of[1])?.values() ?? [])].filter(({ key }) => key > of[2]).slice(0, of[3])
      // There are no deleted resources, and no history.
      case 'predecessor':
      case 'lastWhole':
        return undefined
      default:
        throw new Error(`A first cycle does not need the query ${query}.`)
    }
  }

  function put(row: Row): void {
    const previous = rows.get(row.key)
    for (const [attribute, value] of previous?.keys ?? []) {
      keysByValue.get(valueKey(row.type, attribute, value))?.delete(row.key)
    }
    rows.set(row.key, row)
    searchForms.delete(row.key)
    for (const [attribute, value] of row.keys) {
      setOf(keysByValue, valueKey(row.type, attribute, value)).add(row.key)
    }
  }

  function rewrite(key: number, content: ResourceContent): void {
    const row = rows.get(key)
    if (row) put({ ...row, ...contentOf(content) })
  }

  function write({ change, row }: PlanChange): void {
    switch (change) {
      case 'addResource': {
        const { key, type, id, created, content } = row
        keysById.set(id, key)
        setOf(keysOfType, type).add(key)
        put({ key, type, id: toResourceId(id), created, era: null, ...contentOf(content) })
        return
      }
      case 'rewriteResource':
        rewrite(row.key, row.content)
        return
      case 'addMembers': {
        const listed = members.get(row.group) ?? new Map<string, ListedMember>()
        members.set(row.group, listed)
        for (const member of row.members) {
          const { type = null, display = null } = rows.get(member.memberKey ?? 0) ?? {}
          listed.set(member.memberId, { ...member, key: ++lastMembership, type, display })
        }
        return
      }
      case 'removeMembers':
        for (const { memberId } of row.members) members.get(row.group)?.delete(memberId)
        return
      case 'touchResource': {
        const current = rows.get(row.key)
        if (current) rows.set(row.key, { ...current, version: row.version, lastModified: row.lastModified })
        return
      }
      // The content of a resource includes its keys.
      case 'addKeys':
      case 'dropKeys':
      case 'version':
        return
      default:
        throw new Error(`A first cycle does not make the change ${change}.`)
    }
  }

  const decide = <Value>(plan: Plan<Value>): Decision<Value> => {
    let step = plan.next([])
    while (!step.done) step = plan.next(step.value.map(runQuery))
    return step.value
  }

  const candidates = ({ type, filter }: TypeQuery): Iterable<number> => {
    const indexed = filter && indexedTest(filter)
    const all = indexed
      ? keysByValue.get(valueKey(type, indexed.attribute, indexed.value))
      : keysOfType.get(type)
    return all ?? []
  }

  const found = ({ typeQueries }: ListQuery): readonly Row[] =>
    typeQueries.flatMap(query =>
      [...candidates(query)]
        .map(key => rows.get(key))
        .filter(row => row !== undefined)
        .filter(row => isMatch(row, query.filter)),
    )

  function isMatch(row: Row, filter: BoundFilter | undefined): boolean {
    if (!filter || (filter.kind === 'compare' && indexedTest(filter))) return true
    const type = typeByName(types, row.type)
    const known = searchForms.get(row.key) ?? (type ? toSearchForm(type, JSON.parse(row.document)) : {})
    searchForms.set(row.key, known)
    return matches(filter, known)
  }

  const list = (query: PageQuery): FoundPage => {
    const all = found(query)
    const from = query.slice.by === 'index' ? query.slice.offset : 0
    const page = all.slice(from, from + query.slice.count)
    return { page, hasMore: from + page.length < all.length, ...(query.total && { total: all.length }) }
  }

  const reads: Omit<ResourceStore, 'insert' | 'update' | 'remove'> = {
    find: async ({ type, id }) => byId(type, id),
    secrets: async ({ type, id }) => byId(type, id)?.secrets ?? undefined,
    list: async (_tenant, query) => list(query),
    orderedKeys: async (_tenant, query) => Float64Array.from(found(query), ({ key }) => key),
    findByKeys: async (_tenant, keys) => keys.map(key => rows.get(key)).filter(row => row !== undefined),
    related: async (_relation, keys) => new Map(keys.map(key => [key, []])),
    relatedOf: async () => [],
    hasMoreMembers: async (group, count) => (members.get(group)?.size ?? 0) > count,
    relatedById: async (_tenant, ids) =>
      new Map(ids.flatMap(id => toRelated(rows.get(keysById.get(id) ?? 0)))),
  }

  const storeWith = (carryOut: <Value>(plan: Plan<Value>) => Value): ResourceStore => ({
    ...reads,
    insert: async (place, cause, draft, limit) => carryOut(planInsert(place, cause, draft, limit)),
    update: async (place, cause, change) => carryOut(planUpdate(place, cause, change)),
    remove: async () => {
      throw new Error('A first cycle deletes nothing.')
    },
  })

  return {
    store: storeWith(plan => {
      const { value, changes } = decide(plan)
      changes.forEach(write)
      return value
    }),
    unchanging: storeWith(plan => decide(plan).value),
  }
}

const contentOf = ({ search: _, enabled: __, ...content }: ResourceContent) => content

const valueKey = (type: string, attribute: string, value: string) => `${type}\0${attribute}\0${value}`

function setOf(sets: Map<string, Set<number>>, name: string): Set<number> {
  const known = sets.get(name)
  if (known) return known
  const created = new Set<number>()
  sets.set(name, created)
  return created
}

const toRelated = (row: Row | undefined): readonly (readonly [string, RelatedResource])[] =>
  row ? [[row.id, { id: row.id, type: row.type, display: row.display }]] : []

function indexedTest(
  filter: BoundFilter,
): { readonly attribute: string; readonly value: string } | undefined {
  if (filter.kind === 'and') {
    return filter.operands.map(indexedTest).find(test => test !== undefined)
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string')
    return undefined
  return isKey(filter.path) ? { attribute: pathText(filter.path), value: filter.value } : undefined
}

const isKey = (path: AttributePath): boolean => {
  const last = path.at(-1)
  return last !== undefined && (last.lookup === true || last.uniqueness !== 'none')
}
