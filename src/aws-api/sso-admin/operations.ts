import type { AnyOperation } from '../operation.ts'
import { absentResourceOperations } from './absent-resources.ts'
import { assignmentOperations } from './assignments.ts'
import { getCallerIdentity } from './caller-identity.ts'
import type { SsoAdminDeps } from './context.ts'
import { instanceOperations } from './instances.ts'
import { permissionSetOperations } from './permission-sets.ts'
import { policyOperations } from './policies.ts'
import { requestOperations } from './requests.ts'
import { tagOperations } from './tags.ts'

export type { SsoAdminDeps } from './context.ts'

export const ssoAdminOperations = (deps: SsoAdminDeps): readonly AnyOperation[] => [
  ...instanceOperations(deps),
  ...absentResourceOperations,
  ...tagOperations(deps),
  ...permissionSetOperations(deps),
  ...policyOperations(deps),
  ...assignmentOperations(deps),
  ...requestOperations(deps),
  getCallerIdentity,
]
