import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { errors } from '../scim/error.ts'

/** Where a walk through a list stands (RFC 9865 §2). */
export type Cursor = {
  /** Of the query that the walk is through. */
  readonly hashes: QueryHashes
  /** The most resources to a page, the same on each. */
  readonly count: number
  /** Whether the page lies after the position or before it. */
  readonly direction: 'after' | 'before'
  /** A resource's key; with a `walk` a place in its order. */
  readonly position: number
  /** The walk whose order is kept, of what is sorted. */
  readonly walk?: number
  /** How many matched when the walk began; absent where that isn't told. */
  readonly total?: number
  /** The tenant's time at which it was given out, in milliseconds since 1970. */
  readonly issuedAt: number
}

/** Short hashes: they tell whether something has changed, inside of what nobody can forge. */
export type QueryHashes = { readonly endpoint: string; readonly filter: string; readonly sort: string }

export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 8)

/** Whose a cursor is: for anybody else it is worth as much as a random text (RFC 9865 §5.2). */
export type CursorOwner = { readonly tenant: number; readonly actor: string }

export type Cursors = {
  /** As lower-case hexadecimal digits, which RFC 3986 leaves as they are and AWS's pattern allows. */
  seal(cursor: Cursor, owner: CursorOwner): string
  /** Throws `invalidCursor` for what wasn't sealed for this holder since the server was started. */
  open(text: string, owner: CursorOwner): Cursor
  /** None that was sealed before can be opened any more. */
  rotateKey(): void
}

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16
const longest = 1000

/** Cursors are encrypted and authenticated under a key that lives as long as the process; nothing is stored. */
export function createCursors(firstKey: Buffer = randomBytes(32)): Cursors {
  let key = firstKey
  const boundTo = ({ tenant, actor }: CursorOwner) => Buffer.from(`${tenant} ${actor}`)
  return {
    seal: (cursor, owner) => {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagLength })
      cipher.setAAD(boundTo(owner))
      const sealed = [cipher.update(textOf(cursor)), cipher.final()]
      return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('hex')
    },
    open: (text, owner) => {
      if (!/^([0-9a-f]{2})+$/.test(text) || text.length > longest) throw unknownCursor()
      const bytes = Buffer.from(text, 'hex')
      if (bytes.length <= ivLength + tagLength) throw unknownCursor()
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivLength), {
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
    rotateKey: () => {
      key = randomBytes(32)
    },
  }
}

const unknownCursor = () =>
  errors.invalidCursor(
    'The cursor is not one that this server gave out to this token. Start again with an empty cursor.',
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
