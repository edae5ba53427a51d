import type { AnyOperation } from '../operation.ts'
import type { IdentityStoreDeps } from './context.ts'
import { membershipOperations } from './group-memberships.ts'
import { groupOperations } from './groups.ts'
import { userOperations } from './users.ts'

export type { IdentityStoreDeps }

export const identityStoreOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  ...userOperations(deps),
  ...groupOperations(deps),
  ...membershipOperations(deps),
]
