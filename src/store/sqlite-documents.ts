import type { Database } from '../database/sqlite.ts'
import { differenceOf, withDifference } from './text-difference.ts'

/** A version's document as it is stored: whole, as a difference from an earlier one, or neither after a deletion. */
export type StoredDocument = { readonly document: string | null; readonly difference: string | null }

/** Shorter documents, which most are, are stored whole: reading them costs nothing more. In UTF-16 units. */
const shortestWithDifference = 4096

/** Every 64th version is stored whole, so that differences don't grow with the history. */
const wholeEvery = 64

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
    if (document.length < shortestWithDifference || version % wholeEvery === 0) return whole
    const before = lastWhole.get(key)
    if (before === undefined) return whole
    const difference = differenceOf(before, document)
    return difference.length < document.length / 2 ? { document: null, difference } : whole
  }
}

/** Returns what makes the SQL expression for the document of a version, for statements of this connection. */
export function documentOf(db: Database): (alias: string) => string {
  db.function('with_difference', { deterministic: true }, (before: unknown, difference: unknown) =>
    withDifference(String(before), String(difference)),
  )
  return version => `
    case when ${version}.difference is null then ${version}.document else with_difference((
      select whole.document from versions whole
      where whole.resource_key = ${version}.resource_key and whole.moment < ${version}.moment
      and whole.document is not null order by whole.moment desc limit 1), ${version}.difference) end`
}
