import { entraChecks } from './entra-checks.ts'

export const createCheck = entraChecks({ area: 'create', section: 'Create', needs: ['write', 'users'] })
export const deleteCheck = entraChecks({ area: 'delete', section: 'Delete', needs: ['write', 'users'] })
export const disableCheck = entraChecks({
  area: 'disable',
  section: 'Disable',
  needs: ['write', 'users', 'patch'],
})
export const groupsCheck = entraChecks({ area: 'groups', section: 'Groups', needs: ['write', 'groups'] })
export const loadCheck = entraChecks({ area: 'load', section: 'Load', needs: ['users'] })
export const lookUpCheck = entraChecks({ area: 'look-up', section: 'Look-up', needs: ['write', 'users'] })
export const managerCheck = entraChecks({
  area: 'manager',
  section: 'Manager',
  needs: ['write', 'users', 'patch', 'enterprise'],
})
export const membersCheck = entraChecks({
  area: 'members',
  section: 'Members',
  needs: ['write', 'users', 'groups', 'patch'],
})
export const probeCheck = entraChecks({ area: 'probe', section: 'Connection', needs: ['users'] })
export const discoveryCheck = entraChecks({ area: 'discovery', section: 'Connection' })
export const rolesCheck = entraChecks({ area: 'roles', section: 'Roles', needs: ['write', 'users'] })
export const updateCheck = entraChecks({
  area: 'update',
  section: 'Update',
  needs: ['write', 'users', 'patch'],
})
export const testsCheck = entraChecks({
  area: 'tests',
  section: 'Microsoft’s tests',
  needs: ['write', 'users', 'patch'],
})

/** Jobs whose PATCH requests have the other dialect. */
export const flagged = 'your job has aadOptscim062020 in its Tenant URL'

/** Microsoft's own tests, which its provisioning never sends. */
export const gallery = 'Microsoft tests the server for its app gallery'

export const notLinked =
  'Users who exist aren’t found: Entra creates them again, and is answered 409 or makes a double.'

export const reported = (what: string) => `Its tests report that ${what}.`
