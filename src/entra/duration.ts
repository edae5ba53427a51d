const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

/** `90d`, `1h30m`: each unit at most once, the longest first. */
export const durationPattern = /^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** `30s`, `1h30m`, `90d`: milliseconds; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const found = durationPattern.exec(text)
  return found
    ? [week, day, hour, minute, second].reduce((sum, unit, at) => sum + unit * Number(found[at + 1] ?? 0), 0)
    : undefined
}

const named = [
  ['day', day],
  ['hour', hour],
  ['minute', minute],
] as const

/** In its largest unit, to one decimal: 90 days, 1.5 hours. */
export function formatDuration(milliseconds: number): string {
  const [name, length] = named.find(([, long]) => milliseconds >= long) ?? (['second', second] as const)
  const amount = Math.round((milliseconds / length) * 10) / 10
  return `${amount} ${name}${amount === 1 ? '' : 's'}`
}

const short = [
  ['d', day],
  ['h', hour],
  ['min', minute],
  ['s', second],
] as const

/** How far one clock is ahead of another, in its two largest units: +6 h 40 min, +366 d. Empty below a second. */
export function formatClockLead(milliseconds: number): string {
  if (Math.abs(milliseconds) < second) return ''
  let left = Math.round(Math.abs(milliseconds) / second) * second
  const largest = short.findIndex(([, long]) => left >= long)
  const parts = short.slice(largest, largest + 2).flatMap(([name, long]) => {
    const amount = Math.floor(left / long)
    left -= amount * long
    return amount === 0 ? [] : [`${amount} ${name}`]
  })
  return `${milliseconds < 0 ? '−' : '+'}${parts.join(' ')}`
}
