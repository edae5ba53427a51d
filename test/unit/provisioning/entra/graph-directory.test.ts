import t from 'tap'
import { mistakesOf, readFolder, readOne } from '../../../support/entra-files.ts'

const margeId = '11111111-0000-4000-8000-00000000000a'
const barneyId = '11111111-0000-4000-8000-00000000000b'
const groupId = '22222222-0000-4000-8000-00000000000a'
const innerId = '22222222-0000-4000-8000-00000000000b'

/** A user as GET /users returns it without $select. */
const graphUser = (id: string, name: string) => ({
  businessPhones: ['+1 555 0100'],
  displayName: name,
  givenName: name,
  jobTitle: null,
  mail: null,
  mobilePhone: '+1 555 0199',
  officeLocation: '18/2111',
  preferredLanguage: 'en-US',
  surname: 'Simpson',
  userPrincipalName: `${name.toLowerCase()}@springfield.example`,
  id,
})
const readUser = (id: string, name: string) => ({
  objectId: id,
  accountEnabled: true,
  attributes: {
    telephoneNumber: '+1 555 0100',
    displayName: name,
    givenName: name,
    mobile: '+1 555 0199',
    physicalDeliveryOfficeName: '18/2111',
    preferredLanguage: 'en-US',
    surname: 'Simpson',
    userPrincipalName: `${name.toLowerCase()}@springfield.example`,
  },
})
const graphGroup = (id: string, displayName: string) => ({
  id,
  deletedDateTime: null,
  displayName,
  groupTypes: [],
  mailEnabled: false,
  mailNickname: displayName.toLowerCase(),
  securityEnabled: true,
})
const readGroup = (id: string, displayName: string, members: readonly string[] = []) => ({
  objectId: id,
  attributes: {
    displayName,
    mailEnabled: false,
    mailNickname: displayName.toLowerCase(),
    securityEnabled: true,
  },
  members,
})
const users = [graphUser(margeId, 'Marge'), graphUser(barneyId, 'Barney')]
const readUsers = [readUser(margeId, 'Marge'), readUser(barneyId, 'Barney')]
const context = 'https://graph.microsoft.com/v1.0/$metadata#users'
const allEnabled = 'users: no user has accountEnabled; all users are treated as enabled.'

t.test('the plain array of az ad user list is read', async t => {
  const { directory, warnings } = await readOne(t, 'people.json', users)
  t.same(directory, { users: readUsers, groups: [], assignments: [] })
  t.same(warnings, [allEnabled])
})

t.test('users and groups of one list are distinguished by their types', async t => {
  const { directory } = await readOne(t, 'objects.json', {
    value: [
      { '@odata.type': '#microsoft.graph.group', ...graphGroup(groupId, 'Operators') },
      { '@odata.type': '#microsoft.graph.user', ...users[0] },
    ],
  })
  t.same(directory, {
    users: [readUsers[0]],
    groups: [readGroup(groupId, 'Operators')],
    assignments: [],
  })
})

t.test('a folder of Graph responses is read', async t => {
  const { directory, warnings } = await readFolder(t, {
    'users.json': {
      '@odata.context': context,
      value: users.map(user => ({ ...user, accountEnabled: true })),
    },
    'groups.json': { value: [graphGroup(groupId, 'Operators'), graphGroup(innerId, 'Auditors')] },
    [`members/${groupId}.json`]: {
      value: [
        { '@odata.type': '#microsoft.graph.user', id: margeId, displayName: 'Marge' },
        { '@odata.type': '#microsoft.graph.group', id: innerId, displayName: 'Auditors' },
        { '@odata.type': '#microsoft.graph.device', id: 'd1', displayName: 'Laptop' },
      ],
    },
    [`groups-${innerId}-members.json`]: [{ id: barneyId }],
    'managers.json': {
      value: [{ id: barneyId, manager: { '@odata.type': '#microsoft.graph.user', id: margeId } }],
    },
    'deletedItems.json': {
      value: [
        {
          '@odata.type': '#microsoft.graph.user',
          ...graphUser('33333333-0000-4000-8000-00000000000a', 'Homer'),
          userPrincipalName: '3333333300004000800000000000000ahomer@springfield.example',
          deletedDateTime: '2026-11-10T10:00:00Z',
        },
        {
          '@odata.type': '#microsoft.graph.group',
          ...graphGroup('g9', 'Old'),
          deletedDateTime: '2026-11-11T10:00:00Z',
        },
        { '@odata.type': '#microsoft.graph.application', id: 'a1', displayName: 'Some app' },
      ],
    },
    'appRoleAssignedTo.json': {
      value: [
        { principalId: groupId, principalType: 'Group', appRoleId: '00000000-0000-0000-0000-000000000000' },
        { principalId: margeId, principalType: 'User', appRoleId: 'r-admin' },
      ],
    },
    'servicePrincipal.json': {
      id: 's1',
      appRoles: [{ id: 'r-admin', value: 'admin', displayName: 'Admin' }],
    },
    'README.md': 'mine',
    'other.json': {},
  })

  t.same(directory, {
    users: [
      readUsers[0],
      { ...readUsers[1], manager: margeId },
      {
        ...readUser('33333333-0000-4000-8000-00000000000a', 'Homer'),
        deletedAt: Date.UTC(2026, 10, 10, 10),
      },
    ],
    groups: [
      readGroup(groupId, 'Operators', [margeId, innerId]),
      readGroup(innerId, 'Auditors', [barneyId]),
      { ...readGroup('g9', 'Old'), deletedAt: Date.UTC(2026, 10, 11, 10) },
    ],
    assignments: [
      { principal: groupId },
      { principal: margeId, appRole: { id: 'r-admin', value: 'admin', displayName: 'Admin' } },
    ],
  })
  t.same(warnings, [
    'other.json: has an unknown name and was ignored.',
    `members/${groupId}.json[2]: "d1" is not a user or group but device; ignored.`,
  ])
})

t.test('the results of $expand=manager and $expand=members are read', async t => {
  const { directory, warnings } = await readFolder(t, {
    'users.json': [
      { ...users[0], accountEnabled: true, 'manager@odata.context': 'x', manager: users[1] },
      users[1],
    ],
    'groups.json': { value: [{ ...graphGroup(groupId, 'Operators'), members: [users[1]] }] },
  })
  t.same(directory, {
    users: [{ ...readUsers[0], manager: barneyId }, readUsers[1]],
    groups: [readGroup(groupId, 'Operators', [barneyId])],
    assignments: [],
  })
  t.same(warnings, [])
})

t.test('property names of PowerShell and of Azure AD Graph are accepted', async t => {
  const { directory } = await readFolder(t, {
    'users.json': [
      {
        ObjectId: margeId,
        UserPrincipalName: 'marge@s.example',
        DisplayName: 'Marge',
        AccountEnabled: false,
        Mobile: '1',
      },
      {
        objectId: barneyId,
        userPrincipalName: 'barney@s.example',
        telephoneNumber: '2',
        onPremisesSyncEnabled: true,
      },
    ],
  })
  t.same(directory.users, [
    {
      objectId: margeId,
      accountEnabled: false,
      attributes: { userPrincipalName: 'marge@s.example', displayName: 'Marge', mobile: '1' },
    },
    {
      objectId: barneyId,
      accountEnabled: true,
      attributes: { userPrincipalName: 'barney@s.example', telephoneNumber: '2', dirSyncEnabled: true },
    },
  ])
})

t.test('UTF-16, as Windows PowerShell writes it, and a byte order mark are accepted', async t => {
  const text = JSON.stringify(users)
  const read = { users: readUsers, groups: [], assignments: [] }
  t.same((await readOne(t, 'users.json', Buffer.from(`\ufeff${text}`, 'utf16le'))).directory, read)
  t.same((await readOne(t, 'users.json', `\ufeff${text}`)).directory, read)
})

t.test('a list that is only the first page causes a warning', async t => {
  const { warnings } = await readOne(t, 'users.json', {
    '@odata.nextLink': 'https://graph.microsoft.com/v1.0/users?$skiptoken=x',
    value: users,
  })
  t.same(warnings, [
    'users.json: this is only the first page of a longer list (it has @odata.nextLink).',
    allEnabled,
  ])
})

t.test('lists of objects are ignored with one warning', async t => {
  const licensed = { accountEnabled: true, assignedLicenses: [{ skuId: 'x' }], identities: [{ issuer: 'y' }] }
  const { directory, warnings } = await readFolder(t, {
    'users.json': users.map(user => ({ ...user, ...licensed })),
  })
  t.same(directory.users, readUsers)
  t.same(warnings, ["properties: mappings can't read assignedLicenses, identities; ignored."])
})

t.test('errors in a folder contain the file', async t => {
  t.same(
    await mistakesOf(
      readFolder(t, {
        'users.json': { value: {} },
        'groups.json': [graphGroup('g1', 'Operators'), 3],
        'deletedItems.json': [graphUser(margeId, 'Marge')],
        'managers.json': [{ manager: 'x' }],
        'appRoleAssignedTo.json': { error: { code: 'Authorization_RequestDenied' } },
      }),
    ),
    [
      'appRoleAssignedTo.json: must be a list, or an object with a list named value, not an object.',
      'groups.json[1]: must be an object, not the number 3.',
      'managers.json[0]: user must be an id or a name, not nothing.',
      'users.json: must be a list, or an object with a list named value, not an object.',
      'deletedItems.json[0]: deletedDateTime is missing in a list of deleted objects.',
    ],
  )
})
