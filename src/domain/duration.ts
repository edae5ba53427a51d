const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
const week = 7 * day

const durationPattern = /^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** Milliseconds of `30s`, `1h30m`, `90d`; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const found = durationPattern.exec(text)
  return found
    ? [week, day, hour, minute, second].reduce((sum, unit, at) => sum + unit * Number(found[at + 1] ?? 0), 0)
    : undefined
}

const longUnits = [
  ['day', day],
  ['hour', hour],
  ['minute', minute],
] as const

export function formatDuration(milliseconds: number): string {
  const [name, length] = longUnits.find(([, unit]) => milliseconds >= unit) ?? (['second', second] as const)
  const amount = Math.round((milliseconds / length) * 10) / 10
  return `${amount} ${name}${amount === 1 ? '' : 's'}`
}

/** "40 s", "34 min", "3 h 20 min", "6 days". */
export function formatSpan(milliseconds: number): string {
  const length = Math.max(0, milliseconds)
  if (length >= 2 * day) return `${Math.round(length / day)} days`
  if (length >= hour) return formatClockLead(Math.round(length / minute) * minute).slice(1)
  return length >= minute
    ? `${Math.round(length / minute)} min`
    : `${Math.max(1, Math.round(length / 1000))} s`
}

const shortUnits = [
  ['d', day],
  ['h', hour],
  ['min', minute],
  ['s', second],
] as const

/** How far one clock is ahead of another, in the two largest units: +6 h 40 min, +366 d. Empty below a second. */
export function formatClockLead(milliseconds: number): string {
  if (Math.abs(milliseconds) < second) return ''
  let left = Math.round(Math.abs(milliseconds) / second) * second
  const largest = shortUnits.findIndex(([, unit]) => left >= unit)
  const parts = shortUnits.slice(largest, largest + 2).flatMap(([name, unit]) => {
    const amount = Math.floor(left / unit)
    left -= amount * unit
    return amount === 0 ? [] : [`${amount} ${name}`]
  })
  return `${milliseconds < 0 ? '−' : '+'}${parts.join(' ')}`
}
