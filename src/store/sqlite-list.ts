import type { Database } from '../database/sqlite.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { Stored } from '../scim/resource.ts'
import { filterToSql } from './filter-to-sql.ts'
import { type KeyLookup, lookupIn } from './lookup.ts'
import { keepRecent } from './recent.ts'
import type { Found, Query, Slice } from './resource-store.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { storedColumns } from './sqlite-resources.ts'

type Parameters = Readonly<Record<string, string | number>>

/** Where matches come from, and the column of their keys by which they are paged. */
type Source = { readonly sql: string; readonly key: string; readonly params: Parameters }

const statementsKept = 200

/** Finds resources by filter, a page at a time. */
export function createLister(db: Database) {
  const numberOf = db
    .prepare<[number, string], number>('select n from counts where tenant = ? and type = ?')
    .pluck()
  const resourceWithId = db.prepare<[number, string, string], Stored>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.type = ? and r.id = ?`,
  )
  const holderOfKey = db.prepare<[number, string, string, string], Stored>(`
    select ${storedColumns} from resources r where r.key = (
      select resource from keys
      where tenant = ? and type = ? and attribute = ? and value = ? limit 1)`)
  const statementFor = keepRecent(statementsKept, sql => db.prepare<[Parameters]>(sql))

  const rowsOf = ({ sql, key, params }: Source, slice: Slice): readonly Stored[] => {
    if (slice.count === 0) return []
    const { after, skip } =
      slice.by === 'key' ? { after: slice.after, skip: 0 } : { after: 0, skip: slice.offset }
    const statement = statementFor(`
      select ${storedColumns} from ${sql} and ${key} > @after order by ${key} limit @limit offset @skip`)
    return statement.all({ ...params, after, skip, limit: slice.count + 1 }) as readonly Stored[]
  }

  const countOf = ({ sql, params }: Source): number =>
    (statementFor(`select count(*) as n from ${sql}`).get(params) as { n: number }).n

  /** Of what at most one can have: that one, which spares the engine the order and the limit. */
  const oneWith = (tenant: number, type: string, filter: BoundFilter): readonly Stored[] | undefined => {
    const lookup = isExclusive(filter) ? lookupIn(filter) : undefined
    if (!lookup) return undefined
    const found =
      'id' in lookup
        ? resourceWithId.get(tenant, type, lookup.id)
        : holderOfKey.get(tenant, type, lookup.attribute, lookup.value)
    return found ? [found] : []
  }

  return (tenant: number, type: string, { filter, slice, total }: Query): Found => {
    const one = filter && oneWith(tenant, type, filter)
    if (one) {
      const page = pageOf(startingAt(one, slice), slice)
      return total ? { ...page, total: one.length } : page
    }
    const source = sourceOf(tenant, type, filter)
    const rows = rowsOf(source, slice)
    if (!total) return pageOf(rows, slice)
    const all = filter ? (allSeen(rows, slice) ?? countOf(source)) : (numberOf.get(tenant, type) ?? 0)
    return { ...pageOf(rows, slice), total: all }
  }
}

const isExclusive = (filter: BoundFilter): boolean =>
  filter.kind === 'compare' && filter.path.at(-1)?.uniqueness !== 'none'

function sourceOf(tenant: number, type: string, filter: BoundFilter | undefined): Source {
  if (!filter) return { sql: ofType, key: 'r.key', params: { tenant, type } }
  const lookup = lookupIn(filter)
  if (lookup && 'attribute' in lookup) return holdersOf(tenant, type, lookup)
  const { sql, params } = filterToSql(filter, sqliteDialect)
  return { sql: `${ofType} and ${sql}`, key: 'r.key', params: { ...params, tenant, type } }
}

const ofType = 'resources r where r.tenant = @tenant and r.type = @type'

const holdersOf = (tenant: number, type: string, { attribute, value }: KeyLookup): Source => ({
  sql: `keys k join resources r on r.key = k.resource
    where k.tenant = @tenant and k.type = @type and k.attribute = @attribute and k.value = @value`,
  key: 'k.resource',
  params: { tenant, type, attribute, value },
})

const startingAt = (rows: readonly Stored[], slice: Slice): readonly Stored[] =>
  slice.by === 'index' ? rows.slice(slice.offset) : rows.filter(({ key }) => key > slice.after)

/** A page of rows among which may be one more, which tells that it isn't the last page. */
function pageOf(rows: readonly Stored[], { count }: Slice): Found {
  const page = rows.slice(0, count)
  const last = page.at(-1)
  return rows.length > count && last ? { page, next: last.key } : { page }
}

/** The number of matches, when the page shows that there are no others. */
function allSeen(rows: readonly Stored[], slice: Slice): number | undefined {
  const start = slice.by === 'index' ? slice.offset : slice.after
  return slice.count > 0 && start === 0 && rows.length <= slice.count ? rows.length : undefined
}
