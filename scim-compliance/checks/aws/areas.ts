import type { ScimResponse } from '../../check.ts'
import { expectEqual, expectError, jsonObject } from '../../expect.ts'
import { defineClientArea } from '../steps/client-areas.ts'

const defineAwsArea = defineClientArea({
  suite: 'aws',
  rejected: { effect: 'escrow', sentence: '{answer}.' },
  accepted: 'The server reports success.',
})

export const tooLenient =
  'AWS rejects what this server accepts: a client tested against this server fails in production.'

export function expectRejected(response: ScimResponse, detail?: string | RegExp): void {
  expectError(response, 400)
  if (detail === undefined) return
  const { detail: got = null } = jsonObject(response)
  if (typeof detail === 'string') expectEqual(got, detail, 'detail', response)
  else if (!detail.test(String(got))) expectEqual(got, String(detail), 'a detail like', response)
}

const developerGuide = 'https://docs.aws.amazon.com/singlesignon/latest/developerguide'
const userGuide = 'https://docs.aws.amazon.com/singlesignon/latest/userguide'

export const sources = {
  requests: `${developerGuide}/making-api-requests.html`,
  limitations: `${developerGuide}/limitations.html`,
  operations: `${developerGuide}/supported-apis.html`,
  createUser: `${developerGuide}/createuser.html`,
  getUser: `${developerGuide}/getuser.html`,
  listUsers: `${developerGuide}/listusers.html`,
  putUser: `${developerGuide}/putuser.html`,
  patchUser: `${developerGuide}/patchuser.html`,
  deleteUser: `${developerGuide}/deleteuser.html`,
  createGroup: `${developerGuide}/creategroup.html`,
  getGroup: `${developerGuide}/getgroup.html`,
  listGroups: `${developerGuide}/listgroups.html`,
  patchGroup: `${developerGuide}/patchgroup.html`,
  deleteGroup: `${developerGuide}/deletegroup.html`,
  providerConfig: `${developerGuide}/serviceproviderconfig.html`,
  resourceTypes: `${developerGuide}/listresourcetypes.html`,
  schemas: `${developerGuide}/listschemas.html`,
  disabling: `${userGuide}/disableuser.html`,
  troubleshooting: `${userGuide}/troubleshooting.html`,
  cloudTrail: `${userGuide}/scim-logging-using-cloudtrail.html`,
  model:
    'https://github.com/boto/botocore/blob/develop/botocore/data/identitystore/2020-06-15/service-2.json',
  pocketId: 'https://github.com/pocket-id/pocket-id/issues/1353',
  pathless: 'https://github.com/goauthentik/authentik/issues/12321',
  groupPut: 'https://github.com/goauthentik/authentik/pull/20530',
  replacing: 'https://github.com/mitodl/keycloak-scim/issues/73',
  errors: 'https://github.com/slashdevops/idp-scim-sync/issues/98',
  conflict: 'https://github.com/slashdevops/idp-scim-sync/issues/57',
  missing: 'https://github.com/slashdevops/idp-scim-sync/issues/61',
  ssosync: 'https://github.com/awslabs/ssosync',
  terraform: 'https://github.com/BurdaForward/terraform-provider-aws-sso-scim',
  microsoft: 'https://learn.microsoft.com/entra/identity/saas-apps/aws-single-sign-on-provisioning-tutorial',
} as const

export const groupsCheck = defineAwsArea({ area: 'groups', section: 'Groups', needs: ['write', 'groups'] })
export const filtersCheck = defineAwsArea({
  area: 'filters',
  section: 'Lists and filters',
  needs: ['write', 'users', 'groups', 'patch'],
})
export const listsCheck = defineAwsArea({ area: 'lists', section: 'Lists and filters', needs: ['users'] })
export const patchCheck = defineAwsArea({
  area: 'patch',
  section: 'PATCH of users',
  needs: ['write', 'users', 'patch'],
})
export const serviceCheck = defineAwsArea({ area: 'service', section: 'Service' })
export const errorsCheck = defineAwsArea({ area: 'errors', section: 'Service', needs: ['write', 'users'] })
export const discoveryCheck = defineAwsArea({ area: 'discovery', section: 'Service' })
export const usersCheck = defineAwsArea({ area: 'users', section: 'Users', needs: ['write', 'users'] })

export const testedAgainstAws = 'Clients of AWS are tested against its responses, and expect exactly these.'
