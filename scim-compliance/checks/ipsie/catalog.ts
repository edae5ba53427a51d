import type { Check } from '../../check.ts'
import { authorizationChecks } from './authorization.ts'
import { deprovisioningChecks } from './deprovisioning.ts'
import { groupsChecks } from './groups.ts'
import { loadChecks } from './load.ts'
import { serviceChecks } from './service.ts'
import { usersChecks } from './users.ts'

export const ipsieChecks: readonly Check[] = [
  ...authorizationChecks,
  ...serviceChecks,
  ...loadChecks,
  ...deprovisioningChecks,
  ...usersChecks,
  ...groupsChecks,
]
