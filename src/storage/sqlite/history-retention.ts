import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Writer } from '../../domain/ports/database.ts'
import type { Directory } from '../../domain/ports/directory.ts'
import type { Connections } from './connections.ts'
import type { Database } from './database.ts'

/** Moments whose changes are deleted in one transaction: a few milliseconds. */
const momentsPerPortion = 500

/** Rows whose tenant has a start of its history, of the alias `x`. Without it, as in opened sessions, all is kept. */
const startOf = (key: string) => `(
  select since from history_starts where tenant = coalesce(
    (select tenant from resources where key = x.${key}), (select tenant from deleted_resources where key = x.${key})))`

type Portion = { readonly after: number; readonly until: number }
type Changed = { readonly key: number; readonly since: number }
type Member = {
  readonly group: number
  readonly key: number | null
  readonly id: string
  readonly since: number
}

/** Resources and members with earlier changes that may be deleted. */
function createSearch(db: Database) {
  const versions = db.prepare<[Portion], Changed>(`
    select distinct resource_key as key, since from (
      select x.resource_key, x.at, ${startOf('resource_key')} as since from versions x
      where x.moment > @after and x.moment <= @until and exists (
        select 1 from versions before
        where before.resource_key = x.resource_key and before.moment < x.moment and before.action <> 'created'))
    where at <= since`)
  const sameMember = `before.group_key = x.group_key and before.moment < x.moment and (
    before.member_key = x.member_key or (before.member_key is null and x.member_key is null and before.member_id = x.member_id))`
  const events = db.prepare<[Portion], Member>(`
    select distinct group_key as "group", member_key as key, case when member_key is null then member_id else '' end as id, since
    from (
      select x.group_key, x.member_key, x.member_id, x.at, ${startOf('group_key')} as since from membership_events x
      where x.moment > @after and x.moment <= @until and (
        x.event = 'removed' or exists (select 1 from membership_events before where ${sameMember})))
    where at <= since`)
  const lastMoment = db
    .prepare<[], number>(
      'select max(coalesce((select max(moment) from versions), 0), coalesce((select max(moment) from membership_events), 0))',
    )
    .pluck()
  return {
    lastMoment: () => lastMoment.get() ?? 0,
    find: (portion: Portion) => ({ versions: versions.all(portion), events: events.all(portion) }),
  }
}

function createPruning(db: Database) {
  /**
   * Deletes the versions before the last one until the start. That one remains, with the version that it is a difference to. So does the
   * creation, which names its author and its request.
   */
  const deleteVersions = db.prepare<[Changed]>(`
    delete from versions where resource_key = @key and action <> 'created' and moment < (
      select case when v.document is not null or v.difference is null or v.previous_document is not null then v.moment
        else coalesce((
          select whole.moment from versions whole
          where whole.resource_key = @key and whole.moment < v.moment and whole.document is not null
          order by whole.moment desc limit 1), 0) end
      from versions v where v.resource_key = @key and v.at <= @since order by v.moment desc limit 1)`)
  /** Deletes the events of a member until the start, but for a joining that is the last of them. */
  const deleteEventsOf = (ofMember: string) =>
    db.prepare<[Member]>(`
      delete from membership_events where group_key = @group and ${ofMember} and at <= @since and (
        event = 'removed' or moment < (
          select max(moment) from membership_events where group_key = @group and ${ofMember} and at <= @since))`)
  const deleteEvents = deleteEventsOf('member_key = @key')
  const deleteUnresolved = deleteEventsOf('member_key is null and member_id = @id')

  return ({ versions, events }: ReturnType<ReturnType<typeof createSearch>['find']>): void => {
    for (const one of versions) deleteVersions.run(one)
    for (const one of events) (one.key === null ? deleteUnresolved : deleteEvents).run(one)
  }
}

/** Portions are written with what requests write at the same time. */
export function createHistoryRetention(
  { writes, reads }: Pick<Connections, 'writes' | 'reads'>,
  writer: Pick<Writer, 'write'>,
): Pick<Directory, 'pruneHistory'> & {
  readonly historySince: (tenant: number) => number | undefined
} {
  const sinceOf = reads.prepare<[number], number>('select since from history_starts where tenant = ?').pluck()
  const lastStart = reads.prepare<[], number | null>('select max(since) from history_starts').pluck()
  const setStart = writes.prepare<[number, number]>(`
    insert into history_starts (tenant, since) values (?, ?)
    on conflict (tenant) do update set since = max(since, excluded.since)`)
  const search = createSearch(reads)
  const prune = createPruning(writes)
  /** The start until which history was deleted since this process started. */
  let pruned = Number.NEGATIVE_INFINITY

  return {
    historySince: tenant => sinceOf.get(tenant),
    async pruneHistory(tenants, before) {
      const start = lastStart.get() ?? undefined
      if (start !== undefined && start > pruned) {
        const end = search.lastMoment()
        for (let after = 0; after < end; after += momentsPerPortion) {
          const found = search.find({ after, until: after + momentsPerPortion })
          if (found.versions.length + found.events.length > 0) await writer.write(() => prune(found))
          if (sharedSlices.isOver()) await sharedSlices.next()
        }
        pruned = start
      }
      await writer.write(() => {
        for (const tenant of tenants) setStart.run(tenant, before)
      })
    },
  }
}
