import type { Check } from '../../check.ts'
import { checks as discovery } from './discovery.ts'
import { checks as errors } from './errors.ts'
import { checks as filters } from './filters.ts'
import { checks as groupsCreated } from './groups-created.ts'
import { checks as groupsPatched } from './groups-patched.ts'
import { checks as groupsPutAndDeleted } from './groups-put-and-deleted.ts'
import { checks as groupsShown } from './groups-shown.ts'
import { checks as lists } from './lists.ts'
import { checks as patch } from './patch.ts'
import { checks as service } from './service.ts'
import { checks as usersCreated } from './users-created.ts'
import { checks as usersKept } from './users-kept.ts'
import { checks as usersRefused } from './users-refused.ts'
import { checks as usersShown } from './users-shown.ts'

export const checks: readonly Check[] = [
  ...groupsCreated,
  ...groupsShown,
  ...groupsPatched,
  ...groupsPutAndDeleted,
  ...filters,
  ...lists,
  ...patch,
  ...service,
  ...errors,
  ...discovery,
  ...usersRefused,
  ...usersCreated,
  ...usersShown,
  ...usersKept,
]
