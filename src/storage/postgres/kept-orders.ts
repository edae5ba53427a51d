import type { KeptOrders, ListQuery } from '../../domain/ports/resources.ts'
import type { IndexOf } from '../common/filter-to-sql.ts'
import { createListRunner, type ListOptions, orderedKeysParts } from './list.ts'
import { createCounts } from './resource-rows.ts'
import { prepared, type Query, withNames } from './statement.ts'

const keysPerPart = 500
const maxOrders = 100
/** The maximum for all orders together. The newest order is kept even if it exceeds this by itself. */
const maxKeys = 5_000_000
const maxAge = `interval '1 hour'`
const useInterval = `interval '1 minute'`

const dropOld = prepared(`
  with ranked as (
    select id, used, row_number() over newest as nth, sum(length) over newest as keys
    from walks window newest as (order by used desc, id desc)),
  gone as (
    delete from walks using ranked where walks.id = ranked.id
      and (ranked.used < clock_timestamp() - ${maxAge} or ranked.nth > 1 and (ranked.nth > ${maxOrders} or ranked.keys > ${maxKeys}))
    returning walks.id)
  delete from walk_parts using gone where walk = gone.id`)
const readParts = prepared(`
  select p.part, p.keys from walks w left join walk_parts p on p.walk = w.id and p.part between $2 and $3
  where w.id = $1 and w.used > clock_timestamp() - ${maxAge} order by p.part`)
const markUsed = prepared(
  `update walks set used = clock_timestamp() where id = $1 and used < clock_timestamp() - ${useInterval}`,
)

/** A server that takes over may lack orders. With rising ids, it would give theirs to others, which their cursors would then read. */
const randomId = '(random() * 9007199254740991)::bigint'

type Kept = { readonly length: number; readonly id: number | null; readonly first: readonly string[] | null }
type Part = { readonly part: number | null; readonly keys: readonly string[] | null }

/**
 * Orders in the database: the keys of one that is kept never leave it, and every instance can continue with it. Long ones are
 * read on connections for long reads, like lists.
 */
export function createPostgresOrders(options: ListOptions): KeptOrders {
  const { reads, textIndex } = options
  const runList = createListRunner(options, createCounts(reads))
  return {
    async keep(tenant, query, count) {
      query.signal?.()?.throwIfAborted()
      if (query.typeQueries.length === 0) return { length: 0, first: new Float64Array() }
      const indexOf = await textIndex.indexOf(tenant)
      const [[kept] = []] = (await runList(tenant, query, indexOf, [
        keepQuery(tenant, query, count, indexOf),
      ])) as readonly (readonly Kept[])[]
      if (!kept) throw new Error('The order of a list was not read.')
      const { length, id, first } = kept
      const order = { length, first: toKeys(first ?? []) }
      if (id === null) return order
      await reads.query(dropOld)
      return { ...order, id }
    },
    async section(id, from, to) {
      const firstPart = Math.floor(from / keysPerPart)
      const values = [id, firstPart, Math.floor(Math.max(from, to - 1) / keysPerPart)]
      const [parts] = await Promise.all([reads.query<Part>(readParts, values), reads.query(markUsed, [id])])
      if (parts.length === 0) return undefined
      const start = from - firstPart * keysPerPart
      return toKeys(parts.flatMap(({ keys }) => keys ?? [])).subarray(start, start + to - from)
    },
  }
}

function keepQuery(tenant: number, query: ListQuery, count: number, indexOf: IndexOf): Query {
  const parts = orderedKeysParts(tenant, query, indexOf)
  const params = Object.assign({}, ...parts.map(part => part.params))
  const ordered = parts.map(
    ({ text }, at) => `select ${at} as part, key, row_number() over () as nth from (${text}) as keys_${at}`,
  )
  return withNames(
    `with found as materialized (
      select key, row_number() over (order by part, nth) - 1 as place from (${ordered.join(' union all ')}) as parts),
    kept as (
      insert into walks (id, tenant, length, used) overriding system value
      select ${randomId}, @owner, count(*), clock_timestamp() from found having count(*) > @count returning id),
    kept_parts as (
      insert into walk_parts (walk, part, keys)
      select id, place / ${keysPerPart}, array_agg(key order by place) from found, kept
      group by id, place / ${keysPerPart})
    select (select count(*) from found) as length, (select id from kept) as id,
      (select array_agg(key order by place) from found where place < @count) as first`,
    { ...params, owner: tenant, count },
  )
}

/** Arrays of integers arrive as texts. */
const toKeys = (keys: readonly string[]): Float64Array => Float64Array.from(keys, Number)
