import { CursorError } from '../../domain/ports/journal.ts'
import { firstSessionId } from '../../domain/tenants/opened-session.ts'
import { canStore } from './dialect.ts'

export const toCursor = (id: string): string => Buffer.from(`<${id}`).toString('base64url')

/** Without a cursor, returns an id after all others. Throws `CursorError`. */
export function parseCursor(cursor: string | undefined): string {
  if (cursor === undefined) return afterAll
  const text = Buffer.from(cursor, 'base64url').toString()
  const id = text.slice(1)
  if (!text.startsWith('<') || !canStore(id) || toCursor(id) !== cursor) throw new CursorError()
  return id
}

export const afterAll = '\u{10ffff}'

/** A condition on ids of exchanges and cycles: not those of opened sessions. */
export const isOfServer = (id: string): string => `${id} < '${firstSessionId}'`
