import type { Check } from '../../check.ts'
import { groupChecks } from './groups.ts'
import { filterChecks, listChecks } from './lists.ts'
import { patchChecks } from './patch.ts'
import { discoveryChecks, errorChecks, serviceChecks } from './service.ts'
import { userRejectionChecks } from './user-rejections.ts'
import { userChecks } from './users.ts'

export const awsChecks: readonly Check[] = [
  ...groupChecks,
  ...filterChecks,
  ...listChecks,
  ...patchChecks,
  ...serviceChecks,
  ...errorChecks,
  ...discoveryChecks,
  ...userRejectionChecks,
  ...userChecks,
]
