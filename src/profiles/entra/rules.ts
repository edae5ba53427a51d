import { noRules } from '../base.ts'

/** A lenient server rejects only what the core rejects. */
export const entraRules = noRules
