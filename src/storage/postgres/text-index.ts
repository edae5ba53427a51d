import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Leader, Term } from '../../domain/ports/leader.ts'
import { type AttributePath, pathText } from '../../scim/attribute.ts'
import type { IndexOf } from '../common/filter-to-sql.ts'
import { createIndexOf, minIndexed } from '../common/text-index.ts'
import { atHints } from './cluster/hints.ts'
import { leaderGuard } from './cluster/leader.ts'
import type { Reads, SerialLane } from './connect.ts'
import { type Connection, lockNotAvailable, sqlStateOf } from './connection.ts'
import { indexEntrySql } from './dialect.ts'
import { prepared } from './statement.ts'

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

/** Null if there is no text. */
export const textAtSql = (search: string, path: string): string =>
  `case jsonb_typeof(${search} #> ${path}) when 'string' then ${search} #>> ${path} end`

/** `rows` has the columns `tenant`, `type`, `attribute`, `key` of the resource, and `text`. */
export const insertTextsSql = (rows: string): string => `
  insert into indexed_texts (tenant, type, attribute, value, resource, whole)
  select tenant, type, attribute, entry, key, case when entry <> text then text end
  from (select *, ${indexEntrySql('text')} as entry from ${rows} where text is not null) entries
  on conflict do nothing`

export const deleteTextsSql = (rows: string, column: string): string => `
  delete from indexed_texts t using ${rows} former
  where t.tenant = former.tenant and t.type = former.type and t.attribute = former.attribute
    and t.value = ${indexEntrySql(`former.${column}`)} and t.resource = former.key`

type BuilderOptions = {
  readonly reads: Pick<Reads, 'query'>
  readonly lane: Pick<SerialLane, 'transaction'>
  readonly leader: Leader
  readonly onError: (error: unknown) => void
  /** Resources that are indexed in one transaction. Changes of these wait for it. */
  readonly portion?: number
  /** Milliseconds between two portions. */
  readonly portionPause?: number
  readonly subscribe: (listener: () => void) => () => void
}

/** Milliseconds until the next attempt after a failure. */
const retryDelay = 10_000

type Unfinished = { readonly tenant: number; readonly type: string; readonly attribute: string }
type UnfinishedRow = Unfinished & { readonly next: string }

const unfinishedIndexes = prepared(`
  select tenant, type, attribute, pg_snapshot_xmax(pg_current_snapshot())::text as next
  from indexed_attributes where built_to is not null order by tenant, type, attribute`)
const areEarlierOver = prepared('select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 as over')
const lockTenant = prepared('select 1 from tenants where key = $1 for key share')
/** Resources that change meanwhile are locked, so each is read after a change, or changed after the portion is committed. */
const indexPortion = prepared(`
  with a as materialized (
    select * from indexed_attributes where tenant = $1 and type = $2 and attribute = $3 and built_to is not null),
  portion as materialized (
    select key, search from resources
    where tenant = $1 and type = $2 and key > (select built_to from a) order by key limit $4 for share),
  texts as (
    select a.tenant, a.type, a.attribute, portion.key, ${textAtSql('portion.search', 'a.path')} as text
    from portion, a),
  indexed as (${insertTextsSql('texts')})
  update indexed_attributes u set built_to = (select max(key) from portion) from a
  where u.tenant = a.tenant and u.type = a.type and u.attribute = a.attribute
  returning u.built_to`)

/**
 * Builds the requested indexes on the leader. Returns a function that ends that.
 *
 * Each write maintains the indexes that it sees. Those that began before an index was requested may not see it, so the builder
 * waits for their end. Then it indexes the resources in the order of their keys, and another instance can continue where it ended.
 */
export function createTextIndexBuilder({
  reads,
  lane,
  leader,
  onError,
  portion = 2000,
  portionPause = 20,
  subscribe,
}: BuilderOptions): () => Promise<void> {
  const buildPortion = (term: Term, { tenant, type, attribute }: Unfinished) =>
    lane.transaction(async connection => {
      // Shorter than the time after which a deadlock ends another transaction.
      await connection.execute(`set local lock_timeout = '200ms'`)
      const { values, ...guard } = leaderGuard(term)
      const [held, exists] = await Promise.all([
        connection.query(guard, values),
        connection.query(lockTenant, [tenant]),
      ])
      if (held.length === 0 || exists.length === 0) return undefined
      const rows = await connection.query<{ readonly built_to: number | null }>(indexPortion, [
        tenant,
        type,
        attribute,
        portion,
      ])
      return rows[0]?.built_to ?? undefined
    })

  const isBusy = (error: unknown) => sqlStateOf(error) === lockNotAvailable

  /** Connections have plans for a table with few rows. Autovacuum would replace these a minute later. */
  const updateStatistics = () =>
    lane.transaction(connection => connection.execute('analyze indexed_texts')).catch(() => {})

  const build = async (term: Term, index: Unfinished, signal: AbortSignal): Promise<void> => {
    for (let portions = 0; ; ) {
      signal.throwIfAborted()
      const builtTo = await buildPortion(term, index).catch(error => {
        // A change of these resources takes long.
        if (!isBusy(error)) throw error
        return 'busy' as const
      })
      if (builtTo === undefined) {
        if (portions > 0) await updateStatistics()
        return
      }
      if (builtTo !== 'busy' && portions++ === 0) await updateStatistics()
      await pause(portionPause, undefined, { signal, ref: false })
    }
  }

  const untilEarlierAreOver = async (next: string, signal: AbortSignal): Promise<void> => {
    for (;;) {
      const [row] = await reads.query<{ readonly over: boolean }>(areEarlierOver, [next])
      if (row?.over) return
      await pause(portionPause, undefined, { signal, ref: false })
    }
  }

  const buildAll = async (term: Term, signal: AbortSignal): Promise<void> => {
    const unfinished = await reads.query<UnfinishedRow>(unfinishedIndexes)
    for (const { next, ...index } of unfinished) {
      await untilEarlierAreOver(next, signal)
      await build(term, index, signal)
    }
  }

  return leader.lead((term, signal) =>
    atHints(subscribe, signal, async () => {
      try {
        await buildAll(term, signal)
      } catch (error) {
        if (signal.aborted) return
        onError(error)
        await pause(retryDelay, undefined, { signal, ref: false }).catch(() => {})
      }
    }),
  )
}
