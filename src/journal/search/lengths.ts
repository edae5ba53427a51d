const units = {
  w: 7 * 24 * 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  h: 60 * 60 * 1000,
  m: 60 * 1000,
  s: 1000,
  ms: 1,
} as const

const part = String.raw`\d{1,15}(?:\.\d{1,3})?(?:ms|[wdhms])`
const whole = new RegExp(`^(?:${part})+$`)
const parts = /(\d+(?:\.\d+)?)(ms|[wdhms])/g

/**
 * `15m`, `1h30m`, `1.5s`, `100ms`: milliseconds; undefined for anything else. Answers are measured in less than
 * seconds, so it reads more than the durations of settings and commands (`entra/duration.ts`).
 */
export function readLength(text: string): number | undefined {
  if (!whole.test(text)) return undefined
  return [...text.matchAll(parts)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * units[unit as keyof typeof units],
    0,
  )
}
