import type { ClockJump, JournalLimit, Retention } from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'

export type Amount = { readonly exchanges: number; readonly bytes: number }

export type Stored = Readonly<Record<Kind, Amount>>

export const kinds = ['authenticated', 'unauthenticated'] as const

/** `unauthenticated` are requests that anybody can send. */
export type Kind = (typeof kinds)[number]

export const kindOf = (unauthenticated: number | boolean | null): Kind =>
  unauthenticated ? 'unauthenticated' : 'authenticated'

export const eachKind = <Value>(toValue: (kind: Kind) => Value): Readonly<Record<Kind, Value>> => ({
  authenticated: toValue('authenticated'),
  unauthenticated: toValue('unauthenticated'),
})

/** An engine deletes what is beyond the limits each time it has added this much: in small steps, so that no request waits long. */
export const pruningInterval: Amount = { exchanges: 100, bytes: 1024 * 1024 }

/** The limit in bytes of journals that are created by this version: 1 GB. */
export const defaultKeepBytes = 1_000_000_000

const share = 0.1
/** At least this many of them are kept, unless the limit itself is lower: a client that is set up may fail for a while. */
const minShare = 100

/** Requests without valid credentials never push out others: their share adds to `count`, and is a part of `bytes`. */
export const limitsOf = ({ count, bytes = Number.POSITIVE_INFINITY }: Retention): Stored => ({
  authenticated: { exchanges: count, bytes: bytes * (1 - share) },
  unauthenticated: {
    exchanges: Math.max(Math.ceil(count * share), Math.min(count, minShare)),
    bytes: bytes * share,
  },
})

export const excessOver = (stored: Amount, limit: Amount): Amount => ({
  exchanges: Math.max(0, stored.exchanges - limit.exchanges),
  bytes: Math.max(0, stored.bytes - limit.bytes),
})

export const isExcess = ({ exchanges, bytes }: Amount): boolean => exchanges > 0 || bytes > 0

export const plus = (one: Amount, other: Amount): Amount => ({
  exchanges: one.exchanges + other.exchanges,
  bytes: one.bytes + other.bytes,
})

export const nothingStored: Stored = eachKind(() => ({ exchanges: 0, bytes: 0 }))

export const addStored = (stored: Stored, kind: Kind, amount: Amount): Stored => ({
  ...stored,
  [kind]: plus(stored[kind], amount),
})

export const toStored = (
  rows: readonly (Amount & { readonly unauthenticated: number | boolean })[],
): Stored => rows.reduce((stored, row) => addStored(stored, kindOf(row.unauthenticated), row), nothingStored)

export function rowsInExcess(rows: readonly { readonly bytes: number }[], excess: Amount): number {
  let bytes = 0
  const end = rows.findIndex((row, at) => {
    if (at >= excess.exchanges && bytes >= excess.bytes) return true
    bytes += row.bytes
    return false
  })
  return end < 0 ? rows.length : end
}

export function createLimitReports(retention: Retention) {
  const limits = limitsOf(retention)
  const reported = new Set<string>()
  return {
    next: (stored: Stored): readonly JournalLimit[] =>
      kinds.flatMap(kind => {
        const excess = excessOver(stored[kind], limits[kind])
        return (['exchanges', 'bytes'] as const).flatMap(unit => {
          const key = `${kind} ${unit}`
          if (excess[unit] === 0 || reported.has(key)) return []
          reported.add(key)
          return [{ kind, unit, stored: stored[kind][unit], limit: limits[kind][unit] }]
        })
      }),
  }
}

const rules = {
  'authenticated exchanges': '--keep-exchanges changes the limit',
  'authenticated bytes': 'The limit is nine tenths of --keep-bytes',
  'unauthenticated exchanges': `The limit is a tenth of --keep-exchanges, or ${minShare}`,
  'unauthenticated bytes': 'The limit is a tenth of --keep-bytes',
} as const

export function describeLimit({ kind, unit, stored, limit }: JournalLimit): string {
  const format = (amount: number) =>
    unit === 'exchanges' ? amount.toLocaleString('en-US') : formatBytes(amount)
  const credentials = kind === 'authenticated' ? 'with' : 'without'
  return `The journal has ${format(stored)}${unit === 'exchanges' ? '' : ' of'} requests ${credentials} valid credentials, and its limit is ${format(limit)}: from now on, the oldest are deleted. ${rules[`${kind} ${unit}`]}.`
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return `${Number((bytes / 1000 ** power).toFixed(1)).toLocaleString('en-US')} ${units[power]}`
}

export type PruningClock = {
  readonly trusted: number
  readonly aheadSince: number | null
}

const maxClockAdvance = 24 * 60 * 60 * 1000

/**
 * Decides whether exchanges may be deleted by the server's clock. A clock that is wrong once must not delete the whole journal, so
 * a clock that jumped ahead by more than a day is trusted a day later. Returns the clock to store, and the jump because of which
 * this time is not trusted.
 */
export function advancePruningClock(
  { trusted, aheadSince }: PruningClock,
  now: number,
): { readonly clock: PruningClock; readonly jump?: ClockJump } {
  const since = Math.min(aheadSince ?? now, now)
  const isTrusted = now - trusted <= maxClockAdvance || now - since >= maxClockAdvance
  return compact({
    clock: {
      trusted: isTrusted ? Math.max(trusted, now) : trusted,
      aheadSince: isTrusted ? null : since,
    },
    jump: isTrusted ? undefined : { now, trusted, until: since + maxClockAdvance },
  })
}

export const newPruningClock = (now: number, newest: number | undefined): PruningClock => ({
  trusted: Math.min(newest ?? now, now),
  aheadSince: null,
})
