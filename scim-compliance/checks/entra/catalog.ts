import type { Check } from '../../check.ts'
import { connectionChecks } from './connection.ts'
import { createChecks } from './create.ts'
import { deleteChecks } from './delete.ts'
import { disableChecks } from './disable.ts'
import { groupChecks } from './groups.ts'
import { loadChecks } from './load.ts'
import { lookUpChecks } from './look-up.ts'
import { managerAndRoleChecks } from './manager-and-roles.ts'
import { memberChecks } from './members.ts'
import { microsoftChecks } from './microsoft-tests.ts'
import { updateMappedChecks } from './update-mapped-values.ts'
import { updateRequestChecks } from './update-requests.ts'

export const entraChecks: readonly Check[] = [
  ...connectionChecks,
  ...lookUpChecks,
  ...createChecks,
  ...updateMappedChecks,
  ...updateRequestChecks,
  ...disableChecks,
  ...managerAndRoleChecks,
  ...groupChecks,
  ...memberChecks,
  ...deleteChecks,
  ...microsoftChecks,
  ...loadChecks,
]
