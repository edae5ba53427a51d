import { parsePosition, toPage } from '../persistence/paging.ts'
import { toRelated } from '../persistence/related.ts'
import type { Identity, IdentityQuery, Page, Status } from '../ports/directory.ts'
import { compact } from '../scim/json.ts'
import type { RelatedResource } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Database } from './database.ts'
import { isWanted } from './dialect.ts'
import type { Read } from './long-reads.ts'
import { createGroupReader } from './related.ts'

/** Finds the exchange that created a resource, by its key: the exchange of its first version. */
export function createOriginReader(db: Database) {
  const first = db.prepare<[number], { exchange: string | null }>(
    'select exchange from versions where resource_key = ? order by moment limit 1',
  )
  return (key: number): { readonly origin?: string } => {
    const exchange = first.get(key)?.exchange
    return typeof exchange === 'string' ? { origin: exchange } : {}
  }
}

type IdentityRow = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly status: Status
  readonly label: string
  readonly display: string
  readonly document: string | null
  readonly versions: number
  readonly firstSeen: number
  readonly lastWritten: number
  readonly lastSeen: number
  readonly groups: string | null
  readonly deletedAt: number | null
  readonly exchange: string | null
  readonly predecessor: string | null
  readonly successor: string | null
}

/** Existing and deleted resources, in the same columns. */
const livingIdentities = `
  select x.key, x.type, x.id, case x.enabled when 0 then 'disabled' else 'active' end as status,
    x.label, x.display, x.document, x.version as versions,
    x.created as firstSeen, x.last_modified as lastWritten,
    max(x.last_modified, coalesce(s.at, 0)) as lastSeen, null as groups,
    null as deletedAt, null as exchange, x.predecessor, null as successor
  from resources x left join last_seen s on s.key = x.key`
const deletedIdentities = `
  select x.key, x.type, x.id, case x.state when 'retained' then 'retained' else 'removed' end as status,
    x.label, x.display, x.document, x.version as versions,
    x.created as firstSeen, x.last_written as lastWritten,
    max(x.last_written, x.deleted_at, coalesce(s.at, 0)) as lastSeen, x.groups,
    x.deleted_at as deletedAt, x.exchange, x.predecessor, x.successor
  from deleted_resources x left join last_seen s on s.key = x.key`

/**
 * The sources of identities by status. Both tables number resources by the same keys, so the newest of each
 * can be merged.
 */
const identitySources = {
  active: [`${livingIdentities} where x.enabled = 1`],
  disabled: [`${livingIdentities} where x.enabled = 0`],
  retained: [`${deletedIdentities} where x.state = 'retained'`],
  removed: [`${deletedIdentities} where x.state in ('removed', 'purged')`],
  all: [`${livingIdentities} where true`, `${deletedIdentities} where true`],
} as const

/** The pages of the statuses whose identities an index lists without the others. */
const isIndexed = ({ status, text }: IdentityQuery): boolean =>
  !text && (status === undefined || status === 'disabled' || status === 'retained')

const pageText = (source: string) => `
  ${source} and x.tenant = @tenant and x.type = @type and x.key < @before and ${isWanted('x.key')}
  and (@text = '' or instr(x.names, @text) > 0) order by x.key desc limit @limit`

export type Identities = ReturnType<typeof createIdentities>

/** Reads identities, deleted ones included. `isLarge` returns whether reading all of them takes long. */
export function createIdentities(db: Database, read: Read, isLarge: () => boolean) {
  const joinedGroups = createGroupReader(db)
  const originOf = createOriginReader(db)
  const livingWithId = db.prepare<[number, string, string], IdentityRow>(
    `${livingIdentities} where x.tenant = ? and x.type = ? and x.id = ?`,
  )
  const deletedWithId = db.prepare<[number, string, string], IdentityRow>(
    `${deletedIdentities} where x.tenant = ? and x.type = ? and x.id = ?`,
  )
  const livingAt = db.prepare<[number], IdentityRow>(`${livingIdentities} where x.key = ?`)
  const deletedAt = db.prepare<[number], IdentityRow>(`${deletedIdentities} where x.key = ?`)

  const groupsOf = ({ key, groups }: IdentityRow): readonly RelatedResource[] =>
    groups === null ? joinedGroups(key).map(toRelated) : JSON.parse(groups)

  const toIdentity = (row: IdentityRow): Identity => ({
    key: row.key,
    type: row.type,
    id: row.id,
    status: row.status,
    label: row.label,
    display: row.display,
    ...(row.document !== null && { document: row.document }),
    versions: row.versions,
    firstSeen: row.firstSeen,
    lastWritten: row.lastWritten,
    lastSeen: row.lastSeen,
    groups: groupsOf(row),
    ...(row.deletedAt !== null && {
      deleted: { at: row.deletedAt, ...(row.exchange !== null && { exchange: row.exchange }) },
    }),
    ...(row.predecessor !== null && { predecessor: row.predecessor }),
    ...(row.successor !== null && { successor: row.successor }),
    ...originOf(row.key),
  })

  const rowOf = (tenant: number, type: string, id: string): IdentityRow | undefined =>
    livingWithId.get(tenant, type, id) ?? deletedWithId.get(tenant, type, id)

  const page = async (tenant: number, type: string, query: IdentityQuery): Promise<Page<Identity>> => {
    const { status, text, limit, cursor, signal } = query
    const before = parsePosition(cursor)
    const params = { tenant, type, text: fold(text ?? ''), before, limit: limit + 1 }
    const queries = identitySources[status ?? 'all'].map(source => ({ text: pageText(source), params }))
    const rows = (await read(queries, !isIndexed(query) && isLarge(), signal)).flat() as IdentityRow[]
    const newestFirst = rows.sort((one, other) => other.key - one.key)
    const { items, next } = toPage(newestFirst, limit, ({ key }) => key)
    return { items: items.map(toIdentity), ...compact({ next }) }
  }

  return {
    page,
    keyOf: (tenant: number, type: string, id: string): number | undefined => rowOf(tenant, type, id)?.key,
    withId: (tenant: number, type: string, id: string): Identity | undefined => {
      const row = rowOf(tenant, type, id)
      return row && toIdentity(row)
    },
    at: (key: number): Identity | undefined => {
      const row = livingAt.get(key) ?? deletedAt.get(key)
      return row && toIdentity(row)
    },
  }
}
