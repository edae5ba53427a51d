import type { Page } from '../../domain/ports/directory.ts'
import { errors } from '../../scim/error.ts'

/** Parses the cursor of a list in descending order of a number: the page has only numbers below it. */
export function parsePosition(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const position = Number(cursor)
  if (Number.isSafeInteger(position)) return position
  throw errors.invalidValue('The cursor was not issued by this list.')
}

export function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => number | string,
): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined ? { items, next: String(positionOf(last)) } : { items }
}
