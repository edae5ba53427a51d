import t from 'tap'
import type { Rehearsal, RehearsalInput } from '../../../../src/domain/contract/rehearsal.ts'
import { type RehearsalRequest, rehearse } from '../../../../src/insight/rehearsal/rehearse.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import type { AwsDirectory } from '../../../../src/traffic/aws-directory/directory.ts'
import { awsDirectory } from '../../../support/aws-directory.ts'
import { groupId, userId } from '../../../support/aws-export.ts'

const run = { signal: new AbortController().signal }

const email = (value: string) => ({ emails: [{ value, type: 'work', primary: true }] })

const assigned = (group: string) => ({
  account: '111122223333',
  permissionSet: 'ps-0000000000000001',
  principal: { type: 'Group', id: groupId(group) } as const,
})

type Person = { readonly upn: string; readonly mail?: string }

const usersFile = (people: readonly Person[]) => ({
  name: 'users.json',
  text: JSON.stringify({
    value: people.map(({ upn, mail = upn }) => {
      const [nick = ''] = upn.split('@')
      const names = { displayName: nick, givenName: nick, surname: 'Simpson', mailNickname: nick }
      return { id: `id-${nick}`, userPrincipalName: upn, mail, ...names, accountEnabled: true }
    }),
  }),
})

const requestOf = (
  directory: AwsDirectory,
  people: readonly Person[],
  more: Partial<RehearsalInput> = {},
): RehearsalRequest => ({
  directory,
  profile: loadProfile('aws', {}),
  now: Date.parse('2026-12-01T06:00:00Z'),
  files: [usersFile(people)],
  client: { name: 'entra' },
  ...more,
})

const summaryOf = ({ summary, remedies }: Rehearsal) => ({
  lose: summary.lose,
  remedies: remedies.map(({ id, loseAfter, refusedAfter }) => [id, loseAfter, refusedAfter]),
})

t.test('names that differ are matched by an attribute, sent as NameID, or changed at AWS', async t => {
  const aws = awsDirectory({
    users: {
      'bart@example.com': email('bart@example.com'),
      'lisa@example.com': email('lisa@example.com'),
      'maggie@example.com': email('maggie@example.com'),
    },
    groups: { Operators: ['bart@example.com', 'lisa@example.com', 'maggie@example.com'] },
    assignments: [assigned('Operators')],
  })
  const people = [
    { upn: 'bart.simpson@corp.example', mail: 'bart@example.com' },
    { upn: 'lisa.simpson@corp.example', mail: 'lisa@example.com' },
    { upn: 'maggie@example.com' },
  ]
  const found = await rehearse(requestOf(aws, people), run)
  t.same(summaryOf(found), {
    lose: 2,
    remedies: [
      ['match-mail', 0, 0],
      ['rename-users', 0, 0],
      ['name-id', 0, 2],
    ],
  })
  t.same([...new Set(found.people.map(({ remedy }) => remedy))], ['match-mail', undefined])
  t.same(found.remedies[1]?.commands, [
    `aws identitystore update-user --identity-store-id 'd-9067e0c944' --user-id '${userId('bart@example.com')}' --operations '[{"AttributePath":"userName","AttributeValue":"bart.simpson@corp.example"}]'`,
    `aws identitystore update-user --identity-store-id 'd-9067e0c944' --user-id '${userId('lisa@example.com')}' --operations '[{"AttributePath":"userName","AttributeValue":"lisa.simpson@corp.example"}]'`,
  ])

  const named = await rehearse(requestOf(aws, people, { nameId: 'mail' }), run)
  t.match(named.summary, { lose: 0, users: { refused: 2 } }, 'what is printed is what the remedy does')
  const mapping = JSON.stringify({
    users: {
      attributes: [
        { source: '[mail]', target: 'userName', matching: 1 },
        { source: '[displayName]', target: 'displayName' },
        { source: '[givenName]', target: 'name.givenName' },
        { source: '[surname]', target: 'name.familyName' },
        { source: '[mail]', target: 'emails[type eq "work"].value' },
      ],
    },
  })
  const mapped = await rehearse(
    requestOf(aws, people, { client: { name: 'entra', mapping }, nameId: 'mail' }),
    run,
  )
  t.match(mapped.summary, { lose: 0, users: { changed: 2, kept: 1 } })
})

t.test('a name that another user at AWS has is not proposed', async t => {
  const aws = awsDirectory({
    users: {
      'bart@example.com': email('bart@example.com'),
      'bart@corp.example': email('other@example.com'),
    },
    groups: { Operators: ['bart@example.com'] },
    assignments: [assigned('Operators')],
  })
  const people = [{ upn: 'bart@corp.example', mail: 'nobody@example.com' }]
  const who = [{ aws: 'bart@example.com', source: 'bart@corp.example' }]
  const found = await rehearse(requestOf(aws, people, { people: who }), run)
  t.same(summaryOf(found), { lose: 1, remedies: [] })
})

t.test('a name that AWS rejects is not proposed', async t => {
  const aws = awsDirectory({
    users: { 'bart@example.com': email('bart@example.com') },
    groups: { Operators: ['bart@example.com'] },
    assignments: [assigned('Operators')],
  })
  const people = [{ upn: 'bart\u001b@corp.example', mail: 'nobody@example.com' }]
  const who = [{ aws: 'bart@example.com', source: 'bart\u001b@corp.example' }]
  const found = await rehearse(requestOf(aws, people, { people: who }), run)
  t.same(found.remedies, [])
})

t.test('without losses, or without the wish, nothing is tried', async t => {
  const aws = awsDirectory({
    users: { 'bart@example.com': email('bart@example.com') },
    groups: { Operators: ['bart@example.com'] },
    assignments: [assigned('Operators')],
  })
  const kept = await rehearse(requestOf(aws, [{ upn: 'bart@example.com' }]), run)
  t.same(summaryOf(kept), { lose: 0, remedies: [] })
  const lost = requestOf(aws, [{ upn: 'b@corp.example', mail: 'bart@example.com' }], { remedies: false })
  t.same(summaryOf(await rehearse(lost, run)), { lose: 1, remedies: [] })
})

t.test('two runs are equal, byte for byte', async t => {
  const aws = awsDirectory({
    users: { 'bart@example.com': email('bart@example.com') },
    groups: { Operators: ['bart@example.com'] },
    assignments: [assigned('Operators')],
  })
  const request = requestOf(aws, [{ upn: 'b@corp.example', mail: 'bart@example.com' }])
  const [one, other] = [await rehearse(request, run), await rehearse(request, run)]
  t.equal(JSON.stringify(one), JSON.stringify(other))
})

t.test('rejected users who lose nothing have remedies, too', async t => {
  const aws = awsDirectory({
    users: { 'bart@example.com': { emails: [{ value: 'bart@example.com', primary: true }] } },
    groups: { Operators: ['bart@example.com'] },
    assignments: [assigned('Operators')],
  })
  const people = [{ upn: 'bart@example.com', mail: 'b@example.com' }]
  const untyped = await rehearse(requestOf(aws, people), run)
  t.same(summaryOf(untyped), { lose: 0, remedies: [['type-emails', 0, 0]] })
  t.match(
    untyped.remedies[0]?.commands[0],
    '"AttributeValue":[{"Value":"bart@example.com","Type":"work","Primary":true}]',
  )

  const byExternalId = JSON.stringify({
    users: {
      attributes: [
        { source: '[objectId]', target: 'externalId', matching: 1 },
        { source: '[userPrincipalName]', target: 'userName' },
        { source: '[displayName]', target: 'displayName' },
        { source: '[givenName]', target: 'name.givenName' },
        { source: '[surname]', target: 'name.familyName' },
      ],
    },
  })
  const client = { name: 'entra', mapping: byExternalId } as const
  const unmatched = await rehearse(requestOf(aws, people, { client }), run)
  t.same(summaryOf(unmatched), { lose: 0, remedies: [['match-user-name', 0, 0]] })
})
