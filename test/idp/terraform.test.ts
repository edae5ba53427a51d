import t from 'tap'
import type { JsonObject } from '../../src/scim/json.ts'
import { openAws } from '../support/aws.ts'

// The calls of Terraform's AWS provider, in its order and with its bodies (hashicorp/terraform-provider-aws,
// internal/service/identitystore and internal/service/ssoadmin; the SDK for Go leaves out what is empty, and writes a value
// that was removed as null). `$name` stands for a value of an earlier response.

/** An operation, its members, and the response. */
type Call = readonly [operation: string, members: JsonObject, response: unknown]

const user = {
  DisplayName: 'Marge Simpson',
  UserName: 'marge',
  Name: { FamilyName: 'Simpson', GivenName: 'Marge' },
  Emails: [{ Primary: true, Type: 'work', Value: 'marge@example.com' }],
  NickName: 'Maggie’s mother',
  Title: 'Homemaker',
}
const changed = {
  DisplayName: 'Marge Bouvier',
  UserName: 'marge',
  Name: { FamilyName: 'Bouvier', GivenName: 'Marge' },
  Emails: [{ Value: 'marge@example.com', Primary: false }],
  Addresses: [{ Country: 'US', Primary: true }],
  Title: 'Mayor',
}
const group = { DisplayName: 'Admins', Description: 'Those who may' }
const id = { IdentityStoreId: '$store' }
const userId = { ...id, UserId: '$user' }
const groupId = { ...id, GroupId: '$group' }
const member = { GroupId: '$group', MemberId: { UserId: '$user' } }
const membershipId = { ...id, MembershipId: '$membership' }
const gone = { __type: 'ResourceNotFoundException' }
const instance = { InstanceArn: '$instance' }
const permissionSet = { ...instance, PermissionSetArn: '$permissionSet' }
const assignment = {
  ...permissionSet,
  PrincipalId: '$group',
  PrincipalType: 'GROUP',
  TargetId: '123456789012',
  TargetType: 'AWS_ACCOUNT',
}
const assignments = { ...permissionSet, AccountId: '123456789012', MaxResults: 100 }

/** What is compared with the configuration, apart from the state of the resource. */
const audit = { CreatedAt: '$_', CreatedBy: '$_', UpdatedAt: '$_', UpdatedBy: '$_' }
const readUser = (attributes: object): Call => [
  'DescribeUser',
  userId,
  { ...userId, ...attributes, UserStatus: 'ENABLED', ...audit },
]
const readGroup: Call = ['DescribeGroup', groupId, { ...groupId, ...group, ...audit }]
const readMembership: Call = [
  'DescribeGroupMembership',
  membershipId,
  { ...membershipId, ...member, ...audit },
]
const shownSet = { Name: 'ReadOnly', PermissionSetArn: '$permissionSet', SessionDuration: 'PT1H' }
const readPermissionSet: readonly Call[] = [
  ['DescribePermissionSet', permissionSet, { PermissionSet: { ...shownSet, CreatedDate: '$_' } }],
  ['ListTagsForResource', { ...instance, ResourceArn: '$permissionSet' }, { Tags: [] }],
]
const readAssignment: Call = [
  'ListAccountAssignments',
  assignments,
  {
    AccountAssignments: [
      {
        AccountId: '123456789012',
        PermissionSetArn: '$permissionSet',
        PrincipalId: '$group',
        PrincipalType: 'GROUP',
      },
    ],
  },
]
const refresh = (attributes: object): readonly Call[] => [
  readUser(attributes),
  readGroup,
  readMembership,
  ...readPermissionSet,
  readAssignment,
]

const runs: Readonly<Record<string, readonly Call[]>> = {
  'data sources': [
    [
      'ListInstances',
      {},
      {
        Instances: [
          {
            InstanceArn: '$instance',
            IdentityStoreId: '$store',
            IdentityStoreArn: '$_',
            OwnerAccountId: '$_',
            CreatedDate: '$_',
            Status: 'ACTIVE',
            PrimaryRegion: 'us-east-1',
            Regions: [{ RegionName: 'us-east-1', Status: 'ACTIVE', AddedDate: '$_', IsPrimaryRegion: true }],
          },
        ],
      },
    ],
    ['ListUsers', id, { Users: [] }],
    ['ListGroups', id, { Groups: [] }],
  ],
  'the first apply creates': [
    ['CreateUser', { ...id, ...user }, { ...id, UserId: '$user' }],
    readUser(user),
    ['CreateGroup', { ...id, ...group }, { ...id, GroupId: '$group' }],
    readGroup,
    ['CreateGroupMembership', { ...id, ...member }, { ...id, MembershipId: '$membership' }],
    readMembership,
    [
      'CreatePermissionSet',
      { ...instance, Name: 'ReadOnly', SessionDuration: 'PT1H' },
      { PermissionSet: { ...shownSet, CreatedDate: '$_' } },
    ],
    ...readPermissionSet,
    [
      'CreateAccountAssignment',
      assignment,
      {
        AccountAssignmentCreationStatus: {
          Status: 'IN_PROGRESS',
          RequestId: '$request',
          ...withoutInstance(assignment),
          CreatedDate: '$_',
        },
      },
    ],
    [
      'DescribeAccountAssignmentCreationStatus',
      { ...instance, AccountAssignmentCreationRequestId: '$request' },
      {
        AccountAssignmentCreationStatus: {
          Status: 'SUCCEEDED',
          RequestId: '$request',
          ...withoutInstance(assignment),
          CreatedDate: '$_',
        },
      },
    ],
    readAssignment,
  ],
  'the second plan finds no difference': refresh(user),
  'a change of the configuration is applied': [
    [
      'UpdateUser',
      {
        ...userId,
        Operations: [
          { AttributePath: 'displayName', AttributeValue: 'Marge Bouvier' },
          { AttributePath: 'name.familyName', AttributeValue: 'Bouvier' },
          { AttributePath: 'nickName', AttributeValue: null },
          { AttributePath: 'title', AttributeValue: 'Mayor' },
          { AttributePath: 'addresses', AttributeValue: [{ country: 'US', primary: true }] },
          { AttributePath: 'emails', AttributeValue: [{ primary: false, value: 'marge@example.com' }] },
        ],
      },
      '',
    ],
    readUser(changed),
  ],
  'a plan after the change finds no difference': refresh(changed),
  'destroy deletes in the reverse order': [
    [
      'DeleteAccountAssignment',
      assignment,
      {
        AccountAssignmentDeletionStatus: {
          Status: 'IN_PROGRESS',
          RequestId: '$deletion',
          ...withoutInstance(assignment),
          CreatedDate: '$_',
        },
      },
    ],
    [
      'DescribeAccountAssignmentDeletionStatus',
      { ...instance, AccountAssignmentDeletionRequestId: '$deletion' },
      {
        AccountAssignmentDeletionStatus: {
          Status: 'SUCCEEDED',
          RequestId: '$deletion',
          ...withoutInstance(assignment),
          CreatedDate: '$_',
        },
      },
    ],
    ['DeletePermissionSet', permissionSet, {}],
    ['DeleteGroupMembership', membershipId, ''],
    ['DeleteGroup', groupId, ''],
    ['DeleteUser', userId, ''],
  ],
  'a refresh finds nothing': [
    [
      'DescribeUser',
      userId,
      { ...gone, Message: '$_', RequestId: '$_', ResourceType: 'USER', ResourceId: '$user' },
    ],
    [
      'DescribeGroup',
      groupId,
      { ...gone, Message: '$_', RequestId: '$_', ResourceType: 'GROUP', ResourceId: '$group' },
    ],
    ['ListUsers', id, { Users: [] }],
  ],
}

function withoutInstance({ InstanceArn: _, ...rest }: typeof assignment) {
  return rest
}

const ssoAdmin = /^ListInstances$|PermissionSet|Assignment|Tags/

t.test('IS-400 IS-401 IS-403 IS-404 IS-405 Terraform plans, applies, changes and destroys', async t => {
  const { call, store } = await openAws(t)
  const known = new Map([['$store', store]])

  /** A value of the recording with the values of earlier responses. */
  const filled = (value: unknown): unknown => {
    if (typeof value === 'string') return known.get(value) ?? value
    if (Array.isArray(value)) return value.map(filled)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member)]))
  }

  /** Remembers the values of a response where the recording names one that is not known yet. */
  const learn = (recorded: unknown, actual: unknown): void => {
    if (typeof recorded === 'string' && recorded.startsWith('$') && typeof actual === 'string') {
      if (recorded !== '$_' && !known.has(recorded)) known.set(recorded, actual)
    } else if (typeof recorded === 'object' && recorded !== null && typeof actual === 'object') {
      for (const [name, member] of Object.entries(recorded))
        learn(member, (actual as Record<string, unknown> | null)?.[name])
    }
  }

  /** A response in which the values that differ in each run are those of the recording. */
  const masked = (recorded: unknown, actual: unknown): unknown => {
    if (recorded === '$_' && actual !== undefined) return '$_'
    if (typeof recorded !== 'object' || typeof actual !== 'object' || !recorded || !actual) return actual
    if (Array.isArray(actual)) return actual.map((item, at) => masked((recorded as unknown[])[at], item))
    return Object.fromEntries(
      Object.entries(actual).map(([name, member]) => [
        name,
        masked((recorded as Record<string, unknown>)[name], member),
      ]),
    )
  }

  for (const [run, calls] of Object.entries(runs)) {
    for (const [operation, members, response] of calls) {
      const target = ssoAdmin.test(operation) ? `SWBExternalService.${operation}` : operation
      const { body } = await call(target, filled(members) as object)
      learn(response, body)
      t.same(masked(response, body), filled(response), `${run}: ${operation}`)
    }
  }
})
