const units = {
  w: 7 * 24 * 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  h: 60 * 60 * 1000,
  m: 60 * 1000,
  s: 1000,
} as const

/** `90d`, `1h30m`: weeks, days, hours, minutes and seconds, each at most once and in this order. */
export const durationPattern = /^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** Milliseconds; undefined for a text that is no duration. */
export function parseDuration(text: string): number | undefined {
  const found = durationPattern.exec(text)
  return found
    ? Object.values(units).reduce((sum, unit, at) => sum + Number(found[at + 1] ?? 0) * unit, 0)
    : undefined
}
