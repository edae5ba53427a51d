import { InvalidArgumentError } from 'commander'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

/** As the console reads them: each unit at most once, the longest first. */
const pattern = /^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** `30s`, `1h30m`, `90d`: milliseconds. */
export function readDuration(text: string): number {
  const found = pattern.exec(text)
  if (!found) {
    throw new InvalidArgumentError(
      'Give weeks, days, hours, minutes and seconds with their letters: 30s, 1h30m, 90d.',
    )
  }
  return [week, day, hour, minute, second].reduce(
    (sum, unit, at) => sum + unit * Number(found[at + 1] ?? 0),
    0,
  )
}

/** A duration for the console, which reads the text itself. */
export function checkedDuration(text: string): string {
  readDuration(text)
  return text
}

const named = [
  ['day', day],
  ['hour', hour],
  ['minute', minute],
] as const

/** In its largest unit, to one decimal: 90 days, 1.5 hours. */
export function durationInWords(milliseconds: number): string {
  const [name, length] = named.find(([, long]) => milliseconds >= long) ?? (['second', second] as const)
  const amount = Math.round((milliseconds / length) * 10) / 10
  return `${amount} ${name}${amount === 1 ? '' : 's'}`
}
