import type { Check } from '../../check.ts'
import { checks as createDocumented } from './create-documented.ts'
import { checks as createForgiving } from './create-forgiving.ts'
import { checks as createTwice } from './create-twice.ts'
import { checks as deleteGroups } from './delete-groups.ts'
import { checks as deleteUsers } from './delete-users.ts'
import { checks as disabled } from './disabled.ts'
import { checks as disabling } from './disabling.ts'
import { checks as discovery } from './discovery.ts'
import { checks as groupsChanged } from './groups-changed.ts'
import { checks as groupsCreated } from './groups-created.ts'
import { checks as groupsLookedUp } from './groups-looked-up.ts'
import { checks as load } from './load.ts'
import { checks as lookUpAttributes } from './look-up-attributes.ts'
import { checks as lookUpSpelling } from './look-up-spelling.ts'
import { checks as lookUpUsers } from './look-up-users.ts'
import { checks as manager } from './manager.ts'
import { checks as membersChanged } from './members-changed.ts'
import { checks as membersInParallel } from './members-in-parallel.ts'
import { checks as membersLookedUp } from './members-looked-up.ts'
import { checks as membersRepeated } from './members-repeated.ts'
import { checks as probe } from './probe.ts'
import { checks as probeRequests } from './probe-requests.ts'
import { checks as probeTokens } from './probe-tokens.ts'
import { checks as roles } from './roles.ts'
import { checks as testsOfPages } from './tests-of-pages.ts'
import { checks as testsOfPatches } from './tests-of-patches.ts'
import { checks as updateElements } from './update-elements.ts'
import { checks as updateIdentity } from './update-identity.ts'
import { checks as updateMapping } from './update-mapping.ts'
import { checks as updateRequests } from './update-requests.ts'
import { checks as updateSeveral } from './update-several.ts'

export const checks: readonly Check[] = [
  ...probe,
  ...probeTokens,
  ...probeRequests,
  ...discovery,
  ...lookUpUsers,
  ...lookUpSpelling,
  ...lookUpAttributes,
  ...createDocumented,
  ...createForgiving,
  ...createTwice,
  ...updateMapping,
  ...updateSeveral,
  ...updateIdentity,
  ...updateRequests,
  ...updateElements,
  ...disabling,
  ...disabled,
  ...manager,
  ...roles,
  ...groupsCreated,
  ...groupsLookedUp,
  ...groupsChanged,
  ...membersChanged,
  ...membersRepeated,
  ...membersInParallel,
  ...membersLookedUp,
  ...deleteUsers,
  ...deleteGroups,
  ...testsOfPatches,
  ...testsOfPages,
  ...load,
]
