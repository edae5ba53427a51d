import type { Check } from '../../check.ts'
import { groupChecks, memberChecks } from './groups.ts'
import { connectionChecks, importChecks, lookUpChecks } from './lists.ts'
import { createChecks, deactivateChecks, updateChecks } from './users.ts'

export const oktaChecks: readonly Check[] = [
  ...connectionChecks,
  ...lookUpChecks,
  ...createChecks,
  ...updateChecks,
  ...deactivateChecks,
  ...groupChecks,
  ...memberChecks,
  ...importChecks,
]
