import type { Page } from '../ports/directory.ts'
import { errors } from '../scim/error.ts'

/** Of lists that run from the newest to the oldest, by a number: where a cursor says to go on below. */
export function parsePosition(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const position = Number(cursor)
  if (Number.isSafeInteger(position)) return position
  throw errors.invalidValue('The cursor is not one that this list has given.')
}

/** The page in rows among which may be one more, which tells that it isn't the last. */
export function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => number,
): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined ? { items, next: String(positionOf(last)) } : { items }
}
