const minute = 60_000
const units: Readonly<Record<string, number>> = { m: minute, h: 60 * minute, d: 24 * 60 * minute }

/** `40m`, `6h`, `30d`, `1d12h`: milliseconds; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  if (!/^(\d+[dhm])+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+)([dhm])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  )
}

const named = [
  ['day', 24 * 60 * minute],
  ['hour', 60 * minute],
  ['minute', minute],
] as const

/** `30 days`, `40 minutes`, `1.5 days`. */
export function durationInWords(milliseconds: number): string {
  const [name, length] = named.find(([, long]) => milliseconds >= long) ?? (['minute', minute] as const)
  const amount = Math.round((milliseconds / length) * 10) / 10
  return `${amount} ${name}${amount === 1 ? '' : 's'}`
}
