import { InvalidArgumentError } from 'commander'
import { readDuration } from '../duration.ts'
import { readTime } from '../time.ts'

/** A time, or how long ago: `2026-11-24`, `90m`. */
export function checkedSince(text: string): string {
  try {
    readDuration(text)
  } catch {
    try {
      readTime(text)
    } catch {
      throw new InvalidArgumentError(
        'Give a duration such as 90m, or a time with its zone: 2027-03-01, 2027-03-01T09:30:00Z.',
      )
    }
  }
  return text
}

/** As ISO 8601 in UTC. What is so long ago counts from now, or from the last entry where a fast clock has run ahead. */
export function sinceOf(
  text: string | undefined,
  last: () => string | undefined,
  now = Date.now(),
): string | undefined {
  if (text === undefined) return undefined
  if (/^\d{4}-/.test(text)) return readTime(text)
  const newest = Math.max(now, Date.parse(last() ?? '') || 0)
  return new Date(newest - readDuration(text)).toISOString()
}
