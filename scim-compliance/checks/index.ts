import type { Check } from '../check.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = []
