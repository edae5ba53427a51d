import type { Database } from '../database/sqlite.ts'
import type { Cause } from './resource-store.ts'
import { createDocumentWriter } from './sqlite-documents.ts'

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

/** One more than the last of both tables. */
const nextMoment = `1 + max(
  coalesce((select max(moment) from versions), 0),
  coalesce((select max(moment) from membership_events), 0))`

/**
 * Writes down what happens to resources. Versions and membership events share one count of moments, by which
 * they can be told in order.
 */
export function createHistory(db: Database) {
  const insertVersion = db.prepare(`
    insert into versions (moment, resource_key, version, at, exchange, action, document, difference)
    values (${nextMoment}, ?, ?, ?, ?, ?, ?, ?)`)
  const stored = createDocumentWriter(db)
  const insertEvent = db.prepare(`
    insert into membership_events (moment, event, at, exchange, group_key, member_id, member_key)
    values (${nextMoment}, ?, ?, ?, ?, ?, ?)`)
  const resolveEvents = db.prepare(`
    update membership_events set member_key = ?
    where group_key = ? and member_id = ? and member_key is null`)

  const version = ({ key, version, action, document }: VersionRecord, { now, exchange }: Cause): void => {
    const { document: whole, difference } = stored(key, version, document)
    insertVersion.run(key, version, now, exchange ?? null, action, whole, difference)
  }

  const membership = (
    { event, group, memberId, member }: MembershipRecord,
    { now, exchange }: Cause,
  ): void => {
    insertEvent.run(event, now, exchange ?? null, group, memberId, member)
  }

  /** Whose id a group's events name is known now. */
  const resolve = (group: number, memberId: string, member: number): void => {
    resolveEvents.run(member, group, memberId)
  }

  return { version, membership, resolve }
}
