import { noRules } from '../base.ts'

export const entraRules = noRules
