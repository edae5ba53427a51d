import type { Directory, Identity, IdentityQuery, Page } from '../../domain/ports/directory.ts'
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
import { type AuthorsRow, toAuthors, toRelated } from '../common/related.ts'
import type { Database } from './database.ts'
import { longReadDialect, sqliteDialect } from './dialect.ts'
import type { Read } from './long-reads.ts'
import { createGroupReader } from './related.ts'

export function createOriginReader(db: Database): (key: number) => string | null {
  const first = db
    .prepare<[number], string | null>(
      'select exchange from versions where resource_key = ? order by moment limit 1',
    )
    .pluck()
  return key => first.get(key) ?? null
}

export function createJoiningReader(db: Database): Directory['joined'] {
  const joined = db
    .prepare<[{ group: number; member: number; until: number }], number>(`
      select at from membership_events
      where member_key = @member and group_key = @group and event = 'added' and at <= @until
      order by moment desc limit 1`)
    .pluck()
  return async (_tenant, group, members, until) =>
    new Map(
      members.flatMap(member => {
        const at = joined.get({ group, member, until })
        return at === undefined ? [] : [[member, at] as const]
      }),
    )
}

export function createAuthorsReader(db: Database): Directory['authors'] {
  const version = (order: 'asc' | 'desc') =>
    `(select via from versions where resource_key = @key order by moment ${order} limit 1)`
  const authors = db.prepare<[{ key: number }], AuthorsRow>(
    `select @key as key, ${version('asc')} as created, ${version('desc')} as changed`,
  )
  return async (_tenant, keys) =>
    new Map(keys.flatMap(key => authors.all({ key }).map(row => [row.key, toAuthors(row)] as const)))
}

type Row = IdentityRow<string>

const isIndexed = ({ status, text, sort }: IdentityQuery): boolean => !text && !sort && status !== 'active'

export type Identities = ReturnType<typeof createIdentities>

/** `isLarge` returns whether reading all identities takes long. */
export function createIdentities(db: Database, read: Read, isLarge: () => boolean) {
  const joinedGroups = createGroupReader(db)
  const originOf = createOriginReader(db)
  const { living, deleted } = identityTables(sqliteDialect)
  const withIdText = 'where x.tenant = ? and x.type = ? and x.id = ? order by x.key desc limit 1'
  const livingWithId = db.prepare<[number, string, string], Row>(`${living} ${withIdText}`)
  const deletedWithId = db.prepare<[number, string, string], Row>(`${deleted} ${withIdText}`)
  const livingAt = db.prepare<[number], Row>(`${living} where x.key = ?`)
  const deletedAt = db.prepare<[number], Row>(`${deleted} where x.key = ?`)

  const groupsOf = ({ key, lastGroups }: Row): readonly RelatedResource[] =>
    lastGroups === null ? joinedGroups(key).map(toRelated) : JSON.parse(lastGroups)

  const toFullIdentity = (row: Row): Identity => toIdentity(row, groupsOf(row), originOf(row.key))

  const rowOf = (tenant: number, type: string, id: string): Row | undefined =>
    livingWithId.get(tenant, type, id) ?? deletedWithId.get(tenant, type, id)

  const page = async (tenant: number, type: string, query: IdentityQuery): Promise<Page<Identity>> => {
    const { sort, limit, signal } = query
    const { text, params } = identityPageSql(longReadDialect, tenant, type, query)
    const [rows = []] = await read([{ text, params }], !isIndexed(query) && isLarge(), signal)
    const { items, next } = toPage(rows as Row[], limit, row => identityCursor(sort, row))
    return { items: items.map(toFullIdentity), ...compact({ next }) }
  }

  return {
    page,
    keyOf: (tenant: number, type: string, id: string): number | undefined => rowOf(tenant, type, id)?.key,
    withId: (tenant: number, type: string, id: string): Identity | undefined => {
      const row = rowOf(tenant, type, id)
      return row && toFullIdentity(row)
    },
    at: (key: number): Identity | undefined => {
      const row = livingAt.get(key) ?? deletedAt.get(key)
      return row && toFullIdentity(row)
    },
  }
}
