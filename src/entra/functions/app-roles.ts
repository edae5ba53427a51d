import type { EntraFunction } from '../expression-tree.ts'
import { isRoles, type MappedRoles, type MappedValue } from '../mapped-value.ts'

const onRoles = (name: string, apply: (roles: MappedRoles) => MappedValue): EntraFunction => ({
  name,
  usage: `${name}([appRoleAssignments])`,
  fewest: 1,
  most: 1,
  wrong: ([roles]) =>
    roles?.kind === 'attribute' && roles.name.toLowerCase() === 'approleassignments'
      ? undefined
      : `${name} takes the attribute [appRoleAssignments], and nothing else.`,
  apply: ([roles]) => (isRoles(roles) ? apply(roles) : undefined),
})

export const roleFunctions = [
  onRoles('AppRoleAssignments', ({ roles }) => roles.map(({ value }) => value)),
  onRoles('AppRoleAssignmentsComplex', ({ roles }) => ({ kind: 'roles', roles })),
  onRoles('AssertiveAppRoleAssignmentsComplex', ({ roles }) => ({ kind: 'assertiveRoles', roles })),
  // Microsoft doesn't say which of several roles is taken; here it is the first.
  onRoles('SingleAppRoleAssignment', ({ roles }) => ({ kind: 'singleRole', roles: roles.slice(0, 1) })),
]
