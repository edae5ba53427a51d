import t from 'tap'
import type { JsonObject } from '../../../../src/scim/json.ts'
import { ImportError } from '../../../../src/traffic/aws-directory/directory.ts'
import { type ReadOptions, readAwsExport } from '../../../../src/traffic/aws-directory/read.ts'
import {
  awsExport,
  type ExportedDirectory,
  exported,
  exportFiles,
  groupId,
  membershipId,
  permissionSetId,
  tarOf,
  userId,
} from '../../../support/aws-export.ts'

const springfield: ExportedDirectory = {
  users: [
    { userName: 'marge', externalId: '00u1' },
    { userName: 'ned', active: false },
  ],
  groups: ['Operators', 'Empty'],
  members: { Operators: ['marge', 'ned'] },
  assignments: [
    { to: 'Operators' },
    { to: 'marge', account: '222222222222', permissionSet: 'Admin' },
    { to: userId('homer') },
  ],
  accounts: { '111111111111': 'Nuclear Plant' },
}
const files = awsExport(springfield)
const [marge, ned, operators, empty] = [
  userId('marge'),
  userId('ned'),
  groupId('Operators'),
  groupId('Empty'),
]
const [readOnly, admin] = [permissionSetId('ReadOnly'), permissionSetId('Admin')]
const ofOperators = `memberships/${operators}.json`

type Files = Readonly<Record<string, unknown>>

const read = (content: Files, options?: ReadOptions) =>
  readAwsExport({ name: 'export.tar', bytes: tarOf(exportFiles(content)) }, options)

const mistakesIn = (content: Files, options?: ReadOptions): Promise<readonly string[]> =>
  read(content, options).then(
    () => [],
    error => {
      if (!(error instanceof ImportError)) throw error
      return error.mistakes.map(
        ({ file, message, line }) =>
          `${file === '' ? '' : `${file}: `}${message}${line === undefined ? '' : ` (${line})`}`,
      )
    },
  )

const without = (...names: readonly string[]): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)))

const listOf = (file: string): readonly JsonObject[] =>
  Object.values(files[file] ?? {})[0] as unknown as readonly JsonObject[]

const audit = {
  at: Date.parse(exported.at),
  by: 'SCIM',
  updatedAt: Date.parse(exported.at),
  updatedBy: 'SCIM',
}
const documentOf = (name: string, first: string, more: object) =>
  JSON.stringify({
    userName: name,
    name: { familyName: 'Simpson', givenName: first },
    displayName: `${first} Simpson`,
    emails: [{ value: `${name}@springfield.example`, type: 'work', primary: true }],
    ...more,
  })

t.test('an export is read completely', async t => {
  t.strictSame(await read(files), {
    instance: {
      store: exported.store,
      arn: exported.instance,
      account: exported.account,
      region: exported.region,
      issuer: exported.issuer,
    },
    users: new Map([
      [
        marge,
        { id: marge, audit, document: documentOf('marge', 'Marge', { active: true, externalId: '00u1' }) },
      ],
      [ned, { id: ned, audit, document: documentOf('ned', 'Ned', { active: false }) }],
    ]),
    groups: new Map([
      [operators, { id: operators, audit, document: '{"displayName":"Operators"}' }],
      [empty, { id: empty, audit, document: '{"displayName":"Empty"}' }],
    ]),
    memberships: [
      { id: membershipId('Operators', 'marge'), group: operators, user: marge, audit },
      { id: membershipId('Operators', 'ned'), group: operators, user: ned, audit },
    ],
    permissionSets: new Map(
      [admin, readOnly].map(id => [
        id,
        { id, name: id === admin ? 'Admin' : 'ReadOnly', sessionDuration: 'PT1H', created: audit.at },
      ]),
    ),
    assignments: [
      { account: '222222222222', permissionSet: admin, principal: { type: 'User', id: marge } },
      { account: '111111111111', permissionSet: readOnly, principal: { type: 'Group', id: operators } },
      { account: '111111111111', permissionSet: readOnly, principal: { type: 'User', id: userId('homer') } },
    ],
    accounts: new Map([['111111111111', 'Nuclear Plant']]),
    applications: [],
    membersUnknown: new Set(),
    read: {
      skipped: [],
      orphansKnown: true,
      started: Date.parse('2026-11-30T07:00:00Z'),
      finished: Date.parse('2026-11-30T07:05:00Z'),
      complete: true,
      source: 'archive',
      name: 'export.tar',
    },
    notes: [],
    issuers: new Map([[exported.issuer, 1]]),
  })
})

t.test('the layout of the files does not matter where their content says enough', async t => {
  const expected = await read(files)
  const renamed = {
    'all/a.json': files['instances.json'],
    'all/b.json': files['users.json'],
    'all/c.json': listOf('groups.json'),
    'all/d.json': { $metadata: {}, ...files[ofOperators] },
    [`all/${empty}.json`]: { GroupMemberships: [] },
    'all/e.json': files[`permission-sets/${admin}.json`],
    'all/f.json': files[`permission-sets/${readOnly}.json`],
    'all/g.json': files[`assignments/${admin}/222222222222.json`],
    'all/h.json': listOf(`assignments/${readOnly}/111111111111.json`),
    'all/i.json': files['accounts.json'],
    'all/j.json': files['manifest.json'],
  }
  t.strictSame(await read(renamed), expected)
})

t.test('a group without a file of members has unknown members', async t => {
  const { membersUnknown, memberships } = await read(without(ofOperators))
  t.strictSame([...membersUnknown], [operators])
  t.strictSame(memberships, [])
})

t.test('an export of users and groups alone is read, and says what it lacks', async t => {
  const {
    instance,
    read: facts,
    notes,
  } = await read({
    'users.json': files['users.json'],
    'groups.json': files['groups.json'],
    'README.md': '',
    'package.json': { name: 'x' },
  })
  t.equal(instance.store, exported.store)
  t.match(instance, { arn: /^arn:aws:sso:::instance\/ssoins-/, account: /^\d{12}$/ })
  t.strictSame(facts, {
    skipped: ['permission-sets', 'assignments'],
    orphansKnown: false,
    source: 'archive',
    name: 'export.tar',
  })
  t.strictSame(notes, [
    'README.md was ignored: it is no JSON file.',
    'package.json was ignored: no list of the AWS CLI.',
    'The export has no list of instances, so the ARN of the instance and its account are made up.',
  ])
})

t.test('permission sets that were not described have their IDs as names', async t => {
  const { permissionSets, notes } = await read(without(`permission-sets/${admin}.json`))
  t.strictSame(permissionSets.get(admin), { id: admin, name: admin })
  t.strictSame(notes, ['Permission sets were not described, so they have their IDs as names: 1.'])
})

t.test('the most frequent issuer of SCIM is the one of the directory, unless one is chosen', async t => {
  const withId = (userName: string, ...issuers: readonly string[]) => ({
    userName,
    more: {
      ExternalIds: issuers.map(end => ({ Issuer: `https://scim.aws.com/${end}`, Id: `${userName}-${end}` })),
    },
  })
  const users = [withId('a', 'old'), withId('b', 'new', 'old'), withId('c', 'new'), withId('d', 'new')]
  const several = awsExport({ users })
  const shown = async (options: ReadOptions) => {
    const { instance, users } = await read(several, options)
    return [instance.issuer, ...[...users.values()].map(({ document }) => JSON.parse(document).externalId)]
  }
  t.strictSame(await shown({}), ['https://scim.aws.com/new', 'a-old', 'b-old', 'c-new', 'd-new'])
  t.strictSame(await shown({ scimTenant: 'new' }), [
    'https://scim.aws.com/new',
    'a-old',
    'b-new',
    'c-new',
    'd-new',
  ])
  t.strictSame(await mistakesIn(several, { scimTenant: 'none' }), [
    'No external ID is of the SCIM tenant none. The issuers are https://scim.aws.com/new, https://scim.aws.com/old.',
  ])
})

t.test('mistakes name the file, the place and the line', async t => {
  const [first, second] = listOf('users.json')
  const users = `{"Users": [${JSON.stringify(first)},\n${JSON.stringify({ ...second, UserStatus: 'GONE' })},\n\n5]}`
  t.strictSame(await mistakesIn({ ...files, 'users.json': users, 'groups.json': '' }), [
    'groups.json: The file is empty: the command was interrupted, or failed.',
    'users.json: Users[1].UserStatus is "GONE", which AWS does not use. (2)',
    'users.json: Users[2] is no object. (4)',
  ])
})

t.test('at most 20 mistakes are listed, and 100,000 are counted', async t => {
  const users = Array.from({ length: 50 }, () => ({}))
  const errorIn = async (content: unknown) => {
    const error = await read({ ...files, 'users.json': content }).catch((error: unknown) => error)
    if (error instanceof ImportError) return error
    throw error
  }
  t.equal((await errorIn(`{"Users":[${'{},'.repeat(100_000)}{}]}`)).count, 100_000)
  const error = await errorIn({ Users: users })
  t.equal(error.count, 50)
  t.equal(error.mistakes.length, 20)
  t.strictSame(error.mistakes[0], { file: 'users.json', message: 'Users[0] has no UserId.', line: 3 })
})

const older = 'One of the files is older: export all again.'
const [firstUser = {}, secondUser = {}] = listOf('users.json')
const [firstMembership = {}] = listOf(ofOperators)
const otherStore = {
  ...files,
  'users.json': { Users: [firstUser, { ...secondUser, IdentityStoreId: 'd-1234567890' }] },
}
const twice = (file: string, name: string) => ({
  ...files,
  [file]: { [name]: [...listOf(file), listOf(file)[0]] },
})
const changed = (file: string, name: string, change: object) => ({
  ...files,
  [file]: { [name]: [...listOf(file), { ...listOf(file)[0], ...change }] },
})
const readOnlyFile = `assignments/${readOnly}/111111111111.json`
const equalHint = 'Both are equal: --allow-equal-duplicates accepts that.'
const instances = listOf('instances.json')
const second = {
  ...instances[0],
  InstanceArn: 'arn:aws:sso:::instance/ssoins-1234567890abcdef',
  IdentityStoreId: 'd-1234567890',
  Name: 'Test',
}
const refused: Readonly<Record<string, readonly [content: Files, ...mistakes: readonly string[]]>> = {
  'a user who occurs twice': [
    twice('users.json', 'Users'),
    `users.json: Users[2] has the ID ${marge}, like Users[0] of users.json. ${equalHint}`,
  ],
  'a user with too many attributes': [
    changed('users.json', 'Users', { UserId: userId('homer'), Title: 'x'.repeat(256 * 1024) }),
    'users.json: Users[2] has attributes of more than 256 KiB. (53)',
  ],
  'an ID of a user and of a group': [
    changed('groups.json', 'Groups', { GroupId: marge }),
    `groups.json: Groups[2]: ${marge} is the ID of a user and of a group.`,
  ],
  'a folder that was written twice': [
    { ...files, 'copy/groups.json': files['groups.json'] },
    `groups.json: Groups[0] has the ID ${operators}, like Groups[0] of copy/groups.json. ${equalHint}`,
    `groups.json: Groups[1] has the ID ${empty}, like Groups[1] of copy/groups.json. ${equalHint}`,
  ],
  'two users with one ID': [
    changed('users.json', 'Users', { UserName: 'homer' }),
    `users.json: Users[2] has the ID ${marge}, like Users[0] of users.json.`,
  ],
  'a membership that occurs twice': [
    twice(ofOperators, 'GroupMemberships'),
    `${ofOperators}: GroupMemberships[2] has the user ${marge} in the group ${operators}, like GroupMemberships[0] of ${ofOperators}. ${equalHint}`,
  ],
  'two memberships with one ID': [
    changed(ofOperators, 'GroupMemberships', { GroupId: empty }),
    `${ofOperators}: GroupMemberships[2] has the MembershipId ${firstMembership.MembershipId}, like GroupMemberships[0] of ${ofOperators}.`,
  ],
  'an assignment that occurs twice': [
    twice(readOnlyFile, 'AccountAssignments'),
    `${readOnlyFile}: AccountAssignments[2] has the same assignment, like AccountAssignments[0] of ${readOnlyFile}. ${equalHint}`,
  ],
  'a membership of a user who is not listed': [
    { ...files, 'users.json': { Users: [firstUser] } },
    `${ofOperators}: GroupMemberships[1] has the user ${ned}, who is not in users.json. ${older}`,
  ],
  'memberships of a group that is not listed': [
    { ...files, 'groups.json': { Groups: [] } },
    `${empty}.json: The group is not in groups.json. ${older}`,
    ...[0, 1].map(
      at =>
        `${ofOperators}: GroupMemberships[${at}] is of the group ${operators}, which is not in groups.json. ${older}`,
    ),
  ],
  'an empty list of members of an unknown group': [
    { ...files, 'members.json': { GroupMemberships: [] } },
    'members.json: The list is empty, and the name of the file does not say of which group it is.',
  ],
  'two identity stores': [
    otherStore,
    'users.json: Users[1] is of the identity store d-1234567890, not d-9067e0c944. The files are of two exports or instances.',
  ],
  'permission sets of another instance': [
    { ...files, 'instances.json': { Instances: [{ ...instances[0], InstanceArn: second.InstanceArn }] } },
    `assignments/${admin}/222222222222.json: AccountAssignments[0] is of the instance ssoins-72230dd8d945bf1a, not ssoins-1234567890abcdef. The files are of two exports or instances.`,
  ],
  'no list of users or groups': [
    { 'instances.json': files['instances.json'] },
    'groups.json: The file is missing: export it with aws identitystore list-groups.',
    'users.json: The file is missing: export it with aws identitystore list-users.',
  ],
  'memberships without a list of users': [
    { ...files, 'users.json': { Users: null } },
    'users.json: The file is missing: export it with aws identitystore list-users.',
  ],
  'assignments without a list of instances': [
    without('instances.json'),
    'instances.json: The file is missing: export it with aws sso-admin list-instances.',
  ],
  'a Region without an instance': [
    { ...files, 'instances.json': { Instances: [] } },
    'instances.json: There is no instance: run the command in the primary Region of IAM Identity Center.',
  ],
  'two instances': [
    { ...files, 'instances.json': { Instances: [...instances, second] } },
    'instances.json: The account sees 2 instances: arn:aws:sso:::instance/ssoins-72230dd8d945bf1a, arn:aws:sso:::instance/ssoins-1234567890abcdef (Test). Choose one with --instance.',
  ],
  'missing files of assignments': [
    without(readOnlyFile, `accounts/${admin}.json`),
    `accounts/${admin}.json: The file is missing: export it with aws sso-admin list-accounts-for-provisioned-permission-set.`,
    `assignments/${readOnly}/111111111111.json: The file is missing: export it with aws sso-admin list-account-assignments.`,
  ],
  'an export that was not finished': [
    { ...files, 'manifest.json': { ...files['manifest.json'], complete: false } },
    'manifest.json: The export was not finished: run the script again with the same folder.',
  ],
  'an export of a newer version': [
    { ...files, 'manifest.json': { ...files['manifest.json'], scimulatorExport: 2 } },
    'manifest.json: The export was written by a newer version of Scimulator.',
  ],
  'a wrong time in the manifest': [
    { ...files, 'manifest.json': { ...files['manifest.json'], started: 'today' } },
    'manifest.json: started is no time.',
  ],
}

for (const [what, [content, ...mistakes]] of Object.entries(refused))
  t.test(`${what} is refused`, async t => t.strictSame(await mistakesIn(content), mistakes))

t.test('equal duplicates are read once if they are allowed', async t => {
  const allowed = { allowEqualDuplicates: true }
  const { notes, ...directory } = await read(
    { ...twice('users.json', 'Users'), [ofOperators]: twice(ofOperators, 'GroupMemberships')[ofOperators] },
    allowed,
  )
  t.strictSame(notes, ['Objects occur more than once, and were read once: 2.'])
  t.strictSame({ ...directory, notes: [] }, await read(files))
  t.equal((await mistakesIn(changed('users.json', 'Users', { UserName: 'homer' }), allowed)).length, 1)
})

t.test('what is missing becomes a note if it is allowed', async t => {
  const { memberships, notes } = await read(
    {
      ...without(readOnlyFile),
      'users.json': { Users: [firstUser] },
      'groups.json': { Groups: [listOf('groups.json')[0]] },
    },
    { allowMissing: true },
  )
  t.strictSame(
    Array.from(memberships, ({ user }) => user),
    [marge],
  )
  t.strictSame(notes, [
    'Memberships were left out, because their user or group is not in the export: 1.',
    `A list of members was left out, because the group ${empty} is not in the export.`,
    'Files of account assignments are missing, so some assignments are unknown: 1.',
  ])
})

t.test('one of several instances can be chosen', async t => {
  const both = { ...files, 'instances.json': { Instances: [second, ...instances] } }
  t.equal((await read(both, { instance: exported.instance })).instance.store, exported.store)
  t.strictSame(await mistakesIn(both, { instance: 'arn:x' }), [
    'instances.json: The instance arn:x is not in the list: arn:aws:sso:::instance/ssoins-1234567890abcdef (Test), arn:aws:sso:::instance/ssoins-72230dd8d945bf1a.',
  ])
})

t.test('more users than allowed are refused', async t => {
  t.strictSame(await mistakesIn(files, { maxObjects: 1 }), [
    'The export has more than 1 groups; --max-objects raises the limit.',
  ])
  t.strictSame(await mistakesIn(files, { maxObjects: 2 }), [])
})
