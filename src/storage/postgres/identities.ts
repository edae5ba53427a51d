import type { Identity, IdentityQuery, Page } from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import {
  type IdentityRow,
  identityCursor,
  identityPageSql,
  identityTables,
  toIdentity,
} from '../common/identities.ts'
import { toPage } from '../common/list-page.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import type { RunSearch } from './long-reads.ts'
import { prepared, preparedWithNames, toQuery } from './statement.ts'

type Groups = readonly RelatedResource[]

type Row = IdentityRow<Groups> & {
  readonly groups: Groups | null
  readonly origin: string | null
}

const withRelations = (rows: string) => `
  select x.*,
    case when x."deletedAt" is null then (
      select jsonb_agg(jsonb_build_object('id', g.id, 'type', g.type, 'display', g.display) order by m.key)
      from memberships m join resources g on g.tenant = m.tenant and g.key = m.group_key
      where m.tenant = @tenant and m.member_key = x.key)
    end as groups,
    (select v.exchange from versions v where v.tenant = @tenant and v.resource_key = x.key order by v.moment limit 1)
      as origin
  from (${rows}) x`

const toFullIdentity = (row: Row): Identity => toIdentity(row, row.lastGroups ?? row.groups ?? [], row.origin)

export type Identities = ReturnType<typeof createIdentities>

export function createIdentities(reads: Reads, search: RunSearch) {
  const { living, deleted } = identityTables(postgresDialect)
  const bothWhere = (conditions: string) =>
    withRelations(`${living} where ${conditions} union all ${deleted} where ${conditions}`)
  const withKeysOf = preparedWithNames(bothWhere('x.tenant = @tenant and x.key = any(@keys::bigint[])'))
  // An existing resource, or the last one with the id. For the condition of the type, see `atPlace`.
  const withIdOf = preparedWithNames(`
    ${bothWhere('x.tenant = @tenant and x.id = @id and (x.type = @type) is true')}
    order by x."deletedAt" is not null, x.key desc limit 1`)
  const keyWithId = prepared(`
    select key from (
      select key, false as deleted from resources where tenant = $1 and id = $3 and (type = $2) is true
      union all
      select key, true from deleted_resources where tenant = $1 and id = $3 and (type = $2) is true) x
    order by deleted, key desc limit 1`)

  return {
    page: async (tenant: number, type: string, query: IdentityQuery): Promise<Page<Identity>> => {
      const { status, text, sort, limit, signal } = query
      const { text: rowsOfPage, order, params } = identityPageSql(postgresDialect, tenant, type, query)
      if (!canStore(text ?? '')) return { items: [] }
      const selected = toQuery({ text: `${withRelations(rowsOfPage)} order by ${order('x')}`, params })
      const rows = await (!text && !sort && status !== 'active'
        ? reads.query<Row>(selected, selected.values)
        : search<Row>([tenant], selected, signal))
      const { items, next } = toPage(rows, limit, row => identityCursor(sort, row))
      return { items: items.map(toFullIdentity), ...compact({ next }) }
    },

    keyOf: async (tenant: number, type: string, id: string): Promise<number | undefined> => {
      if (!canStore(id)) return undefined
      const [row] = await reads.queryByKey<{ readonly key: number }>(keyWithId, [tenant, type, id])
      return row?.key
    },

    withId: async (tenant: number, type: string, id: string): Promise<Identity | undefined> => {
      if (!canStore(id)) return undefined
      const { values, ...statement } = withIdOf({ tenant, type, id })
      const [row] = await reads.query<Row>(statement, values)
      return row && toFullIdentity(row)
    },

    withKeys: async (tenant: number, keys: readonly number[]): Promise<readonly Identity[]> => {
      if (keys.length === 0) return []
      const { values, ...statement } = withKeysOf({ tenant, keys })
      const found = new Map((await reads.query<Row>(statement, values)).map(row => [row.key, row]))
      return keys.flatMap(key => {
        const row = found.get(key)
        return row ? [toFullIdentity(row)] : []
      })
    },
  }
}
