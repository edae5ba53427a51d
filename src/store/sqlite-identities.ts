import type { Database } from '../database/sqlite.ts'
import type { Related } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Identity, IdentityQuery, Page, Status } from './directory.ts'
import { pageOf, positionIn } from './page-of.ts'
import { createOriginReader } from './sqlite-origin.ts'
import { createRelatedReader } from './sqlite-related.ts'

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

/** Resources and departed ones in the same columns. */
const living = `
  select x.key, x.type, x.id, case x.enabled when 0 then 'disabled' else 'active' end as status,
    x.label, x.display, x.document, x.version as versions,
    x.created as firstSeen, x.last_modified as lastWritten,
    max(x.last_modified, coalesce(s.at, 0)) as lastSeen, null as groups,
    null as deletedAt, null as exchange, x.predecessor, null as successor
  from resources x left join sightings s on s.key = x.key`
const departed = `
  select x.key, x.type, x.id, case x.state when 'retained' then 'retained' else 'removed' end as status,
    x.label, x.display, x.document, x.version as versions,
    x.created as firstSeen, x.last_written as lastWritten,
    max(x.last_written, x.deleted_at, coalesce(s.at, 0)) as lastSeen, x.groups,
    x.deleted_at as deletedAt, x.exchange, x.predecessor, x.successor
  from departed x left join sightings s on s.key = x.key`

/** Where the identities of a status are; newest first they are read, for both tables count by the same keys. */
const sources = {
  active: [`${living} where x.enabled = 1`],
  disabled: [`${living} where x.enabled = 0`],
  retained: [`${departed} where x.state = 'retained'`],
  removed: [`${departed} where x.state in ('removed', 'purged')`],
  all: [`${living} where true`, `${departed} where true`],
} as const

type PageParameters = { tenant: number; type: string; text: string; before: number; limit: number }

export type Identities = ReturnType<typeof createIdentities>

/** Reads identities, whatever has become of them. */
export function createIdentities(db: Database) {
  const related = createRelatedReader(db)
  const originOf = createOriginReader(db)
  const prepare = (source: string) =>
    db.prepare<[PageParameters], IdentityRow>(`
      ${source} and x.tenant = @tenant and x.type = @type and x.key < @before
      and (@text = '' or instr(x.names, @text) > 0) order by x.key desc limit @limit`)
  const pages = {
    active: sources.active.map(prepare),
    disabled: sources.disabled.map(prepare),
    retained: sources.retained.map(prepare),
    removed: sources.removed.map(prepare),
    all: sources.all.map(prepare),
  }
  const livingWithId = db.prepare<[number, string, string], IdentityRow>(
    `${living} where x.tenant = ? and x.type = ? and x.id = ?`,
  )
  const departedWithId = db.prepare<[number, string, string], IdentityRow>(
    `${departed} where x.tenant = ? and x.type = ? and x.id = ?`,
  )
  const livingAt = db.prepare<[number], IdentityRow>(`${living} where x.key = ?`)
  const departedAt = db.prepare<[number], IdentityRow>(`${departed} where x.key = ?`)

  const groupsOf = ({ key, groups }: IdentityRow): readonly Related[] =>
    groups === null ? related('groups', key) : JSON.parse(groups)

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
    livingWithId.get(tenant, type, id) ?? departedWithId.get(tenant, type, id)

  const page = (
    tenant: number,
    type: string,
    { status, text, limit, cursor }: IdentityQuery,
  ): Page<Identity> => {
    const before = positionIn(cursor)
    const asked = { tenant, type, text: fold(text ?? ''), before, limit: limit + 1 }
    const rows = pages[status ?? 'all'].flatMap(statement => statement.all(asked))
    const newestFirst = rows.sort((one, other) => other.key - one.key)
    const { items, next } = pageOf(newestFirst, limit, ({ key }) => key)
    return { items: items.map(toIdentity), ...(next !== undefined && { next }) }
  }

  return {
    page,
    keyOf: (tenant: number, type: string, id: string): number | undefined => rowOf(tenant, type, id)?.key,
    withId: (tenant: number, type: string, id: string): Identity | undefined => {
      const row = rowOf(tenant, type, id)
      return row && toIdentity(row)
    },
    at: (key: number): Identity | undefined => {
      const row = livingAt.get(key) ?? departedAt.get(key)
      return row && toIdentity(row)
    },
  }
}
