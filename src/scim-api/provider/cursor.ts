import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { errors } from '../../scim/error.ts'

/** The state of a walk through a list (RFC 9865 §2). */
export type Cursor = {
  readonly hashes: QueryHashes
  readonly count: number
  readonly direction: 'after' | 'before'
  /** A resource's key; with `walk`, a place in its order. */
  readonly position: number
  readonly walk?: number
  /** The number of matches when the walk began; absent if the profile does not return it. */
  readonly total?: number
  /** When the cursor was issued, in the tenant's time in milliseconds since 1970. */
  readonly issuedAt: number
}

/** Short hashes that detect changes of the query. Encryption protects them from forgery. */
export type QueryHashes = { readonly endpoint: string; readonly filter: string; readonly sort: string }

export const shortHash = (text: string): string => shorten(hash('sha256', text, 'base64url'))

export const shorten = (digest: string): string => digest.slice(0, 8)

/** The owner of a cursor. For other clients the cursor is invalid (RFC 9865 §5.2). */
export type CursorOwner = { readonly tenant: number; readonly actor: string }

export type Cursors = {
  /** Returns lower-case hexadecimal digits, which need no encoding in URLs (RFC 3986) and match AWS's pattern. */
  seal(cursor: Cursor, owner: CursorOwner): string
  /** Throws `invalidCursor` unless the cursor was sealed with the present key for this owner. */
  open(text: string, owner: CursorOwner): Cursor
}

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16
const longest = 1000

/** Cursors are encrypted and authenticated, so they need not be stored. `key` returns the present key, of 32 bytes. */
export function createCursors(key: () => Buffer): Cursors {
  const boundTo = ({ tenant, actor }: CursorOwner) => Buffer.from(`${tenant} ${actor}`)
  return {
    seal: (cursor, owner) => {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, key(), iv, { authTagLength: tagLength })
      cipher.setAAD(boundTo(owner))
      const sealed = [cipher.update(textOf(cursor)), cipher.final()]
      return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('hex')
    },
    open: (text, owner) => {
      if (!/^([0-9a-f]{2})+$/.test(text) || text.length > longest) throw unknownCursor()
      const bytes = Buffer.from(text, 'hex')
      if (bytes.length <= ivLength + tagLength) throw unknownCursor()
      const decipher = createDecipheriv(algorithm, key(), bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
      decipher.setAAD(boundTo(owner))
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        const opened = [decipher.update(bytes.subarray(ivLength, -tagLength)), decipher.final()]
        return cursorIn(Buffer.concat(opened).toString())
      } catch {
        throw unknownCursor()
      }
    },
  }
}

const unknownCursor = () =>
  errors.invalidCursor(
    'The cursor was not issued by this server for this token. Start again with an empty cursor.',
  )

const textOf = ({ hashes, count, direction, position, walk, total, issuedAt }: Cursor) =>
  JSON.stringify([
    ...[hashes.endpoint, hashes.filter, hashes.sort],
    ...[count, Number(direction === 'before'), position, walk ?? null, total ?? null, issuedAt],
  ])

function cursorIn(text: string): Cursor {
  const [endpoint, filter, sort, count, isBefore, position, walk, total, issuedAt] = JSON.parse(text)
  return {
    hashes: { endpoint, filter, sort },
    count,
    direction: isBefore ? 'before' : 'after',
    position,
    ...(walk !== null && { walk }),
    ...(total !== null && { total }),
    issuedAt,
  }
}
