import { noRules } from '../base.ts'

/** A lenient server refuses only what the core refuses. */
export const entraRules = noRules
