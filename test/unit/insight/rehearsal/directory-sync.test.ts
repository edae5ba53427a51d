import t from 'tap'
import { awsDirectory } from '../../../support/aws-directory.ts'
import { groupId, userId } from '../../../support/aws-export.ts'
import { linesOf, namesIn, playFiles } from '../../../support/play.ts'

const email = (value: string) => ({ emails: [{ value, type: 'work', primary: true }] })
const marge = 'marge@springfield.example'
const bart = 'bart@springfield.example'

const googleId = (address: string) => `10${address}`

const person = (primaryEmail: string, more: object = {}) => ({
  id: googleId(primaryEmail),
  primaryEmail,
  name: { givenName: primaryEmail.split('@')[0], familyName: 'Simpson' },
  ...more,
})

type Groups = Readonly<Record<string, readonly string[]>>

/** The files of Google Workspace; the id of a group is `id-` and its name, unless it is given. */
const google = (users: readonly object[], groups: Groups, idOf = (name: string) => `id-${name}`) => ({
  'users.json': users,
  'groups.json': Object.keys(groups).map(name => ({
    id: idOf(name),
    name,
    email: `${name}@springfield.example`,
  })),
  ...Object.fromEntries(
    Object.entries(groups).map(([name, members]) => [
      `members/${idOf(name)}.json`,
      members.map(address => ({ id: googleId(address) })),
    ]),
  ),
})

/** As ssosync left them. */
const copied = (address: string) => ({
  externalId: googleId(address),
  ...email(address),
  displayName: nick(address),
})
const nick = (address: string) => `${address.split('@')[0]} Simpson`

t.test('ssosync deletes what Google does not have, unless it retains it', async t => {
  const aws = awsDirectory({
    users: { [marge]: copied(marge), 'root@aws.example': email('root@aws.example') },
    groups: { Operators: [marge], AWSControlTowerAdmins: ['root@aws.example'] },
  })
  const files = google([person(marge)], { Operators: [marge] })
  const deleted = await playFiles(aws, { name: 'ssosync', version: '2.6.3' }, files)
  t.same(namesIn(deleted.after), { users: [marge], groups: { Operators: [marge] } })
  t.same(linesOf(deleted, `Group ${groupId('AWSControlTowerAdmins')}`), ['0 GET 200', '0 DELETE 204'])
  t.equal(deleted.client.title, 'ssosync 2.6.3, method groups')
  const kept = await playFiles(aws, { name: 'ssosync', retain: true }, files)
  t.same(namesIn(kept.after), namesIn(kept.before))
  const known = await playFiles(aws, { name: 'ssosync', method: 'users_groups' }, files)
  t.same(known.after.groups.has(groupId('AWSControlTowerAdmins')), true)
  await t.rejects(playFiles(aws, { name: 'ssosync', version: '2.6', retain: true }, files), {
    message: "ssosync 2.6 can't retain users and groups: use version 2.8 or later.",
  })
})

t.test(
  'ssosync overwrites the external ID of another client, and later versions recreate the user',
  async t => {
    const aws = awsDirectory({
      users: { [marge]: { externalId: '00u1', ...email(marge) } },
      groups: { Operators: [marge] },
    })
    const files = google([person(marge)], { Operators: [marge] })
    const before = await playFiles(aws, { name: 'ssosync', version: '2.6' }, files)
    t.match(JSON.parse(before.after.users.get(userId(marge)) ?? ''), { externalId: googleId(marge) })
    const since = await playFiles(aws, { name: 'ssosync', version: '2.7' }, files)
    t.notOk(since.after.users.has(userId(marge)))
    const created = since.links.get(googleId(marge)) ?? ''
    t.match(JSON.parse(since.after.users.get(created) ?? ''), {
      userName: marge,
      externalId: googleId(marge),
    })
    t.same(since.after.members(groupId('Operators')), [created], 'after the second run at the latest')
  },
)

t.test('ssosync knows a renamed group by its external ID, which early versions do not send', async t => {
  const aws = awsDirectory({ users: { [marge]: copied(marge) }, groups: { dev: [marge] } })
  const [id, group] = [...aws.groups][0] ?? []
  const named = {
    ...aws,
    groups: new Map([
      [id ?? '', { ...group, id: id ?? '', document: '{"displayName":"dev","externalId":"g1"}' }],
    ]),
  }
  const files = google([person(marge)], { developers: [marge] }, () => 'g1')
  const renamed = await playFiles(named, { name: 'ssosync', version: '2.6' }, files)
  t.same(namesIn(renamed.after).groups, { developers: [marge] })
  t.ok(renamed.after.groups.has(groupId('dev')))
  const early = await playFiles(named, { name: 'ssosync', version: '2.4' }, files)
  t.same(namesIn(early.after).groups, { developers: [marge] })
  t.notOk(early.after.groups.has(groupId('dev')))
})

t.test('ssosync gives up after an error, and goes on after a conflict', async t => {
  const aws = awsDirectory({ users: { [bart]: email(marge) } })
  const files = google([person(marge), person(bart)], { Operators: [marge, bart] })
  const played = await playFiles(aws, { name: 'ssosync', version: '2.6' }, files)
  t.match(played.links.get(googleId(bart)), userId(bart))
  t.same(namesIn(played.after).users.sort(), [bart, marge], 'the address was freed before')
  const taken = awsDirectory({ users: { [bart]: copied(bart), 'lisa@springfield.example': email(marge) } })
  const kept = await playFiles(taken, { name: 'ssosync', retain: true }, files)
  t.match(kept.unsent.get(googleId(marge)), { outcome: 'refused' })
  t.match(kept.unsent.get('id-Operators'), undefined)
  t.same(namesIn(kept.after).groups, { Operators: [] })
})

t.test('idp-scim-sync compares primary addresses, by exact text', async t => {
  const aws = awsDirectory({
    users: { 'Apu@springfield.example': email('Apu@springfield.example'), 'tower@aws.example': {} },
    groups: { Operators: ['Apu@springfield.example'], Others: [] },
  })
  const apu = 'apu@springfield.example'
  const files = google([person(apu)], { Operators: [apu] })
  const played = await playFiles(aws, { name: 'idp-scim-sync' }, files, { unknownMembers: 'refuse' })
  t.match(linesOf(played, `User ${userId('Apu@springfield.example')}`)?.slice(0, 3), [
    '0 GET 200',
    '0 PUT 200',
    '0 DELETE 204',
  ])
  t.notOk(played.after.users.has(userId('tower@aws.example')), 'without an address')
  t.notOk(played.after.groups.has(groupId('Others')))
  t.not(played.links.get(googleId(apu)), userId('Apu@springfield.example'), 'the next run makes him anew')
})

t.test('idp-scim-sync ends with the first complete run', async t => {
  const aws = awsDirectory({ users: { [marge]: email(marge) }, groups: { Operators: [] } })
  const files = google([person(marge), person(bart, { suspended: true })], { Operators: [marge, bart] })
  const played = await playFiles(aws, { name: 'idp-scim-sync' }, files)
  t.equal(played.cycles.length, 1)
  t.same(namesIn(played.after), { users: [marge, bart], groups: { Operators: [marge, bart] } })
  t.match(JSON.parse(played.after.users.get(played.links.get(googleId(bart)) ?? '') ?? ''), { active: false })
  t.same([...played.unsent], [])
})
