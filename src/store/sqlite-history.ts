import type { Database } from '../database/sqlite.ts'
import type { Cause } from './resource-store.ts'

export type VersionRecord = {
  readonly key: number
  readonly version: number
  readonly action: 'created' | 'changed' | 'deleted' | 'purged'
  /** Absent for a deletion. */
  readonly document?: string
}

export type MembershipRecord = {
  readonly event: 'added' | 'removed'
  readonly group: number
  readonly memberId: string
  /** Null when the id names nobody. */
  readonly member: number | null
}

export type History = ReturnType<typeof createHistory>

/**
 * Writes down what happens to resources. Versions and membership events share one count of moments, by which
 * they can be told in order; this process is the only one that writes (`openSqlite`), so it counts in memory.
 */
export function createHistory(db: Database) {
  const lastMoment = db
    .prepare<[], number>(`
      select max(coalesce((select max(moment) from versions), 0),
        coalesce((select max(moment) from membership_events), 0))`)
    .pluck()
  const insertVersion = db.prepare(`
    insert into versions (moment, resource_key, version, at, exchange, action, document)
    values (?, ?, ?, ?, ?, ?, ?)`)
  const insertEvent = db.prepare(`
    insert into membership_events (moment, event, at, exchange, group_key, member_id, member_key)
    values (?, ?, ?, ?, ?, ?, ?)`)
  let moment = lastMoment.get() ?? 0

  const version = ({ key, version, action, document }: VersionRecord, { now, exchange }: Cause): void => {
    insertVersion.run(++moment, key, version, now, exchange ?? null, action, document ?? null)
  }

  const membership = (
    { event, group, memberId, member }: MembershipRecord,
    { now, exchange }: Cause,
  ): void => {
    insertEvent.run(++moment, event, now, exchange ?? null, group, memberId, member)
  }

  return { version, membership }
}
