import type { Check } from '../../../check.ts'
import { checks as brokenReferences } from './broken-references.ts'
import { checks as bulkErrors } from './bulk-errors.ts'
import { checks as references } from './references.ts'
import { checks as requests } from './requests.ts'
import { checks as results } from './results.ts'

export const checks: readonly Check[] = [
  ...requests,
  ...results,
  ...references,
  ...brokenReferences,
  ...bulkErrors,
]
