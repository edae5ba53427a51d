import type { Directory } from '../../domain/ports/directory.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

const sinceOf = prepared('select since from history_starts where tenant = $1')
const allStarts = prepared('select tenant, since from history_starts where tenant = any($1::bigint[])')
const setStarts = prepared(`
  insert into history_starts as known (tenant, since) select tenant, $2 from unnest($1::bigint[]) tenant
  on conflict (tenant) do update set since = greatest(known.since, excluded.since)`)

/** Changes whose earlier ones one statement deletes: some 20 ms. */
const changesPerPortion = 1000

const portionEnd = (table: string) =>
  prepared(`
    select max(at) as at from (
      select at from ${table} where tenant = $1 and at > $2 and at <= $3 order by at limit ${changesPerPortion}) portion`)

/**
 * Deletes the versions of each resource that changed in a period before the last one in it. That one remains, with the version that it
 * is a difference to. So does the creation, which names its author and its request.
 */
const deleteVersions = prepared(`
  with kept as (
    select changed.key, last.moment
    from (select distinct resource_key as key from versions where tenant = $1 and at > $2 and at <= $3) changed
      cross join lateral (
        select case when v.document is not null or v.difference is null or v.previous_document is not null then v.moment
          else coalesce((
            select whole.moment from versions whole
            where whole.tenant = $1 and whole.resource_key = changed.key and whole.moment < v.moment
              and whole.document is not null order by whole.moment desc limit 1), 0) end as moment
        from versions v
        where v.tenant = $1 and v.resource_key = changed.key and v.at <= $3 order by v.moment desc limit 1) last)
  delete from versions v using kept
  where v.tenant = $1 and v.resource_key = kept.key and v.moment < kept.moment and v.action <> 'created'`)

/** Deletes the events of each member that joined or left in a period until its end, but for a joining that is the last of them. */
const deleteEvents = (isOne: string, isSame: string) =>
  prepared(`
    with changed as (
      select distinct group_key, member_key, member_id from membership_events e
      where tenant = $1 and at > $2 and at <= $3 and ${isOne})
    delete from membership_events e using changed c
    where e.tenant = $1 and e.group_key = c.group_key and e.at <= $3 and ${isOne} and ${isSame.replaceAll('other', 'c')}
      and (e.event = 'removed' or exists (
        select 1 from membership_events later
        where later.tenant = $1 and later.group_key = e.group_key and later.moment > e.moment and later.at <= $3
          and ${isSame.replaceAll('other', 'later')}))`)

const parts = [
  { end: portionEnd('versions'), deletes: [deleteVersions] },
  {
    end: portionEnd('membership_events'),
    deletes: [
      deleteEvents('e.member_key is not null', 'other.member_key = e.member_key'),
      deleteEvents('e.member_key is null', 'other.member_key is null and other.member_id = e.member_id'),
    ],
  },
] as const

/** Each statement is a transaction, and locks no rows that requests change. */
export function createHistoryRetention({
  query,
}: Pick<Reads, 'query'>): Pick<Directory, 'historySince' | 'pruneHistory'> {
  /** Until when the history of each tenant was deleted since this instance started. */
  const pruned = new Map<number, number>()

  const pruneTenant = async (tenant: number, since: number): Promise<void> => {
    const from = pruned.get(tenant) ?? Number.MIN_SAFE_INTEGER
    if (from >= since) return
    for (const { end, deletes } of parts) {
      for (let after = from; ; ) {
        const [portion] = await query<{ readonly at: number | null }>(end, [tenant, after, since])
        if (!portion || portion.at === null) break
        for (const statement of deletes) await query(statement, [tenant, after, portion.at])
        after = portion.at
      }
    }
    pruned.set(tenant, since)
  }

  return {
    async historySince(tenant) {
      const [row] = await query<{ readonly since: number }>(sinceOf, [tenant])
      return row?.since
    },
    async pruneHistory(tenants, before) {
      const starts = await query<{ readonly tenant: number; readonly since: number }>(allStarts, [tenants])
      for (const { tenant, since } of starts) await pruneTenant(tenant, since)
      await query(setStarts, [tenants, before])
    },
  }
}
