import type { Place } from '../../domain/ports/resources.ts'
import type { StoredResource } from '../../scim/resource.ts'
import { type ListPosition, placeInBlocks } from '../common/list-page.ts'
import { inPortions } from '../common/plans/plan.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import { prepared, type Query, type Statement, toArrays } from './statement.ts'

export const storedColumns =
  'r.key, r.id, r.type, r.document, r.label, r.version, r.era, r.created, r.last_modified as "lastModified"'

/**
 * Joins a resource `r` to a place `x`. Without statistics, the planner would choose the index by type and read all resources
 * of it, so the condition for the type is one that no index has.
 */
export const atPlace = 'r.tenant = x.tenant and r.id = x.id and (r.type = x.type) is true'

/** Look-ups of one turn of the event loop share a statement. */
export function createStoredResources(reads: Reads) {
  const withId = createSharedRead<StoredResource>(
    reads,
    prepared(`
      select x.nth, ${storedColumns}
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality x (tenant, type, id, nth)
        join resources r on ${atPlace}`),
  )
  const secretsOf = createSharedRead<{ readonly secrets: string | null }>(
    reads,
    prepared(`
      select x.nth, r.secrets
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality x (tenant, type, id, nth)
        join resources r on ${atPlace}`),
  )
  const withKey = createSharedRead<StoredResource>(
    reads,
    prepared(`
      select x.nth, ${storedColumns}
      from unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
          with ordinality x (tenant, type, attribute, value, nth)
        cross join lateral (
          select k.resource from keys k
          where k.tenant = x.tenant and k.type = x.type and k.attribute = x.attribute and k.value = x.value
          order by k.rival limit 1) k
        join resources r on r.tenant = x.tenant and r.key = k.resource`),
  )
  const withKeys = prepared(`
    select ${storedColumns} from unnest($2::bigint[]) with ordinality x (key, nth)
      join resources r on r.tenant = $1 and r.key = x.key
    order by x.nth`)

  const find = async ({ tenant, type, id }: Place): Promise<StoredResource | undefined> =>
    canStore(id) ? withId(tenant, type, id) : undefined

  return {
    find,
    secrets: async ({ tenant, type, id }: Place): Promise<string | undefined> =>
      canStore(id) ? ((await secretsOf(tenant, type, id))?.secrets ?? undefined) : undefined,
    withKey: async (
      tenant: number,
      type: string,
      attribute: string,
      value: string,
    ): Promise<StoredResource | undefined> =>
      canStore(value) ? withKey(tenant, type, attribute, postgresDialect.indexEntry(value)) : undefined,
    withKeys: (tenant: number, keys: readonly number[]): Promise<readonly StoredResource[]> =>
      reads.query<StoredResource>(withKeys, [tenant, keys]),
  }
}

export type StoredResources = ReturnType<typeof createStoredResources>

export type Counts = ReturnType<typeof createCounts>

/** Each connection that writes has rows of its own, which add up. */
export function createCounts(reads: Reads) {
  const totalOf = prepared(
    'select coalesce(sum(n), 0) as total from counts where tenant = $1 and type = any($2::text[])',
  )
  const blocksOf = prepared(`
    select block, sum(n) as n from counts
    where tenant = $1 and type = any($2::text[]) group by block order by block`)

  const numberOf = prepared(`
    select type, sum(n) as n from counts where tenant = $1 and type = any($2::text[]) group by type`)

  return {
    numbers: async (tenant: number, types: readonly string[]): Promise<(type: string) => number> => {
      const rows = await reads.query<{ readonly type: string; readonly n: number }>(numberOf, [tenant, types])
      const numbers = new Map(rows.map(({ type, n }) => [type, n]))
      return type => numbers.get(type) ?? 0
    },
    total: (tenant: number, types: readonly string[]): Query => ({ ...totalOf, values: [tenant, types] }),
    place: async (tenant: number, types: readonly string[], offset: number): Promise<ListPosition> => {
      const blocks = await reads.query<{ readonly block: number; readonly n: number }>(blocksOf, [
        tenant,
        types,
      ])
      return placeInBlocks(offset, () => blocks.map(({ block, n }) => [block, n]))
    },
  }
}

type Waiting<Key, Result> = {
  readonly key: Key
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Statements with fewer keys take hardly less time. */
const keysPerStatement = 12

/**
 * Reads with the keys of one turn of the event loop together. Many keys are divided: while the database reads some of them,
 * this process uses what it has read for others.
 */
function shareByTurn<Key, Result>(
  readAll: (keys: readonly Key[]) => Promise<(key: Key, at: number) => Result>,
): (key: Key) => Promise<Result> {
  let waiting: Waiting<Key, Result>[] = []

  const read = async (batch: readonly Waiting<Key, Result>[]) => {
    try {
      const resultOf = await readAll(batch.map(({ key }) => key))
      for (const [at, { key, resolve }] of batch.entries()) resolve(resultOf(key, at))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
  const readWaiting = () => {
    const batch = waiting
    waiting = []
    for (const portion of inPortions(batch, keysPerStatement)) void read(portion)
  }

  return key =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(readWaiting)
      waiting.push({ key, resolve, reject })
    })
}

/** Keys of one turn of the event loop share statements, which have an array per part and return the place as `nth`. */
export function createSharedRead<Row extends object>(
  { queryByKey }: Pick<Reads, 'queryByKey'>,
  statement: Statement,
): (...key: readonly (string | number)[]) => Promise<Row | undefined> {
  const read = shareByTurn(async (keys: readonly (readonly (string | number)[])[]) => {
    const rows: (Row | undefined)[] = []
    for (const { nth, ...row } of await queryByKey<Row & { readonly nth: number }>(statement, toArrays(keys)))
      rows[nth - 1] = row as unknown as Row
    return (_, at) => rows[at]
  })
  return (...key) => read(key)
}

/**
 * Keys of one turn of the event loop share statements, which have an array of tenants and one of keys. Rows of a key keep the order of
 * the statement.
 */
export function createSharedRowsRead<Row>(
  { queryByKey }: Pick<Reads, 'queryByKey'>,
  statement: Statement,
  keyOf: (row: Row) => number,
): (tenant: number, keys: readonly number[]) => Promise<readonly Row[]> {
  const read = shareByTurn(async (groups: readonly KeysOfTenant[]) => {
    // Keys of resources are unique over all tenants.
    const tenants = new Map(groups.flatMap(({ tenant, keys }) => keys.map(key => [key, tenant] as const)))
    const found = await queryByKey<Row>(statement, [[...tenants.values()], [...tenants.keys()]])
    const rows = Map.groupBy(found, keyOf)
    return ({ keys }) => keys.flatMap(key => rows.get(key) ?? [])
  })
  return (tenant, keys) => read({ tenant, keys })
}

type KeysOfTenant = { readonly tenant: number; readonly keys: readonly number[] }
