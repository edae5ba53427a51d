import type { Check } from '../../check.ts'
import { discoveryChecks, probeChecks, probeRequestChecks, probeTokenChecks } from './connection.ts'
import { createDocumentedChecks, createForgivingChecks, createTwiceChecks } from './create.ts'
import { deleteGroupChecks, deleteUserChecks } from './delete.ts'
import { disabledChecks, disablingChecks } from './disable.ts'
import { groupsChangedChecks, groupsCreatedChecks, groupsLookedUpChecks } from './groups.ts'
import { loadChecks } from './load.ts'
import { lookUpAttributeChecks, lookUpSpellingChecks, lookUpUserChecks } from './look-up.ts'
import { managerChecks } from './manager.ts'
import {
  membersChangedChecks,
  membersInParallelChecks,
  membersLookedUpChecks,
  membersRepeatedChecks,
} from './members.ts'
import { microsoftPagingChecks, microsoftPatchChecks } from './microsoft-tests.ts'
import { roleChecks } from './roles.ts'
import { updateMappingChecks, updateSeveralChecks } from './update-mapped-values.ts'
import { updateElementChecks, updateIdentityChecks, updateRequestChecks } from './update-requests.ts'

export const entraChecks: readonly Check[] = [
  ...probeChecks,
  ...probeTokenChecks,
  ...probeRequestChecks,
  ...discoveryChecks,
  ...lookUpUserChecks,
  ...lookUpSpellingChecks,
  ...lookUpAttributeChecks,
  ...createDocumentedChecks,
  ...createForgivingChecks,
  ...createTwiceChecks,
  ...updateMappingChecks,
  ...updateSeveralChecks,
  ...updateIdentityChecks,
  ...updateRequestChecks,
  ...updateElementChecks,
  ...disablingChecks,
  ...disabledChecks,
  ...managerChecks,
  ...roleChecks,
  ...groupsCreatedChecks,
  ...groupsLookedUpChecks,
  ...groupsChangedChecks,
  ...membersChangedChecks,
  ...membersRepeatedChecks,
  ...membersInParallelChecks,
  ...membersLookedUpChecks,
  ...deleteUserChecks,
  ...deleteGroupChecks,
  ...microsoftPatchChecks,
  ...microsoftPagingChecks,
  ...loadChecks,
]
