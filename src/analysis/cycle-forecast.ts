import type { Cycle } from './cycle.ts'

/** Entra ID's own period (Microsoft: how provisioning works). Milliseconds. */
const usualPeriod = 40 * 60_000
/** A client that says nothing for so long is done, for all that can be told. */
const stillRunning = 2 * 60_000

/** When the next cycle is to be expected; overdue when it should have begun long ago. */
export type Forecast = { readonly expected: number; readonly overdue: boolean }

/** Whether the client may still be at it. Times are the machine's. */
export const isRunning = ({ last }: Cycle, now: number): boolean => now - last < stillRunning

/**
 * When a client's next cycle is to be expected, by its last ones, newest first. Undefined for a client that has never
 * done more than test the connection, for one that isn't Entra ID and comes when it wants, and for the console's sample.
 */
export function forecast(recent: readonly Cycle[], now: number): Forecast | undefined {
  const [newest] = recent
  if (!newest?.token || newest.dialect === 'other') return undefined
  if (recent.every(({ kind }) => kind !== 'cycle')) return undefined
  const period = periodOf(recent)
  const expected = newest.started + period
  return { expected, overdue: now > expected + period / 2 }
}

/** The middle one of the times between starts; two of them at least, for one alone says little. */
function periodOf(recent: readonly Cycle[]): number {
  const periods = recent
    .slice(1)
    .map(({ started }, at) => (recent[at]?.started ?? started) - started)
    .sort((one, other) => one - other)
  return periods.length < 2 ? usualPeriod : (periods[Math.floor(periods.length / 2)] ?? usualPeriod)
}
