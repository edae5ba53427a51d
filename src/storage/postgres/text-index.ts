import { LRUCache } from 'lru-cache'
import { type AttributePath, pathText } from '../../scim/attribute.ts'
import type { IndexOf } from '../common/filter-to-sql.ts'
import { createIndexOf, minIndexed } from '../common/text-index.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { prepared } from './statement.ts'
import { insertTextsSql, textAtSql } from './text-index-sql.ts'

export type TextIndex = {
  /** Missing indexes are requested. */
  indexOf(tenant: number): Promise<IndexOf>
  clear(): void
}

export type TextIndexOptions = {
  readonly minimum?: number
  /** Milliseconds until another instance's index is found. */
  readonly maxAge?: number
}

/** More take some megabytes. */
const maxTenants = 10_000

const attributesOfTenant = prepared(
  'select type, attribute, built_to is null as complete from indexed_attributes where tenant = $1',
)
// The lock keeps the tenant until the row is committed. A tenant that is reset or restored is skipped: a read does not wait.
const requestIndex = prepared(`
  insert into indexed_attributes (tenant, type, attribute, path, built_to)
  select t.key, $2::text, $3::text, $4::text[], 0 from tenants t
  where t.key = $1 and (select coalesce(sum(n), 0) from counts c where c.tenant = $1 and c.type = $2) >= $5::bigint
  for key share of t skip locked
  on conflict do nothing`)

type AttributeRow = { readonly type: string; readonly attribute: string; readonly complete: boolean }

type Known = {
  readonly readAt: number
  readonly complete: ReadonlySet<string>
  readonly underWay: Set<string>
}

/**
 * Holds the complete indexes in memory. What it holds may be old: an index that is complete stays complete as long as the tenant
 * exists and the database loses no commit, so lists then read the documents once more.
 */
export function createTextIndex(
  reads: Pick<Reads, 'query'>,
  { minimum = minIndexed, maxAge = 3000 }: TextIndexOptions = {},
): TextIndex {
  const held = new LRUCache<number, Known>({ max: maxTenants })
  const reading = new Map<number, Promise<Known>>()

  const readNow = async (tenant: number): Promise<Known> => {
    const readAt = performance.now()
    const rows = await reads.query<AttributeRow>(attributesOfTenant, [tenant])
    const namesOf = (found: readonly AttributeRow[]) =>
      found.map(({ type, attribute }) => `${type} ${attribute}`)
    const known: Known = {
      readAt,
      complete: new Set(namesOf(rows.filter(({ complete }) => complete))),
      underWay: new Set(namesOf(rows.filter(({ complete }) => !complete))),
    }
    held.set(tenant, known)
    return known
  }

  const read = (tenant: number): Promise<Known> => {
    const current = reading.get(tenant) ?? readNow(tenant).finally(() => reading.delete(tenant))
    reading.set(tenant, current)
    return current
  }

  const request = (tenant: number, type: string, path: AttributePath): void => {
    const names = path.map(({ name }) => name)
    // If this fails, a later list requests the index again.
    reads.query(requestIndex, [tenant, type, pathText(path), names, minimum]).catch(() => {})
  }

  return {
    async indexOf(tenant) {
      const last = held.get(tenant)
      const known = last ?? (await read(tenant))
      if (last && performance.now() - last.readAt >= maxAge) read(tenant).catch(() => {})
      return createIndexOf({
        isComplete: (type, attribute) => known.complete.has(`${type} ${attribute}`),
        request(type, path) {
          const name = `${type} ${pathText(path)}`
          if (known.underWay.has(name)) return
          known.underWay.add(name)
          request(tenant, type, path)
        },
      })
    },
    clear() {
      held.clear()
      reading.clear()
    },
  }
}

/** Must be used inside a transaction that has locked the tenants. */
export async function indexTexts(connection: Connection, tenants: readonly number[]): Promise<void> {
  await connection.query(
    {
      text: `with texts as (
          select a.tenant, a.type, a.attribute, r.key, ${textAtSql('r.search', 'a.path')} as text
          from indexed_attributes a join resources r on r.tenant = a.tenant and r.type = a.type
          where a.tenant = any($1::bigint[]))
        ${insertTextsSql('texts')}`,
    },
    [tenants],
  )
  await connection.query(
    { text: 'update indexed_attributes set built_to = null where tenant = any($1::bigint[])' },
    [tenants],
  )
}
