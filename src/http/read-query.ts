import { createHash } from 'node:crypto'
import type { Profile } from '../profiles/profile.ts'
import type { Slice } from '../provider/list.ts'
import { errors, shown } from '../scim/error.ts'

/** Query parameters; RFC 7644 has none that may stand twice. Unknown ones are kept for rules to see. */
export type Parameters = Readonly<Record<string, string>>

export function parametersOf(query: unknown): Parameters {
  return Object.fromEntries(
    Object.entries(query as Record<string, string | string[]>).map(([name, value]) => {
      if (Array.isArray(value))
        throw errors.invalidValue(`The query parameter "${shown(name)}" stands more than once.`)
      if (value.includes('\0'))
        throw errors.invalidValue(`The query parameter "${shown(name)}" holds a NUL character.`)
      return [name, value]
    }),
  )
}

export type PageRequest = {
  readonly slice: Slice
  /** Whether every match is to be counted. */
  readonly total: boolean
  readonly shape: 'index' | 'cursor'
}

/** Which page the client asks for (RFC 7644 §3.4.2.4; AWS's cursor walk, which begins with a bare `cursor`). */
export function readPage(parameters: Parameters, { paging }: Profile): PageRequest {
  const count = readCount(parameters.count, paging)
  if (paging.cursor && parameters.cursor !== undefined) {
    const key = readCursor(parameters.cursor, parameters.filter)
    return { slice: { by: 'after', key, count }, total: false, shape: 'cursor' }
  }
  const start = paging.index ? readInteger('startIndex', parameters.startIndex, 1) : 1
  const offset = Math.max(1, start) - 1
  return { slice: { by: 'index', offset, count }, total: paging.total === 'matches', shape: 'index' }
}

function readCount(text: string | undefined, paging: Profile['paging']): number {
  const isPassedOver = paging.unreadableCount === 'default' && text !== undefined && !wholeNumber.test(text)
  const count = readInteger('count', isPassedOver ? undefined : text, paging.defaultCount)
  return Math.min(Math.max(0, count), paging.maxCount)
}

const wholeNumber = /^[+-]?\d{1,15}$/

function readInteger(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  if (!wholeNumber.test(text)) {
    throw errors.invalidValue(`The query parameter "${name}" has to be a whole number, not "${shown(text)}".`)
  }
  return Number(text)
}

/** Bound to the filter: on AWS a filter that changes between pages is refused. */
const filterMark = (filter: string | undefined) =>
  createHash('sha256')
    .update(filter ?? '')
    .digest('base64url')
    .slice(0, 8)

export const cursorAfter = (key: number, filter: string | undefined): string =>
  Buffer.from(`${key}:${filterMark(filter)}`).toString('base64url')

function readCursor(cursor: string, filter: string | undefined): number {
  if (cursor === '') return 0
  const [key = '', mark] = Buffer.from(cursor, 'base64url').toString('utf8').split(':')
  if (!/^\d{1,15}$/.test(key)) throw errors.invalidValue('The cursor is not one that this server gave out.')
  if (mark !== filterMark(filter)) {
    throw errors.invalidValue(
      'The filter has changed since the cursor was given out. Start again with a bare cursor.',
    )
  }
  return Number(key)
}
