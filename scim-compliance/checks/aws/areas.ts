import type { Blame, Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, isSuccess, jsonObject } from '../../expect.ts'
import { dataLost, defineClientArea } from '../steps/client-areas.ts'

const areaOf = defineClientArea({
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

/** What a check has that expects a 400. */
export const rejects = (
  send: (context: CheckContext) => Promise<ScimResponse>,
  detail?: string | RegExp,
): Pick<Check, 'rationale' | 'run'> => ({
  rationale: tooLenient,
  run: async context => expectRejected(await send(context), detail),
})

/** What a deletion leads to, by how it fails: another status is harmless if the resource is gone. */
export const deletionBlame = (what: string): readonly Blame[] => [
  {
    on: 'without effect',
    remedy: `Remove ${what} on DELETE: their IDs return 404 from then on.`,
    predict: dataLost(
      `Deleted ${what} remain on the server. The server reports success, so clients don’t notice.`,
    ),
  },
  { on: ['2xx', 'other'], harmless: true },
  {
    on: ['4xx', '5xx'],
    remedy: `Support DELETE for ${what}, and return 204 without a body.`,
    predict: dataLost(`{answer} to a DELETE: ${what} remain on the server.`),
  },
]

/** Expects 204, and 404 from then on. */
export async function expectDeleted(context: CheckContext, path: string): Promise<void> {
  const response = await context.delete(path)
  const after = await context.get(path)
  const isKept = isSuccess(response) && isSuccess(after)
  expectThat(!isKept, 'status 404 for what was deleted', after.status, after, 'without effect')
  expectStatus(response, 204)
  expectThat(response.text === '', 'no body', response.text, response, 'other')
  for (const again of [after, await context.delete(path)])
    expectThat(again.status === 404, 'status 404 for what was deleted', again.status, again, 'other')
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

const users = ['write', 'users'] as const
const memberships = ['write', 'groups', 'users', 'patch'] as const
const userPatches = ['write', 'users', 'patch'] as const
const made = ['probe/create']
const patched = ['probe/patch', 'aws/patch/op-in-any-case']
const changedGroup = ['aws/groups/name-and-external-id']

export const usersCheck = areaOf('users', 'Users', users, made)
export const patchCheck = areaOf('patch', 'PATCH of users', userPatches, patched)
export const groupsCheck = areaOf('groups', 'Groups', ['write', 'groups'])
export const groupPatchCheck = areaOf('groups', 'Groups', ['write', 'groups', 'patch'], changedGroup)
export const membershipCheck = areaOf('groups', 'Groups', memberships)
export const matchCheck = areaOf('filters', 'Lists and filters', users, made)
export const filtersCheck = areaOf('filters', 'Lists and filters', memberships, ['aws/filters/user-name'])
export const listsCheck = areaOf('lists', 'Lists and filters', ['users'])
export const serviceCheck = areaOf('service', 'Service', ['users'])
export const errorsCheck = areaOf('errors', 'Service', users)
export const discoveryCheck = areaOf('discovery', 'Service')

export const testedAgainstAws = 'Clients of AWS are tested against its responses, and expect exactly these.'
