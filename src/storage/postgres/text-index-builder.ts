import { setTimeout as pause } from 'node:timers/promises'
import type { Leader, Term } from '../../domain/ports/leader.ts'
import { atHints } from './cluster/hints.ts'
import { leaderGuard } from './cluster/leader.ts'
import type { Reads } from './connect.ts'
import { lockNotAvailable, sqlStateOf } from './connection.ts'
import type { SerialLane } from './serial-lane.ts'
import { prepared } from './statement.ts'
import { insertTextsSql, textAtSql } from './text-index-sql.ts'

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
