import t from 'tap'
import type { RehearsedClient } from '../../../../src/domain/contract/rehearsal.ts'
import { createClient, type Source } from '../../../../src/insight/rehearsal/clients.ts'
import { play } from '../../../../src/insight/rehearsal/play.ts'
import type { PlayedWithTimes } from '../../../../src/insight/rehearsal/played.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../../../src/provisioning/kit/directory/source-directory.ts'
import type { AwsDirectory } from '../../../../src/traffic/aws-directory/directory.ts'
import { awsDirectory } from '../../../support/aws-directory.ts'
import { groupId, userId } from '../../../support/aws-export.ts'
import { day, linesOf, namesIn, playFiles, start } from '../../../support/play.ts'

const person = (userPrincipalName: string, more: Partial<SourceUser> = {}): SourceUser => {
  const [nick = ''] = userPrincipalName.split('@')
  const names = { displayName: nick, givenName: nick, surname: 'Simpson', mailNickname: nick }
  return {
    objectId: `id-${nick}`,
    accountEnabled: true,
    ...more,
    attributes: { userPrincipalName, mail: userPrincipalName, ...names, ...more.attributes },
  }
}

const team = (displayName: string, ...members: readonly string[]): SourceGroup => ({
  objectId: `id-${displayName}`,
  attributes: { displayName },
  members: members.map(nick => `id-${nick}`),
})

const email = (value: string) => ({ emails: [{ value, type: 'work', primary: true }] })

function playWith(
  aws: AwsDirectory,
  source: Partial<SourceDirectory>,
  client: Partial<RehearsedClient> = {},
  switches: Readonly<Record<string, string>> = {},
): Promise<PlayedWithTimes> {
  const directory = { users: [], groups: [], assignments: [], ...source }
  const read: Source = { kind: 'entra', directory, warnings: [] }
  const profile = loadProfile('aws', switches)
  const played = createClient({ name: 'entra', ...client }, read, profile)
  const options = { now: start, horizon: start + 60 * day, signal: new AbortController().signal }
  return play(aws, profile, played, options)
}

const marge = 'marge@springfield.example'
const bart = 'bart@springfield.example'

t.test('users with equal names are matched, and keep their IDs', async t => {
  const aws = awsDirectory({
    users: { [marge]: { externalId: '00u1', ...email(marge) } },
    groups: { Operators: [marge], Others: [] },
  })
  const played = await playWith(aws, { users: [person(marge)], groups: [team('Operators', 'marge')] })
  t.same(namesIn(played.before), { users: [marge], groups: { Operators: [marge], Others: [] } })
  t.same(namesIn(played.after), namesIn(played.before))
  t.same(
    [...played.links],
    [
      ['id-marge', userId(marge)],
      ['id-Operators', groupId('Operators')],
    ],
  )
  t.match(JSON.parse(played.after.users.get(userId(marge)) ?? ''), { externalId: 'marge' })
  t.equal(played.after.groups.get(groupId('Others')), played.before.groups.get(groupId('Others')))
  t.same(linesOf(played, `User ${userId(marge)}`), ['0 GET 200', '0 PATCH 200'])
  t.match(played.cycles[0], { at: start })
  t.equal(played.times.written.get(userId(marge)), start + 4 * 40, 'three probes and the look-up before it')
})

t.test('a user whose address another one has is refused, until the end', async t => {
  const aws = awsDirectory({ users: { [bart]: email(bart) }, groups: { Operators: [bart] } })
  const simpson = person('bart.simpson@corp.example', { attributes: { mail: bart } })
  const played = await playWith(aws, { users: [simpson], groups: [team('Operators', 'bart.simpson')] })
  t.match(played.unsent.get('id-bart.simpson'), { outcome: 'refused', reason: /duplicate resource/ })
  t.notOk(played.links.has('id-bart.simpson'))
  t.same(namesIn(played.after), { users: [bart], groups: { Operators: [bart] } })
  t.same(linesOf(played, 'User name bart.simpson@corp.example'), [
    '0 GET 200',
    '0 POST 409',
    '1 GET 200',
    '1 POST 409',
  ])
})

t.test('a user who is created joins groups later than she exists', async t => {
  const aws = awsDirectory({ users: { [bart]: {} }, groups: { Operators: [bart] } })
  const simpson = person('bart.simpson@corp.example', { attributes: { mail: bart } })
  const played = await playWith(aws, { users: [simpson], groups: [team('Operators', 'bart.simpson')] })
  t.same(namesIn(played.after), {
    users: [bart, 'bart.simpson@corp.example'],
    groups: { Operators: [bart, 'bart.simpson@corp.example'] },
  })
  const created = played.links.get('id-bart.simpson') ?? ''
  const joined = played.times.joined.get(`${groupId('Operators')} ${created}`) ?? 0
  t.ok(joined > (played.times.written.get(created) ?? joined), 'in this order')
})

t.test('what one cycle frees, the next one uses', async t => {
  const aws = awsDirectory({ users: { 'otto@a.example': email('driver@a.example') } })
  const users = [
    person('seymour@a.example', { attributes: { mail: 'driver@a.example' } }),
    person('otto@a.example'),
  ]
  const played = await playWith(aws, { users })
  t.same(linesOf(played, 'User name seymour@a.example'), ['0 GET 200', '0 POST 409', '1 GET 200'])
  t.same(namesIn(played.after).users, ['otto@a.example', 'seymour@a.example'])
  t.same([...played.unsent], [])
})

t.test('a job that goes on disables and deletes whom it has provisioned', async t => {
  const aws = awsDirectory({ users: { [bart]: {}, [marge]: {} }, groups: { Operators: [bart, marge] } })
  const source = {
    users: [person(bart, { deletedAt: start - day }), person(marge)],
    groups: [team('Operators', 'marge')],
  }
  const played = await playWith(aws, source, { linked: true })
  t.same(namesIn(played.after), { users: [marge], groups: { Operators: [marge] } })
  const lines = linesOf(played, `User ${userId(bart)}`) ?? []
  t.match([lines.at(0), lines.at(-1)], [/^0 GET 200/, /DELETE 204/])
  const last = played.cycles.at(-1)?.at ?? 0
  t.ok(played.cycles.some(({ at }) => at >= start + 29 * day && at < start + 30 * day))
  t.ok(last < start + 31 * day, 'nothing is played when nothing more happens')
  const fresh = await playWith(aws, source)
  t.same(namesIn(fresh.after), namesIn(fresh.before), 'a new job does not know him')
})

t.test('assignments may end with their user', async t => {
  const principal = { type: 'User', id: userId(bart) } as const
  const assignments = [{ account: '111111111111', permissionSet: 'ps-1', principal }]
  const aws = awsDirectory({ users: { [bart]: {} }, assignments })
  const source = { users: [person(bart, { deletedAt: start - day })] }
  const kept = await playWith(aws, source, { linked: true })
  t.same(kept.assignments, assignments)
  const deleted = await playWith(aws, source, { linked: true }, { assignmentsOfDeleted: 'delete' })
  t.same(deleted.assignments, [])
})

t.test('disabled users are skipped, or disabled', async t => {
  const aws = awsDirectory({ users: { [bart]: {} } })
  const source = { users: [person(bart, { accountEnabled: false })] }
  const skipped = await playWith(aws, source)
  t.match(skipped.unsent.get('id-bart'), { outcome: 'skipped', reason: /is disabled/ })
  t.equal(skipped.after.users.get(userId(bart)), skipped.before.users.get(userId(bart)))
  const disabled = await playWith(aws, source, { disabledUnlinked: 'disable' })
  t.match(JSON.parse(disabled.after.users.get(userId(bart)) ?? ''), { active: false })
})

t.test('a play ends when it is aborted', async t => {
  const abort = new AbortController()
  abort.abort(new Error('Enough.'))
  const profile = loadProfile('aws')
  const directory = { users: [person(marge)], groups: [], assignments: [] }
  const client = createClient({ name: 'entra' }, { kind: 'entra', directory, warnings: [] }, profile)
  const options = { now: start, horizon: start + day, signal: abort.signal }
  await t.rejects(play(awsDirectory({}), profile, client, options), { message: 'Enough.' })
})

const oktaId = (nick: string) => `00u${nick.padEnd(17, '0')}`

const oktaLists = (appUsers: readonly string[]) => ({
  users: ['marge', 'bart'].map(nick => ({
    id: oktaId(nick),
    status: 'ACTIVE',
    profile: {
      login: `${nick}@springfield.example`,
      email: `${nick}@springfield.example`,
      firstName: nick,
      lastName: 'Simpson',
    },
  })),
  groups: [{ id: '00g1', profile: { name: 'Operators' }, members: [oktaId('marge')] }],
  appUsers: appUsers.map(nick => ({ id: oktaId(nick) })),
  groupPushMappings: [{ sourceGroupId: '00g1', status: 'ACTIVE' }],
})

t.test('Okta links users and groups of the same name, and keeps members that it does not know', async t => {
  const aws = awsDirectory({
    users: { [marge]: email(marge), 'moe@springfield.example': {} },
    groups: { Operators: ['moe@springfield.example'] },
  })
  const { users, groups, appUsers, groupPushMappings } = oktaLists(['marge', 'bart'])
  const files = {
    'users.json': users,
    'groups.json': groups.map(({ members: _, ...group }) => group),
    'members/00g1.json': [{ id: oktaId('marge') }],
    'appUsers.json': appUsers,
    'groupPushMappings.json': groupPushMappings,
  }
  const played = await playFiles(aws, { name: 'okta' }, files)
  t.same(namesIn(played.after), {
    users: [marge, 'moe@springfield.example', bart],
    groups: { Operators: ['moe@springfield.example', marge] },
  })
  t.equal(played.links.get(oktaId('marge')), userId(marge))
  t.equal(played.links.get('00g1'), groupId('Operators'))
  t.equal(played.client.title, 'Okta, app of the catalog')
})

t.test('without group linking, Okta cannot push a group whose name is taken', async t => {
  const aws = awsDirectory({ users: { [marge]: email(marge) }, groups: { Operators: [] } })
  const files = { 'okta.json': oktaLists(['marge']) }
  const played = await playFiles(aws, { name: 'okta', groupLinking: 'off' }, files)
  t.match(played.unsent.get('00g1'), { outcome: 'refused', reason: /duplicate resource/ })
  t.same(linesOf(played, 'Group name operators'), ['0 POST 409'])
  const imported = await playFiles(aws, { name: 'okta', groupLinking: 'off', importFirst: true }, files)
  t.same(namesIn(imported.after).groups, { Operators: [marge] })
  t.equal(imported.cycles.length, 2)
})

t.test('Google Workspace provisions people, and deletes them after a delay', async t => {
  const google = (primaryEmail: string, more: object = {}) => ({
    id: `1000${primaryEmail}`,
    primaryEmail,
    name: { givenName: 'A', familyName: 'Simpson' },
    ...more,
  })
  const aws = awsDirectory({
    users: { [marge]: email(marge), [bart]: email(bart) },
    groups: { Operators: [bart] },
  })
  const files = { 'google.json': { users: [google(marge), google(bart, { suspended: true })] } }
  const fresh = await playFiles(aws, { name: 'google' }, files)
  t.same(namesIn(fresh.after), namesIn(fresh.before))
  t.same([...fresh.links], [[`1000${marge}`, userId(marge)]])
  t.match(JSON.parse(fresh.after.users.get(userId(bart)) ?? ''), { active: true })
  const linked = await playFiles(aws, { name: 'google', linked: true, deleteAfter: '7d' }, files)
  t.same(namesIn(linked.after), { users: [marge], groups: { Operators: [] } })
  const times = linked.cycles.map(({ at }) => Math.floor((at - start) / day))
  t.same([times[0], times.at(-1)], [0, 7])
  t.same(linesOf(linked, `User ${userId(bart)}`), ['0 PUT 200', '1 DELETE 204'])
})

t.test('settings of another client are rejected', async t => {
  const files = { 'okta.json': oktaLists([]) }
  const wrong = { name: 'okta', retain: true, scope: 'all' } as const
  const rejection: unknown = await playFiles(awsDirectory({}), wrong, files).catch(error => error)
  t.match(rejection, {
    mistakes: [
      { part: 'client', message: /^The client okta has no setting "retain"\. Its settings are app, / },
      { part: 'client', message: /"scope"/ },
    ],
  })
  await t.rejects(playFiles(awsDirectory({}), { name: 'entra', mapping: '{' }, { 'users.json': [] }), {
    name: 'RehearsalError',
  })
})
