import { applyDifference, computeDifference } from '../persistence/text-difference.ts'
import type { Cause } from '../ports/resources.ts'
import type { Database } from './database.ts'

/**
 * A version's document as stored: complete, or as a difference from an earlier one. A deletion has neither, nor has a short
 * first version: its document is `previousDocument` of the next version, or that of the resource until there is one.
 */
type StoredDocument = {
  readonly document: string | null
  readonly difference: string | null
  readonly previousDocument: string | null
}

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
  const differenceOrWhole = (
    base: string,
    document: string,
    previousDocument: string | null,
  ): StoredDocument => {
    const difference = computeDifference(base, document)
    return difference.length < document.length / 2
      ? { document: null, difference, previousDocument }
      : { document, difference: null, previousDocument }
  }

  return ({ key, version, action, document, previous }: VersionRecord): StoredDocument => {
    if (action === 'created' && isShort(document)) return nothing
    // An earlier server stored the first document, too. Finding that out would cost more than storing it again.
    if (version === 2 && previous !== undefined && isShort(previous)) {
      return document === undefined
        ? { ...nothing, previousDocument: previous }
        : differenceOrWhole(previous, document, previous)
    }
    if (document === undefined) return nothing
    const whole = { ...nothing, document }
    if (isShort(document) || version % wholeVersionInterval === 0) return whole
    const before = lastWhole.get(key)
    return before === undefined ? whole : differenceOrWhole(before, document, null)
  }
}

const isShort = (document: string | undefined) =>
  document !== undefined && document.length < minLengthForDifference

const nothing: StoredDocument = { document: null, difference: null, previousDocument: null }

/**
 * Returns a function that creates the SQL expression for the document of a version, for statements of this
 * connection.
 */
export function documentSql(db: Database): (alias: string) => string {
  db.function('with_difference', { deterministic: true }, (before: unknown, difference: unknown) =>
    applyDifference(String(before), String(difference)),
  )
  return version => `
    case
      when ${version}.document is not null then ${version}.document
      when ${version}.difference is not null then with_difference(coalesce(${version}.previous_document, (
        select whole.document from versions whole
        where whole.resource_key = ${version}.resource_key and whole.moment < ${version}.moment
        and whole.document is not null order by whole.moment desc limit 1)), ${version}.difference)
      when ${version}.action = 'created' then coalesce((
        select next.previous_document from versions next
        where next.resource_key = ${version}.resource_key and next.moment > ${version}.moment
        order by next.moment limit 1), (
        select resource.document from resources resource where resource.key = ${version}.resource_key))
    end`
}

export type VersionRecord = {
  readonly key: number
  readonly version: number
  readonly action: 'created' | 'changed' | 'deleted' | 'purged'
  /** Absent for a deletion. */
  readonly document?: string
  /** The document of the version before; absent for the first version. */
  readonly previous?: string
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
    insert into versions (moment, resource_key, version, at, exchange, action, document, difference, previous_document)
    values (${nextMoment}, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const stored = createDocumentWriter(db)
  const insertEvent = db.prepare(`
    insert into membership_events (moment, event, at, exchange, group_key, member_id, member_key)
    values (${nextMoment}, ?, ?, ?, ?, ?, ?)`)
  const resolveEvents = db.prepare(`
    update membership_events set member_key = ?
    where group_key = ? and member_id = ? and member_key is null`)

  const version = (record: VersionRecord, { now, exchange }: Cause): void => {
    const { key, version, action } = record
    const { document, difference, previousDocument } = stored(record)
    insertVersion.run(key, version, now, exchange ?? null, action, document, difference, previousDocument)
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
