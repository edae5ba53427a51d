import type { Test } from 'tap'
import type { JsonObject } from '../../src/scim/json.ts'
import { callWithSdk, sdkClients } from './aws-sdk.ts'
import { type AwsServer, startAwsServer } from './aws-server.ts'
import type { CallAws } from './every-aws-operation.ts'

/** A server with a small directory: users as the AWS CLI creates them, two groups, a permission set and two assignments. */
export async function startAwsDirectory(
  t: Pick<Test, 'teardown'>,
  flags: readonly string[] = [],
): Promise<AwsServer & { readonly call: CallAws }> {
  const server = await startAwsServer(t, flags)
  const call = callWithSdk(sdkClients(t, server.caller))
  const { store: IdentityStoreId, instance: InstanceArn } = server
  const create = async (operation: string, id: string, input: JsonObject) =>
    String((await call('identitystore', `Create${operation}`, { IdentityStoreId, ...input }))[id])

  const users: string[] = []
  for (const [name, more] of Object.entries<JsonObject>({
    Zoë: {
      Emails: [{ Value: 'zoe@springfield.example', Primary: true }],
      Title: 'Artist',
      Birthdate: '1956-03-19',
    },
    Ned: { Extensions: { 'aws:identitystore:enterprise': { department: 'Leftorium' } } },
    Homer: { PhoneNumbers: [{ Value: '5550123', Type: 'work' }] },
  }))
    users.push(
      await create('User', 'UserId', {
        UserName: `${name.toLowerCase()}@springfield.example`,
        DisplayName: name,
        Name: { GivenName: name, FamilyName: 'Simpson' },
        ...more,
      }),
    )
  const groups: string[] = []
  for (const DisplayName of ['Opérateurs', 'Empty'])
    groups.push(await create('Group', 'GroupId', { DisplayName, Description: `${DisplayName}.` }))
  for (const UserId of users.slice(0, 2))
    await create('GroupMembership', 'MembershipId', { GroupId: groups[0] ?? '', MemberId: { UserId } })
  const { PermissionSet } = await call('sso-admin', 'CreatePermissionSet', {
    InstanceArn,
    Name: 'ReadOnly',
    SessionDuration: 'PT8H',
  })
  const { PermissionSetArn } = PermissionSet as { readonly PermissionSetArn: string }
  for (const [PrincipalType, PrincipalId = '', TargetId] of [
    ['GROUP', groups[0], '111111111111'],
    ['USER', users[2], '222222222222'],
  ] as const)
    await call('sso-admin', 'CreateAccountAssignment', {
      ...{ InstanceArn, PermissionSetArn, TargetId, TargetType: 'AWS_ACCOUNT' },
      ...{ PrincipalType, PrincipalId },
    })
  return { ...server, call }
}
