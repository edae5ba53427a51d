import { TenantError } from './tenant-error.ts'

const year = 365 * 24 * 60 * 60 * 1000
const furthest = 100 * year

/**
 * Throws `TenantError` for an offset that would turn time back: what has expired stays expired, and history stays
 * in order. Only a reset, to 0, brings the machine's time back.
 */
export function checkClockOffset(current: number, wanted: number): void {
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > furthest) {
    throw new TenantError(
      'invalid',
      "A tenant's clock is 0 milliseconds to 100 years ahead of the machine's, never behind it.",
    )
  }
  if (wanted !== 0 && wanted < current) {
    throw new TenantError(
      'invalid',
      `A tenant's clock only moves forward: it is ${current} ms ahead of the machine's already, and ${wanted} ms would turn it back. A reset sets it to 0.`,
    )
  }
}
