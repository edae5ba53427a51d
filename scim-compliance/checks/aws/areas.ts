import { awsChecks } from './aws-checks.ts'

export const groupsCheck = awsChecks({ area: 'groups', section: 'Groups', needs: ['write', 'groups'] })
export const filtersCheck = awsChecks({
  area: 'filters',
  section: 'Lists and filters',
  needs: ['write', 'users', 'groups', 'patch'],
})
export const listsCheck = awsChecks({ area: 'lists', section: 'Lists and filters', needs: ['users'] })
export const patchCheck = awsChecks({
  area: 'patch',
  section: 'PATCH of users',
  needs: ['write', 'users', 'patch'],
})
export const serviceCheck = awsChecks({ area: 'service', section: 'Service' })
export const errorsCheck = awsChecks({ area: 'errors', section: 'Service', needs: ['write', 'users'] })
export const discoveryCheck = awsChecks({ area: 'discovery', section: 'Service' })
export const usersCheck = awsChecks({ area: 'users', section: 'Users', needs: ['write', 'users'] })

export const testedAgainstAws = 'Clients of AWS are tested against its answers, and read them as they are.'
