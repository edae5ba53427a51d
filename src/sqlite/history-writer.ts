import { applyDifference, computeDifference } from '../persistence/text-difference.ts'
import type { Cause } from '../ports/resources.ts'
import type { Database } from './database.ts'

/** A version's document as it is stored: whole, as a difference from an earlier one, or neither after a deletion. */
export type StoredDocument = { readonly document: string | null; readonly difference: string | null }

/** Shorter documents, which most are, are stored whole: reading them costs nothing more. In UTF-16 units. */
const minLengthForDifference = 4096

/** Every 64th version is stored whole, so that differences don't grow with the history. */
const wholeVersionInterval = 64

/**
 * Decides how the documents of versions are stored. Small changes of a large resource would fill the disk if each of
 * them stored it whole.
 */
export function createDocumentWriter(db: Database) {
  const lastWhole = db
    .prepare<[number], string>(`
      select document from versions where resource_key = ? and document is not null order by moment desc limit 1`)
    .pluck()

  return (key: number, version: number, document: string | undefined): StoredDocument => {
    if (document === undefined) return { document: null, difference: null }
    const whole = { document, difference: null }
    if (document.length < minLengthForDifference || version % wholeVersionInterval === 0) return whole
    const before = lastWhole.get(key)
    if (before === undefined) return whole
    const difference = computeDifference(before, document)
    return difference.length < document.length / 2 ? { document: null, difference } : whole
  }
}

/** Returns what makes the SQL expression for the document of a version, for statements of this connection. */
export function documentSql(db: Database): (alias: string) => string {
  db.function('with_difference', { deterministic: true }, (before: unknown, difference: unknown) =>
    applyDifference(String(before), String(difference)),
  )
  return version => `
    case when ${version}.difference is null then ${version}.document else with_difference((
      select whole.document from versions whole
      where whole.resource_key = ${version}.resource_key and whole.moment < ${version}.moment
      and whole.document is not null order by whole.moment desc limit 1), ${version}.difference) end`
}

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

export type HistoryWriter = ReturnType<typeof createHistoryWriter>

/** One more than the last of both tables. */
const nextMoment = `1 + max(
  coalesce((select max(moment) from versions), 0),
  coalesce((select max(moment) from membership_events), 0))`

/**
 * Writes down what happens to resources. Versions and membership events share one count of moments, by which
 * they can be told in order.
 */
export function createHistoryWriter(db: Database) {
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
