import t from 'tap'
import type { Rehearsal, RehearsedClient } from '../../../../src/domain/contract/rehearsal.ts'
import { RehearsalError } from '../../../../src/insight/rehearsal/played.ts'
import { type RehearsalRequest, rehearse } from '../../../../src/insight/rehearsal/rehearse.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'
import type { AwsDirectory } from '../../../../src/traffic/aws-directory/directory.ts'
import { awsDirectory } from '../../../support/aws-directory.ts'
import { groupId, permissionSetId, userId } from '../../../support/aws-export.ts'

const start = Date.parse('2026-12-01T06:00:00Z')
const account = '111111111111'

const person = (userPrincipalName: string, more: JsonObject = {}): JsonObject => {
  const [nick = ''] = userPrincipalName.split('@')
  const names = { displayName: nick, givenName: nick, surname: 'Simpson', mailNickname: nick }
  return {
    id: `id-${nick}`,
    userPrincipalName,
    mail: userPrincipalName,
    ...names,
    accountEnabled: true,
    ...more,
  }
}

const team = (displayName: string, ...members: readonly string[]): JsonObject => ({
  id: `id-${displayName}`,
  displayName,
  members: members.map(nick => `id-${nick}`),
})

type Aws = Parameters<typeof awsDirectory>[0]

/** All permission sets are `ReadOnly`, unless the name is given. */
function awsWith(
  aws: Omit<Aws, 'assignments'>,
  ...assigned: readonly (readonly [to: string, set?: string])[]
) {
  const sets = ['ReadOnly', 'AdministratorAccess']
  return {
    ...awsDirectory({
      ...aws,
      assignments: assigned.map(([to, set = 'ReadOnly']) => ({
        account,
        permissionSet: permissionSetId(set),
        principal: Object.hasOwn(aws.groups ?? {}, to)
          ? { type: 'Group', id: groupId(to) }
          : { type: 'User', id: userId(to) },
      })),
    }),
    permissionSets: new Map(
      sets.map(name => [permissionSetId(name), { id: permissionSetId(name), name, sessionDuration: 'PT1H' }]),
    ),
    accounts: new Map([[account, 'production']]),
  }
}

type Given = {
  readonly users?: readonly JsonObject[]
  readonly groups?: readonly JsonObject[]
  readonly client?: Partial<RehearsedClient>
  readonly switches?: Readonly<Record<string, string>>
} & Partial<Pick<RehearsalRequest, 'nameId' | 'people' | 'identitySource'>>

const rehearsed = (
  directory: AwsDirectory,
  { users = [], groups = [], client, switches, ...more }: Given,
): Promise<Rehearsal> =>
  rehearse(
    {
      ...{ directory, profile: loadProfile('aws', switches), now: start, remedies: false },
      client: { name: 'entra', ...client },
      files: [{ name: 'directory.json', text: JSON.stringify({ users, groups }) }],
      ...more,
    },
    { signal: new AbortController().signal },
  )

t.test('an assignment of a user with the ID of a group grants members nothing', async t => {
  const marge = 'marge@springfield.example'
  const directory = awsWith({ users: { [marge]: {} }, groups: { Operators: [marge] } })
  const principal = { type: 'User', id: groupId('Operators') } as const
  const assignments = [{ account, permissionSet: permissionSetId('ReadOnly'), principal }]
  const { summary, people } = await rehearsed(
    { ...directory, assignments },
    { users: [person('ned@springfield.example')] },
  )
  t.match([summary.lose, summary.notInSource, summary.orphanedBefore, people], [0, 0, 1, []])
})

const email = (value: string) => ({ emails: [{ value, type: 'work', primary: true }] })

const outcomesIn = ({ objects }: Rehearsal) =>
  objects.map(({ awsName, sourceName, outcome }) => `${awsName ?? sourceName}: ${outcome}`)

const accessIn = ({ people }: Rehearsal) =>
  people.map(({ person, permissionSet, via, outcome, cause, until }) =>
    [person, permissionSet, via, outcome, cause, until !== undefined && 'again'].filter(Boolean).join(' '),
  )

const [marge, bart] = ['marge@springfield.example', 'bart@springfield.example']

t.test('nobody loses access where names are equal, and each change is listed', async t => {
  const aws = awsWith(
    { users: { [marge]: { externalId: '00u1', ...email(marge) } }, groups: { Operators: [marge] } },
    ['Operators'],
    [marge, 'AdministratorAccess'],
  )
  const found = await rehearsed(aws, { users: [person(marge)], groups: [team('Operators', 'marge')] })
  t.match(found, {
    client: 'Microsoft Entra ID, mapping aws',
    directory: 'd-9067e0c944',
    summary: {
      lose: 0,
      gain: 0,
      keptUnknown: 0,
      memberships: { kept: 1, 'kept-unknown': 0, gained: 0, lost: 0 },
    },
    questions: [],
  })
  t.same(accessIn(found), [])
  t.match(found.objects, [
    {
      ...{ type: 'User', awsName: marge, source: 'id-marge', outcome: 'changed', person: 'certain' },
      ...{ enabled: true, matchedBy: 'userName' },
      requests: [
        { method: 'GET', status: 200 },
        { method: 'PATCH', status: 200 },
      ],
    },
    { type: 'Group', awsName: 'Operators', matchedBy: 'displayName', outcome: 'changed' },
  ])
  t.match(
    found.objects[0]?.changes?.find(({ path }) => path === 'externalId'),
    { before: '00u1', after: 'marge' },
  )
})

t.test('a person whose new name AWS does not know keeps her user and loses access', async t => {
  const aws = awsWith(
    { users: { [bart]: email(bart) }, groups: { Operators: [bart] } },
    ['Operators'],
    [bart, 'AdministratorAccess'],
  )
  const source = {
    users: [person('bart.simpson@corp.example', { mail: bart })],
    groups: [team('Operators', 'bart.simpson')],
  }
  const found = await rehearsed(aws, source)
  t.same(outcomesIn(found), [`${bart}: refused`, 'Operators: changed'])
  t.match(found.objects[0], { person: 'likely', reason: /duplicate/ })
  t.match(found.summary, { lose: 1, administratorsLose: 1, firstLossMinutes: 0, causes: { refused: 1 } })
  t.same(
    accessIn(found),
    [
      'bart.simpson@corp.example ReadOnly Operators lost refused',
      'bart.simpson@corp.example AdministratorAccess lost refused',
    ].sort(),
  )
  t.match(found.people[0], { accountName: 'production', sessionsUntil: 'PT1H', from: 0 })

  t.test('unless her NameID is the address that she has at AWS', async t => {
    const { summary, people } = await rehearsed(aws, { ...source, nameId: 'mail' })
    t.match(summary, { lose: 0, keptUnknown: 1 })
    t.match(people, [{ outcome: 'kept-unknown', via: 'Operators' }])
  })
})

t.test(
  'a person who gets a new user loses assignments for good, and groups until she joins them',
  async t => {
    const aws = awsWith(
      { users: { [bart]: {} }, groups: { Operators: [bart] } },
      ['Operators'],
      [bart, 'AdministratorAccess'],
    )
    const found = await rehearsed(aws, {
      users: [person('bart.simpson@corp.example', { mail: bart })],
      groups: [team('Operators', 'bart.simpson')],
    })
    t.same(outcomesIn(found), [`${bart}: recreated`, `${bart}: left`, 'Operators: changed'])
    t.same(accessIn(found).sort(), [
      'bart.simpson@corp.example AdministratorAccess lost recreated',
      'bart.simpson@corp.example ReadOnly Operators lost recreated again',
    ])
    t.equal(found.summary.orphanedAfter, 0, 'the old user stays')
  },
)

t.test('names that differ in letter case have two outcomes', async t => {
  const lisa = 'Lisa.Simpson@springfield.example'
  const aws = awsWith({ users: { [lisa]: email(lisa.toLowerCase()) } }, [lisa])
  const found = await rehearsed(aws, { users: [person(lisa.toLowerCase())] })
  t.match(found.questions, [
    { switch: 'letterCase', values: ['insensitive', 'sensitive'], lose: { insensitive: 0, sensitive: 1 } },
  ])
  t.match(found.objects, [
    { outcome: 'changed', uncertain: [{ switch: 'letterCase', value: 'sensitive', outcome: 'refused' }] },
  ])
  t.match(found.summary, { lose: 0, uncertain: 1 })
  t.same(accessIn(found), ['lisa.simpson@springfield.example ReadOnly uncertain refused'])
})

t.test('a disabled person is skipped or disabled', async t => {
  const aws = awsWith({ users: { [bart]: email(bart) } }, [bart])
  const found = await rehearsed(aws, { users: [person(bart, { accountEnabled: false })] })
  t.same(outcomesIn(found), [`${bart}: skipped`])
  t.match(found.questions, [{ switch: 'disabledUnlinked', lose: { skip: 0, disable: 1 } }])
  t.match(found.objects[0]?.uncertain, [{ value: 'disable', outcome: 'disabled' }])
  t.same(accessIn(found), [`${bart} ReadOnly lost disabled-in-source`], 'under both answers')
  t.match(found.summary, { lose: 0, disabledInSource: 1, notInSource: 0, uncertain: 0 })
})

t.test('a question whose answer changes nothing is not asked', async t => {
  const aws = awsWith({ users: { [bart]: email(bart) } }, [bart])
  const deletedDateTime = '2026-12-01T05:00:00Z'
  const found = await rehearsed(aws, { users: [person(bart, { deletedDateTime })] })
  t.same(found.questions, [])
  t.match(found.summary, { lose: 0, disabledInSource: 1 })
})

t.test('members whom the client does not know keep access, and new members gain it', async t => {
  const moe = 'moe@springfield.example'
  const aws = awsWith(
    { users: { [marge]: email(marge), [moe]: email(moe) }, groups: { AWSControlTowerAdmins: [moe] } },
    ['AWSControlTowerAdmins', 'AdministratorAccess'],
  )
  const found = await rehearsed(aws, {
    users: [person(marge), person(moe)],
    groups: [team('AWSControlTowerAdmins', 'marge')],
  })
  t.same(accessIn(found), [
    `${marge} AdministratorAccess AWSControlTowerAdmins gained`,
    `${moe} AdministratorAccess AWSControlTowerAdmins kept-unknown`,
  ])
  t.match(found.summary, { lose: 0, gain: 1, keptUnknown: 1 })
  t.ok(outcomesIn(found).includes('AWSControlTowerAdmins: adopted-foreign'))
})

t.test('what a person had by another user of hers she does not gain', async t => {
  const aws = awsWith(
    { users: { [marge]: email(marge), 'marge-admin': email(marge) } },
    [marge],
    ['marge-admin'],
    ['marge-admin', 'AdministratorAccess'],
  )
  const found = await rehearsed(aws, { users: [person(marge)] })
  t.match(found.summary, { lose: 1, administratorsLose: 1, gain: 0 })
  t.same(accessIn(found), [`${marge} AdministratorAccess lost name-id`])
})

t.test('two people who swap their names swap their access', async t => {
  const users = {
    [marge]: { externalId: 'id-marge', ...email(marge) },
    [bart]: { externalId: 'id-bart', ...email(bart) },
  }
  const aws = awsWith({ users }, [marge, 'AdministratorAccess'], [bart])
  const found = await rehearsed(aws, {
    users: [person(marge, { id: 'id-bart' }), person(bart, { id: 'id-marge' })],
  })
  t.match(found.summary, { lose: 2, administratorsLose: 1, causes: { 'name-id': 2 }, gain: 2 })
  t.same(accessIn(found), [
    `${bart} AdministratorAccess lost name-id`,
    `${bart} ReadOnly gained`,
    `${marge} AdministratorAccess gained`,
    `${marge} ReadOnly lost name-id`,
  ])
})

t.test('whether access is known depends on assignments and on members of groups that have some', async t => {
  const aws = awsWith({ users: { [bart]: {} }, groups: { Operators: [], Crew: [] } }, ['Operators'])
  const isKnown = async (changes: Partial<AwsDirectory>) =>
    (await rehearsed({ ...aws, ...changes }, { users: [person(bart)] })).summary.isAccessKnown
  t.ok(await isKnown({ membersUnknown: new Set([groupId('Crew')]) }))
  t.notOk(await isKnown({ membersUnknown: new Set([groupId('Operators')]) }))
  t.notOk(await isKnown({ assignments: [], read: { ...aws.read, skipped: ['assignments'] } }))
})

t.test('people whom the source does not have are counted apart', async t => {
  const aws = awsWith({ users: { [bart]: email(bart), [marge]: email(marge) } }, [bart], [marge])
  const found = await rehearsed(aws, { users: [person(marge)] })
  t.match(found.summary, { lose: 0, notInSource: 1, users: { changed: 1, left: 1 } })
  t.same(accessIn(found), [`${bart} ReadOnly lost not-in-source`])
})

t.test('a person of the source can be named', async t => {
  const aws = awsWith({ users: { [bart]: {} } }, [bart])
  const users = [person('b@corp.example', { mail: 'b@corp.example' })]
  const named = await rehearsed(aws, { users, people: [{ aws: bart, source: 'b@corp.example' }] })
  t.same(outcomesIn(named), [`${bart}: recreated`, `${bart}: left`])
  const unnamed = await rehearsed(aws, { users })
  t.same(outcomesIn(unnamed), [`${bart}: left`, 'b@corp.example: created'])

  const wrong = rehearsed(aws, { users, people: [{ aws: 'lisa', source: 'b@corp.example' }] })
  await t.rejects(wrong, new RehearsalError([{ part: 'people', message: 'People: lisa is no user at AWS.' }]))
})

t.test('a source without users is rejected', async t => {
  const aws = awsWith({ users: { [bart]: {} } }, [bart])
  const empty = rehearsed(aws, { groups: [team('Operators')] })
  const message = 'The files of the source have no users. Add its export of users, such as users.json.'
  await t.rejects(empty, new RehearsalError([{ part: 'files', message }]))
})

t.test('Okta provisions no users without assignments to its application', async t => {
  const aws = awsWith({ users: { [bart]: email(bart) } }, [bart])
  const found = await rehearsed(aws, { users: [person(bart)], client: { name: 'okta' } })
  t.match(found.summary, { provisioned: 0, lose: 0 })
})

t.test('two users at AWS have an address that idp-scim-sync compares', async t => {
  const aws = awsWith({ users: { [bart]: email(bart), lisa: email(bart) } }, [bart])
  const groups = [team('Operators', 'bart')]
  const found = await rehearsed(aws, { users: [person(bart)], groups, client: { name: 'idp-scim-sync' } })
  t.match(found.questions, [{ switch: 'listOrder', values: ['oldest first', 'newest first'] }])
})

t.test('a NameID without values is rejected', async t => {
  const aws = awsWith({ users: { [bart]: {} } })
  const users = [person(bart)]
  await t.rejects(rehearsed(aws, { users, nameId: 'extensionAttribute1' }), {
    message: /^NameID: No user of the source has a value for extensionAttribute1\. There are displayName/,
  })
  await t.rejects(rehearsed(aws, { users, nameId: 'Join(' }), { message: /^NameID: / })
})

t.test('a change from Active Directory deletes everything, so nothing is played', async t => {
  const aws = awsWith({ users: { [bart]: {} } }, [bart])
  const found = await rehearsed(aws, { identitySource: 'active-directory' })
  t.match(found, {
    stopped: /AWS deletes all users/,
    cycles: [],
    summary: { lose: 1, users: { deleted: 1 } },
  })
})

t.test('the same input has the same result', async t => {
  const aws = awsWith({ users: { [bart]: {} }, groups: { Operators: [bart] } }, ['Operators'])
  const source = {
    users: [person('bart@corp.example', { mail: bart }), person(marge)],
    groups: [team('New', 'marge')],
  }
  const [one, other] = [await rehearsed(aws, source), await rehearsed(aws, source)]
  t.equal(JSON.stringify(one), JSON.stringify(other))
})
