import t from 'tap'
import {
  RecordError,
  readAccount,
  readAccountId,
  readApplicationAssignment,
  readAssignment,
  readGroup,
  readInstance,
  readMembership,
  readPermissionSet,
  readPermissionSetArn,
  readUser,
  toTime,
  withExternalIds,
} from '../../../../src/traffic/aws-directory/records.ts'
import {
  exported,
  groupId,
  membershipId,
  permissionSetArn,
  permissionSetId,
  userId,
} from '../../../support/aws-export.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const hidden = 'urn:scimulator:identity-store'
const id = userId('marge')
const store = exported.store

const mistakeOf = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof RecordError) return error.message
    throw error
  }
  return 'nothing'
}

t.test('a user has the document that SCIM would store', async t => {
  const user = {
    IdentityStoreId: store,
    UserId: id,
    UserName: 'marge',
    ExternalIds: [{ Issuer: exported.issuer, Id: '00u1' }],
    Name: { FamilyName: 'Simpson', GivenName: 'Marge', Formatted: null },
    DisplayName: 'Marge Simpson',
    NickName: 'Midge',
    ProfileUrl: 'https://springfield.example/marge',
    Emails: [{ Value: 'marge@springfield.example', Type: null, Primary: true }],
    Addresses: [],
    PhoneNumbers: [{ Value: '1', Type: 'work' }],
    UserType: 'Employee',
    Locale: 'en-US',
    Roles: [{ Value: 'Artist', Primary: false }],
    Photos: [{ Value: 'https://springfield.example/marge.png', Display: 'Marge' }],
    Website: 'https://marge.example',
    Birthdate: '1956-03-19',
    UserStatus: 'DISABLED',
    CreatedAt: 1796018451.314,
    CreatedBy: 'SCIM',
    UpdatedAt: '2026-11-30T06:12:30.424000+00:00',
    UpdatedBy: '111111111111',
    Extensions: { 'aws:identitystore:enterprise': { department: 'Art', manager: { value: 'x' } } },
  }
  t.strictSame(readUser(user), {
    id,
    document: {
      userName: 'marge',
      name: { familyName: 'Simpson', givenName: 'Marge' },
      displayName: 'Marge Simpson',
      nickName: 'Midge',
      profileUrl: 'https://springfield.example/marge',
      emails: [{ value: 'marge@springfield.example', primary: true }],
      phoneNumbers: [{ value: '1', type: 'work' }],
      userType: 'Employee',
      locale: 'en-US',
      roles: [{ value: 'Artist', primary: false }],
      [hidden]: {
        photos: [{ value: 'https://springfield.example/marge.png', display: 'Marge' }],
        website: 'https://marge.example',
        birthdate: '1956-03-19',
      },
      [enterprise]: { department: 'Art', manager: { value: 'x' } },
      active: false,
    },
    externalIds: [{ issuer: exported.issuer, id: '00u1' }],
    store,
    audit: { at: 1796018451314, by: 'SCIM', updatedAt: 1796019150424, updatedBy: '111111111111' },
  })
})

t.test('a user of an old tool has no status, times or names', async t => {
  t.strictSame(readUser({ UserId: id.toUpperCase(), Name: {}, Emails: null, ExternalIds: [] }), {
    id: id.toUpperCase(),
    document: { active: true },
    externalIds: [],
    store: undefined,
    statusUnknown: true,
  })
})

t.test('unknown members are kept beside the document', async t => {
  const user = {
    UserId: id,
    UserStatus: 'ENABLED',
    Revision: 7,
    Empty: [],
    Emails: [{ Value: 'a@b.example', Verified: true }],
    Extensions: { 'aws:identitystore:enterprise': { floor: '3' }, 'aws:identitystore:other': { a: 1 } },
    ['__proto__']: { polluted: true },
  }
  const { document } = readUser(user)
  t.strictSame(document, {
    emails: [{ value: 'a@b.example' }],
    [hidden]: {
      unknownMembers:
        '{"Revision":7,"Emails":[{"Verified":true}],"Extensions":{"aws:identitystore:enterprise":{"floor":"3"},"aws:identitystore:other":{"a":1}},"__proto__":{"polluted":true}}',
    },
    active: true,
  })
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
  t.strictSame(readGroup({ GroupId: groupId('Ops'), Arn: 'arn:x' }).document, {
    [hidden]: { unknownMembers: '{"Arn":"arn:x"}' },
  })
})

t.test('a group has its name and description', async t => {
  t.strictSame(readGroup({ GroupId: groupId('Ops'), DisplayName: 'Ops', Description: 'Operators' }), {
    id: groupId('Ops'),
    document: { displayName: 'Ops', [hidden]: { description: 'Operators' } },
    externalIds: [],
    store: undefined,
  })
})

const issuer = (end: string) => `https://scim.aws.com/${end}`
t.test('SCIM shows the external ID of its issuer', async t => {
  const shown = (
    ids: readonly { issuer: string; id: string }[],
    ofDirectory = issuer('a'),
    scimTenant?: string,
  ) => withExternalIds('User', {}, ids, ofDirectory, scimTenant)
  t.strictSame(shown([]), {})
  t.strictSame(shown([{ issuer: issuer('a'), id: '1' }]), { externalId: '1' })
  t.strictSame(shown([{ issuer: issuer('b'), id: '1' }]), {
    [hidden]: { externalIds: [{ issuer: issuer('b'), id: '1', scim: true }] },
    externalId: '1',
  })
  t.strictSame(shown([{ issuer: 'https://okta.example', id: '1' }]), {
    [hidden]: { externalIds: [{ issuer: 'https://okta.example', id: '1' }] },
  })
  const both = [
    { issuer: issuer('a'), id: '1' },
    { issuer: issuer('b'), id: '2' },
    { issuer: 'x', id: '3' },
  ]
  t.strictSame(shown(both), {
    [hidden]: { externalIds: [both[0], { ...both[1], scim: true }, both[2]] },
    externalId: '2',
  })
  t.strictSame(shown(both, issuer('a'), 'a'), {
    [hidden]: { externalIds: [{ ...both[0], scim: true }, both[1], both[2]] },
    externalId: '1',
  })
  const arn = 'arn:aws:identitystore::111111111111:identitystore/d-9067e0c944/provisioningtenant/k7'
  t.strictSame(shown([{ issuer: arn, id: '1' }], arn), { externalId: '1' })
})

t.test('times are read as each tool writes them', async t => {
  const expected = Date.parse('2026-11-30T06:12:30.424Z')
  for (const time of [
    1796019150.424,
    '2026-11-30T06:12:30.424000+00:00',
    '2026-11-30T06:12:30.424Z',
    '2026-11-30 06:12:30.424000+00:00',
    '2026-11-30T07:12:30.424+01:00',
  ])
    t.equal(toTime('CreatedAt', time), expected, String(time))
  t.equal(toTime('CreatedAt', '2026-11-30T06:12:30Z'), expected - 424)
  for (const time of ['2026-11-30', '2026-11-30T06:12:30', '2026-13-30T06:12:30Z', '', true, -1, 1e15, {}])
    t.equal(
      mistakeOf(() => toTime('CreatedAt', time)),
      '.CreatedAt is no time.',
      String(time),
    )
})

t.test('a membership is of the group that it, or the name of its file, states', async t => {
  const group = groupId('Ops')
  const full = {
    IdentityStoreId: store,
    MembershipId: membershipId('Ops', 'marge'),
    GroupId: group,
    MemberId: { UserId: id },
    CreatedAt: 1,
  }
  t.strictSame(readMembership(full, undefined), {
    id: membershipId('Ops', 'marge'),
    group,
    user: id,
    audit: { at: 1000, updatedAt: 1000 },
    store,
  })
  t.strictSame(readMembership({ MemberId: { UserId: id } }, group), { group, user: id, store: undefined })
})

t.test('permission sets, assignments, instances and accounts are read', async t => {
  const arn = permissionSetArn('Admin')
  const [set, instance] = [permissionSetId('Admin'), 'ssoins-72230dd8d945bf1a']
  t.strictSame(readPermissionSetArn(arn), { id: set, instance })
  t.strictSame(
    readPermissionSet({ PermissionSetArn: arn, Name: 'Admin', SessionDuration: 'PT8H', CreatedDate: 1 }),
    { id: set, instance, name: 'Admin', sessionDuration: 'PT8H', created: 1000 },
  )
  const principal = { PrincipalType: 'GROUP', PrincipalId: groupId('Ops') }
  t.strictSame(readAssignment({ AccountId: '111111111111', PermissionSetArn: arn, ...principal }), {
    account: '111111111111',
    permissionSet: set,
    principal: { type: 'Group', id: groupId('Ops') },
    instance,
  })
  const application = 'arn:aws:sso::111111111111:application/ssoins-72230dd8d945bf1a/apl-72230dd8d945bf1a'
  t.strictSame(readApplicationAssignment({ ApplicationArn: application, ...principal }), {
    application,
    principal: { type: 'Group', id: groupId('Ops') },
  })
  const given = { InstanceArn: exported.instance, IdentityStoreId: store, OwnerAccountId: exported.account }
  t.strictSame(readInstance({ ...given, Name: 'Main', PrimaryRegion: 'us-east-1', Status: 'ACTIVE' }), {
    store,
    arn: exported.instance,
    account: exported.account,
    region: 'us-east-1',
    name: 'Main',
  })
  t.strictSame(readAccount({ Id: '111111111111', Name: 'Nuclear Plant' }), {
    id: '111111111111',
    name: 'Nuclear Plant',
  })
  t.equal(readAccountId('111111111111'), '111111111111')
})

const user = { UserId: id }
const member = { GroupId: groupId('Ops'), MemberId: user }
const assignment = {
  AccountId: '111111111111',
  PermissionSetArn: permissionSetArn('Admin'),
  PrincipalType: 'USER',
  PrincipalId: id,
}
const wrong: readonly (readonly [read: () => unknown, message: string])[] = [
  [() => readUser('x'), ' is no object.'],
  [() => readUser([]), ' is no object.'],
  [() => readUser({}), ' has no UserId.'],
  [() => readUser({ UserId: null }), ' has no UserId.'],
  [() => readUser({ UserId: 5 }), '.UserId is no text.'],
  [() => readUser({ UserId: 'x\u001b' }), '.UserId is "x\ufffd", which AWS does not use.'],
  [() => readUser({ ...user, IdentityStoreId: 'd-1' }), '.IdentityStoreId is "d-1", which AWS does not use.'],
  [() => readUser({ ...user, UserStatus: 'GONE' }), '.UserStatus is "GONE", which AWS does not use.'],
  [() => readUser({ ...user, UserName: 5 }), '.UserName is no text.'],
  [() => readUser({ ...user, Name: 'Marge' }), '.Name is no object.'],
  [() => readUser({ ...user, Emails: { Value: 'x' } }), '.Emails is no list.'],
  [
    () => readUser({ ...user, Emails: [{ Value: 'x' }, { Primary: 'true' }] }),
    '.Emails[1].Primary is no boolean.',
  ],
  [() => readUser({ ...user, ExternalIds: [{ Id: 'x' }] }), '.ExternalIds[0] lacks an Issuer or an Id.'],
  [() => readUser({ ...user, CreatedAt: 'today' }), '.CreatedAt is no time.'],
  [() => readGroup({ UserId: id }), ' has no GroupId.'],
  [() => readMembership({ MemberId: user }, undefined), ' has no GroupId.'],
  [() => readMembership({ GroupId: groupId('Ops') }, undefined), ' has no MemberId.'],
  [
    () => readMembership({ ...member, MemberId: { GroupId: id } }, undefined),
    ' has a member that is no user: nested groups do not exist at AWS.',
  ],
  [
    () => readAssignment({ ...assignment, AccountId: '1111111111111' }),
    '.AccountId is "1111111111111", which AWS does not use.',
  ],
  [
    () => readAssignment({ ...assignment, PrincipalType: 'ROLE' }),
    '.PrincipalType is "ROLE", which AWS does not use.',
  ],
  [
    () => readAssignment({ ...assignment, PermissionSetArn: 'arn:x' }),
    ' is "arn:x", not the ARN of a permission set.',
  ],
  [() => readPermissionSetArn(5), ' is "5", not the ARN of a permission set.'],
  [() => readAccountId('1'), ' is "1", not the ID of an account.'],
]

for (const [read, message] of wrong)
  t.test(`refused:${message}`, async t => t.equal(mistakeOf(read), message))
