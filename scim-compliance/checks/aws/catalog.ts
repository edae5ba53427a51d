import type { Check } from '../../check.ts'
import {
  groupsCreatedChecks,
  groupsPatchedChecks,
  groupsPutAndDeletedChecks,
  groupsShownChecks,
} from './groups.ts'
import { filterChecks, listChecks } from './lists.ts'
import { patchChecks } from './patch.ts'
import { discoveryChecks, errorChecks, serviceChecks } from './service.ts'
import { usersRejectedChecks } from './user-rejections.ts'
import { usersCreatedChecks, usersKeptChecks, usersShownChecks } from './users.ts'

export const awsChecks: readonly Check[] = [
  ...groupsCreatedChecks,
  ...groupsShownChecks,
  ...groupsPatchedChecks,
  ...groupsPutAndDeletedChecks,
  ...filterChecks,
  ...listChecks,
  ...patchChecks,
  ...serviceChecks,
  ...errorChecks,
  ...discoveryChecks,
  ...usersRejectedChecks,
  ...usersCreatedChecks,
  ...usersShownChecks,
  ...usersKeptChecks,
]
