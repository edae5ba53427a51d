import t from 'tap'
import { importResultSchema } from '../../../../src/domain/contract/aws-import.ts'
import {
  fittingSwitches,
  foreignGroups,
  importResultOf,
} from '../../../../src/traffic/aws-directory/evidence.ts'
import { readAwsExport } from '../../../../src/traffic/aws-directory/read.ts'
import {
  awsExport,
  type ExportedDirectory,
  exported,
  exportFiles,
  groupId,
  tarOf,
  userId,
} from '../../../support/aws-export.ts'

const read = (files: Readonly<Record<string, unknown>>) =>
  readAwsExport({ name: 'export.tar', bytes: tarOf(exportFiles(files)) })

const resultOf = async (directory: ExportedDirectory) => importResultOf(await read(awsExport(directory)))

const withEmail = (userName: string, email: object | null) => ({
  userName,
  more: { Emails: email === null ? null : [email] },
})

t.test('the result counts what was imported', async t => {
  const result = await resultOf({
    users: [{ userName: 'marge', externalId: '1' }, { userName: 'ned', active: false }, 'lone'],
    groups: ['Operators', 'Empty', 'Unused'],
    members: { Operators: ['marge', 'ned'], Unused: ['ned'] },
    assignments: [
      { to: 'Operators' },
      { to: 'Empty', account: '222222222222' },
      { to: userId('homer'), permissionSet: 'Admin' },
    ],
  })
  t.strictSame(importResultSchema.parse(result), result)
  t.strictSame(result.counts, {
    users: 3,
    disabledUsers: 1,
    groups: 3,
    memberships: 3,
    permissionSets: 2,
    assignments: 3,
    orphanedAssignments: 1,
    accounts: 2,
    applicationAssignments: 0,
    usersWithoutGroups: 1,
    groupsWithoutMembers: 1,
    groupsWithoutAssignments: 1,
  })
  t.strictSame(result.issuers, [{ issuer: exported.issuer, count: 1 }])
  t.match(result, {
    store: exported.store,
    instance: exported.instance,
    account: exported.account,
    source: 'archive',
    name: 'export.tar',
    started: '2026-11-30T07:00:00.000Z',
    finished: '2026-11-30T07:05:00.000Z',
    complete: true,
  })
})

const by = (author: string) => ({ CreatedBy: author, UpdatedBy: author })

t.test('what created an object follows from its external IDs, its author and its name', async t => {
  const directory: ExportedDirectory = {
    users: [
      { userName: 'provisioned', externalId: '1' },
      { userName: 'old', externalId: '2' },
      { userName: 'by-hand', more: by('111111111111') },
      { userName: 'by-scim-without-id' },
      { userName: 'unknown', more: { CreatedAt: null } },
      { userName: 'other', more: { ...by('x'), ExternalIds: [{ Issuer: 'https://okta.example', Id: '1' }] } },
    ],
    groups: ['AWSControlTowerAdmins', { displayName: 'By hand', more: by('111111111111') }, 'Synced'],
  }
  t.strictSame((await resultOf(directory)).origins, { scim: 2, manual: 2, controlTower: 1, unknown: 4 })
  t.strictSame([...foreignGroups(await read(awsExport(directory)))], [groupId('AWSControlTowerAdmins')])
  const mostlyScim = { ...directory, users: directory.users?.slice(0, 3) ?? [] }
  t.strictSame(
    [...foreignGroups(await read(awsExport(mostlyScim)))],
    [groupId('AWSControlTowerAdmins'), groupId('By hand')],
  )
})

t.test(
  'objects that break a rule of the profile are evidence, with the switch that accepts them',
  async t => {
    const directory: ExportedDirectory = {
      users: [
        { userName: 'fine' },
        withEmail('no-email', null),
        withEmail('no-primary', { Value: 'a@b.example' }),
        { userName: 'with space' },
        { userName: 'angle', more: { Title: '<b>' } },
        { userName: 'tab', more: { Title: 'a\tb' } },
        { userName: 'nameless', more: { Name: { FamilyName: 'x' } } },
        { userName: 'both', more: { Name: null, Emails: null } },
      ],
      groups: ['Ops', 'OPS'],
    }
    const { evidence } = await resultOf(directory)
    const found = evidence.map(({ id, rule, ids }) => [id, rule, ids.length])
    t.strictSame(found, [
      ['email=optional', 'aws/required-attributes', 2],
      ['aws/email-is-primary', 'aws/email-is-primary', 1],
      ['spaceInUserName=allow', 'aws/text-characters', 1],
      ['specialCharacters=allow', 'aws/no-special-characters', 1],
      ['lineBreaks=allow', 'aws/no-line-breaks', 1],
      ['aws/required-attributes', 'aws/required-attributes', 2],
      ['letterCase=sensitive', 'letter-case', 1],
    ])
    t.strictSame(evidence[0], {
      id: 'email=optional',
      rule: 'aws/required-attributes',
      switch: 'email',
      value: 'optional',
      text: 'AWS has users or groups that break the rule aws/required-attributes: A user requires `userName`, `displayName`, `name.givenName` and `name.familyName`; a group requires `displayName`.',
      count: 2,
      ids: [userId('no-email'), userId('both')],
    })
    t.strictSame(fittingSwitches(await resultOf(directory)), {
      email: 'optional',
      spaceInUserName: 'allow',
      specialCharacters: 'allow',
      lineBreaks: 'allow',
      letterCase: 'sensitive',
    })
  },
)

t.test('names and email addresses that are equal are evidence', async t => {
  const shared = { Value: 'shared@springfield.example', Primary: true }
  const { evidence } = await resultOf({
    users: [
      withEmail('a', shared),
      withEmail('b', shared),
      withEmail('c', { ...shared, Value: 'SHARED@springfield.example' }),
    ],
    groups: [{ displayName: 'Ops' }, { displayName: 'Ops', id: groupId('other Ops') }],
  })
  t.strictSame(
    evidence.map(({ id, ids, switch: by }) => [id, by, ids]),
    [
      ['unique-emails.value', undefined, [userId('b')]],
      ['letterCase=sensitive', 'letterCase', [userId('c')]],
      ['unique-displayName', undefined, [groupId('other Ops')]],
    ],
  )
})

t.test('what an export cannot say is stated', async t => {
  const always = ['sign-ins', 'policies', 'owners', 'meanwhile']
  const ids = (result: { readonly unknown: readonly { readonly id: string }[] }) =>
    result.unknown.map(({ id }) => id)
  const Extensions = { 'aws:identitystore:enterprise': { department: 'Art' } }
  t.strictSame(ids(await resultOf({ users: [{ userName: 'a', more: { Extensions } }] })), always)
  const ofOldTool = {
    'users.json': {
      Users: [
        { UserId: userId('a'), IdentityStoreId: exported.store },
        {
          UserId: userId('b'),
          UserStatus: 'ENABLED',
          CreatedAt: 1,
          ExternalIds: ['a', 'b'].map(Id => ({ Issuer: `https://scim.aws.com/${Id}`, Id })),
        },
      ],
    },
    'groups.json': { Groups: [{ GroupId: groupId('Ops'), CreatedAt: 1 }] },
  }
  const result = importResultOf(await read(ofOldTool))
  t.strictSame(
    result.unknown.map(({ id, ids }) => [id, ...ids]),
    [
      ['status-unknown', userId('a')],
      ['times-unknown', userId('a')],
      ['enterprise-unknown'],
      ['members-unknown', groupId('Ops')],
      ['several-issuers', userId('b')],
      ['assignments-unknown'],
      ['orphans-unknown'],
      ['complete-unknown'],
      ...always.map(id => [id]),
    ],
  )
})
