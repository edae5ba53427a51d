import type { Check } from '../../check.ts'
import { connectionChecks } from './connection.ts'
import { createChecks } from './create.ts'
import { deactivateChecks } from './deactivate.ts'
import { groupChecks } from './groups.ts'
import { importChecks } from './import.ts'
import { lookUpChecks } from './look-up.ts'
import { memberChecks } from './members.ts'
import { updateChecks } from './update.ts'

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
