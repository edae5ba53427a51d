import { identityStoreId, instanceArn } from '../../../../src/aws-api/identifiers.ts'
import { randomJson } from '../../../endure/fuzz-bodies.ts'
import { strangeTexts } from '../../../endure/fuzz-texts.ts'
import type { Random } from '../../../endure/random.ts'
import { client, groupsOf, usersOf } from '../setup.ts'
import { requestBytes, type Signing } from '../step.ts'
import { disguised, randomCredentials, randomForm, secretHeader } from './secrets.ts'
import type { RandomSteps } from './step.ts'

type AwsCall = readonly [operation: string, members: object]

function randomCall(random: Random, number: number): AwsCall {
  const IdentityStoreId = random.chance(0.95) ? identityStoreId('aws') : disguised(random)
  const UserId = random.of(usersOf('aws'))
  const GroupId = random.of(groupsOf('aws'))
  const InstanceArn = instanceArn('aws')
  const text = random.chance(0.5) ? random.of(strangeTexts) : disguised(random)
  const identity = (operation: string, members: object): AwsCall => [
    `AWSIdentityStore.${operation}`,
    { IdentityStoreId, ...members },
  ]
  const sso = (operation: string, members: object = {}): AwsCall => [
    `SWBExternalService.${operation}`,
    { InstanceArn, ...members },
  ]
  return random.of<() => AwsCall>([
    () =>
      identity(
        'ListUsers',
        random.chance(0.5) ? {} : { MaxResults: random.of([1, 3, 0, 1000, 'x']), NextToken: text },
      ),
    () => identity('DescribeUser', { UserId: random.chance(0.8) ? UserId : text }),
    () =>
      identity('CreateUser', {
        UserName: `aws-${number}`,
        DisplayName: text,
        Name: { FamilyName: 'A', GivenName: text },
        Title: text,
      }),
    () =>
      identity('UpdateUser', {
        UserId,
        Operations: [
          {
            AttributePath: random.of(['title', 'nickName', 'emails', 'x', 'password']),
            AttributeValue: text,
          },
        ],
      }),
    () => identity('DeleteUser', { UserId: text }),
    () => identity('ListGroups', {}),
    () => identity('CreateGroup', { DisplayName: `group-${number}`, Description: text }),
    () => identity('CreateGroupMembership', { GroupId, MemberId: { UserId } }),
    () => identity('ListGroupMemberships', { GroupId }),
    () => identity('IsMemberInGroups', { MemberId: { UserId }, GroupIds: [GroupId] }),
    () =>
      identity('GetUserId', {
        AlternateIdentifier: {
          UniqueAttribute: { AttributePath: 'userName', AttributeValue: random.of(['taken', text]) },
        },
      }),
    () =>
      identity('ListUsers', {
        Filters: [{ AttributePath: random.of(['UserName', 'Password']), AttributeValue: text }],
      }),
    () => sso('ListInstances'),
    () => sso('DescribeInstance', { InstanceArn: random.chance(0.7) ? InstanceArn : text }),
    () => sso('CreatePermissionSet', { Name: `Set-${number}`, Description: text }),
    () => sso('ListPermissionSets'),
    () => [
      random.of([
        'AWSIdentityStore.Nothing',
        'Nothing',
        '',
        'SWBExternalService.DeleteInstance',
        text.replace(/[^\x21-\x7e]/g, ''),
      ]),
      { token: text },
    ],
    () => identity('CreateUser', { password: text, secret: text, Operations: randomJson(random) }),
  ])()
}

/** A session token beside a valid key was ignored once: the state would differ from then on. */
const isNoSessionToken = (header: string): boolean => !/^x-amz-security-token:/i.test(header)

/** A request to an AWS API: signed, signed with a wrong key, changed after it was signed, or unsigned. */
export const awsRequest: RandomSteps = (random, number) => {
  const isQuery = random.chance(0.12)
  const [target, members] = randomCall(random, number)
  const service: Signing['service'] = isQuery ? 'sts' : target.startsWith('SWB') ? 'sso' : 'identitystore'
  const body = isQuery
    ? random.of([
        'Action=GetCallerIdentity&Version=2011-06-15',
        'Action=AssumeRole&RoleArn=x',
        randomForm(random),
        `Action=GetCallerIdentity&password=${encodeURIComponent(disguised(random))}`,
      ])
    : random.chance(0.9)
      ? JSON.stringify(members)
      : random.of([
          JSON.stringify(members).slice(0, -2),
          disguised(random),
          '',
          '[]',
          'null',
          'x'.repeat(5000),
          `{"UserName":"${'x'.repeat(9000)}","password":"${client.secret}"}`,
        ])
  const key: Signing['key'] | undefined = random.chance(0.6)
    ? 'full'
    : random.of(['read', 'deleted', 'unknown', 'wrong-secret', undefined, undefined])
  const path = random.chance(0.95)
    ? '/'
    : random.of([
        `/?token=${encodeURIComponent(disguised(random))}`,
        '/aws',
        '/aws/',
        '/nobody',
        '/rfc',
        `/${encodeURIComponent(disguised(random))}`,
      ])
  return [
    {
      to: 'aws',
      requests: [
        {
          bytes: requestBytes({
            method: random.chance(0.95) ? 'POST' : random.of(['GET', 'PUT', 'HEAD', 'DELETE']),
            target: path,
            headers: [
              ...(isQuery
                ? ['Content-Type: application/x-www-form-urlencoded; charset=utf-8']
                : ['Content-Type: application/x-amz-json-1.1', `X-Amz-Target: ${target}`]),
              ...(key === undefined && random.chance(0.6)
                ? [`Authorization: ${randomCredentials(random, 'aws')}`]
                : []),
              ...(random.chance(0.1) ? [secretHeader(random)].filter(isNoSessionToken) : []),
            ],
            body,
          }),
          ...(key && { sign: { key, service: random.chance(0.95) ? service : 'sts' } }),
        },
      ],
    },
  ]
}
