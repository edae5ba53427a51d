import type { Cause } from '../../../domain/ports/resources.ts'
import { computeDifference } from '../text-difference.ts'
import { causeColumns, type PlanChange, type PlanChanges, type PlanStep, readAll } from './plan.ts'

/** A version to add to the history of a resource. */
export type VersionRecord = {
  readonly key: number
  readonly version: number
  readonly action: PlanChanges['version']['action']
  /** Not before the version before: the state at a moment is that of the last version until then. */
  readonly at: number
  /** Absent for a deletion. */
  readonly document?: string
  /** The document of the version before; absent for the first version. */
  readonly previous?: string
}

/**
 * A version's document as stored: complete, or as a difference from an earlier one. A deletion has neither, nor has a short
 * first version: its document is `previousDocument` of the next version, or that of the resource until there is one.
 */
type StoredDocument = Pick<PlanChanges['version'], 'document' | 'difference' | 'previousDocument'>

/** Shorter documents, which are most, are stored in full, and cost nothing more to read. In UTF-16 code units. */
const minLengthForDifference = 4096

/** Every 64th version is stored in full, so the cost of reading doesn't grow with the history. */
const wholeVersionInterval = 64

/**
 * Adds versions to the history, one per resource. Storing each version of a large resource in full would let small changes
 * fill the disk.
 */
export function* recordVersions(
  tenant: number,
  records: readonly VersionRecord[],
  cause: Cause,
): PlanStep<readonly PlanChange[]> {
  const toChange = (record: VersionRecord, lastWhole?: string): PlanChange => ({
    change: 'version',
    row: {
      tenant,
      key: record.key,
      version: record.version,
      action: record.action,
      at: record.at,
      ...causeColumns(cause),
      ...storedDocument(record, lastWhole),
    },
  })
  const needing = records.filter(needsLastWhole)
  if (needing.length === 0) return records.map(record => toChange(record))
  const found = yield* readAll(
    'lastWhole',
    needing.map(({ key }) => [tenant, key]),
  )
  const lastWhole = new Map(needing.map(({ key }, at) => [key, found[at]]))
  return records.map(record => toChange(record, lastWhole.get(record.key)))
}

/** Whether the document may be stored as a difference from the newest one that is stored whole. */
const needsLastWhole = ({ version, action, document, previous }: VersionRecord): boolean =>
  document !== undefined &&
  action !== 'created' &&
  !isShort(document) &&
  version % wholeVersionInterval !== 0 &&
  !isSecond(version, previous)

/** Whether it is the second version after a short first one, whose document was not stored. */
const isSecond = (version: number, previous: string | undefined): previous is string =>
  // An earlier server stored the first document, too. Finding that out would cost more than storing it again.
  version === 2 && previous !== undefined && isShort(previous)

function storedDocument(
  { version, action, document, previous }: VersionRecord,
  lastWhole: string | undefined,
): StoredDocument {
  if (document !== undefined && action === 'created' && isShort(document)) return nothing
  if (isSecond(version, previous)) {
    return document === undefined
      ? { ...nothing, previousDocument: previous }
      : differenceOrWhole(previous, document, previous)
  }
  if (document === undefined) return nothing
  return lastWhole === undefined ? { ...nothing, document } : differenceOrWhole(lastWhole, document, null)
}

function differenceOrWhole(base: string, document: string, previousDocument: string | null): StoredDocument {
  const difference = computeDifference(base, document)
  return difference.length < document.length / 2
    ? { document: null, difference, previousDocument }
    : { document, difference: null, previousDocument }
}

const isShort = (document: string): boolean => document.length < minLengthForDifference

const nothing: StoredDocument = { document: null, difference: null, previousDocument: null }
