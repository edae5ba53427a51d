import type { Check } from '../../check.ts'
import { groupChecks } from './groups.ts'
import { connectionChecks, importChecks } from './lists.ts'
import { userChecks } from './users.ts'

export const oktaChecks: readonly Check[] = [
  ...connectionChecks,
  ...userChecks,
  ...groupChecks,
  ...importChecks,
]
