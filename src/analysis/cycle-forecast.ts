import type { Cycle } from './cycle.ts'

/** Entra ID's own period (Microsoft: how provisioning works). Milliseconds. */
const usualPeriod = 40 * 60_000
/** A client that says nothing for so long is done, for all that can be told. */
const stillRunning = 2 * 60_000

/** A moment by the machine's clock and by the tenant's, in milliseconds since 1970. */
export type Moment = { readonly machine: number; readonly tenant: number }

/** When the next cycle is expected; overdue when it should have begun long ago by the tenant's clock. */
export type Forecast = { readonly expected: Moment; readonly overdue: boolean }

/** How a cycle stands: whether it goes on, and when the next one is expected, of which only the newest tells. */
export type CycleState = { readonly running: boolean; readonly next?: Forecast }

/** How a cycle stands now, given the last ones of its client, newest first. The next one ends it. */
export function stateOf(cycle: Cycle, recent: readonly Cycle[], now: Moment): CycleState {
  if (recent[0]?.id !== cycle.id) return { running: false }
  const next = forecast(recent, now)
  return { running: isRunning(cycle, now), ...(next && { next }) }
}

/** Whether the newest cycle of a client may still go on. */
export const isRunning = ({ last, tenantLast }: Cycle, now: Moment): boolean =>
  now.machine - last < stillRunning && now.tenant - tenantLast < stillRunning

/**
 * When a client's next cycle is expected, by its last ones, newest first; periods are those of the tenant's clock.
 * Undefined for a client that has never done more than test the connection, and for all that aren't Entra ID: they come
 * when they want.
 */
export function forecast(recent: readonly Cycle[], now: Moment): Forecast | undefined {
  const [newest] = recent
  if (newest?.client !== 'entra') return undefined
  if (recent.every(({ kind }) => kind !== 'cycle')) return undefined
  const period = periodOf(recent)
  const tenant = newest.tenantStarted + period
  return {
    expected: { tenant, machine: tenant - (now.tenant - now.machine) },
    overdue: now.tenant > tenant + period / 2,
  }
}

/** The median of the times between starts; two of them at least, for one alone says little. */
function periodOf(recent: readonly Cycle[]): number {
  const periods = recent
    .slice(1)
    .map(({ tenantStarted }, at) => (recent[at]?.tenantStarted ?? tenantStarted) - tenantStarted)
    .sort((one, other) => one - other)
  return periods.length < 2 ? usualPeriod : (periods[Math.floor(periods.length / 2)] ?? usualPeriod)
}
