import type { Check } from '../../check.ts'
import { groupChecks } from './groups.ts'
import { listChecks } from './lists.ts'
import { patchChecks } from './patch.ts'
import { serviceChecks } from './service.ts'
import { userChecks } from './users.ts'

export const awsChecks: readonly Check[] = [
  ...groupChecks,
  ...listChecks,
  ...patchChecks,
  ...serviceChecks,
  ...userChecks,
]
