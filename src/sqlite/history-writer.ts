import { applyDifference, computeDifference } from '../persistence/text-difference.ts'
import type { Cause } from '../ports/resources.ts'
import type { Database } from './database.ts'

/** A version's document as stored: complete, as a difference from an earlier one, or neither after a deletion. */
type StoredDocument = { readonly document: string | null; readonly difference: string | null }

/** Shorter documents, which are most, are stored in full, and cost nothing more to read. In UTF-16 code units. */
const minLengthForDifference = 4096

/** Every 64th version is stored in full, so the cost of reading doesn't grow with the history. */
const wholeVersionInterval = 64

/**
 * Decides how documents of versions are stored. Storing each version of a large resource in full would let
 * small changes fill the disk.
 */
function createDocumentWriter(db: Database) {
  const lastWhole = db
    .prepare<[number], string>(`
      select document from versions where resource_key = ? and document is not null order by moment desc limit 1`)
    .pluck()

  return (key: number, version: number, document: string | undefined): StoredDocument => {
    if (document === undefined) return { document: null, difference: null }
    const full = { document, difference: null }
    if (document.length < minLengthForDifference || version % wholeVersionInterval === 0) return full
    const before = lastWhole.get(key)
    if (before === undefined) return full
    const difference = computeDifference(before, document)
    return difference.length < document.length / 2 ? { document: null, difference } : full
  }
}

/**
 * Returns a function that creates the SQL expression for the document of a version, for statements of this
 * connection.
 */
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

type MembershipRecord = {
  readonly event: 'added' | 'removed'
  readonly group: number
  readonly memberId: string
  /** Null if the id belongs to no resource. */
  readonly member: number | null
}

export type HistoryWriter = ReturnType<typeof createHistoryWriter>

/** One more than the highest moment of both tables. */
const nextMoment = `1 + max(
  coalesce((select max(moment) from versions), 0),
  coalesce((select max(moment) from membership_events), 0))`

/**
 * Records the history of resources. Versions and membership events share one sequence of moments, which
 * orders them.
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
    const { document: full, difference } = stored(key, version, document)
    insertVersion.run(key, version, now, exchange ?? null, action, full, difference)
  }

  const membership = (
    { event, group, memberId, member }: MembershipRecord,
    { now, exchange }: Cause,
  ): void => {
    insertEvent.run(event, now, exchange ?? null, group, memberId, member)
  }

  /** Sets the key of a member that events of a group named before it existed. */
  const resolve = (group: number, memberId: string, member: number): void => {
    resolveEvents.run(member, group, memberId)
  }

  return { version, membership, resolve }
}
