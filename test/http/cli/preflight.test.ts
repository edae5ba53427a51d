import { dirname, join } from 'node:path'
import t from 'tap'
import type { Preflight } from '../../../src/domain/contract/preflight.ts'
import { generateDirectory } from '../../../src/provisioning/kit/directory/generate.ts'
import type { SourceDirectory } from '../../../src/provisioning/kit/directory/source-directory.ts'
import { entraFor } from './entra.ts'
import { run } from './run.ts'

const header = 'userPrincipalName,displayName,givenName,surname,mail,accountEnabled\n'
const anna = 'anna@example.com,Anna Berg,Anna,Berg,anna@example.com,True\n'
const bert = 'bert@example.com,Bert\u001b[2J,Bert,,bert@example.com,True\n'

t.test('a CSV file that passes, without a server', async t => {
  const folder = t.testdir({ 'exportUsers_2026-3-1.csv': header + anna })
  const { code, out, err } = await run(['preflight', join(folder, 'exportUsers_2026-3-1.csv')])
  t.same([code, err], [0, ''])
  t.equal(
    out,
    [
      'Pre-flight for AWS IAM Identity Center; mapping: aws, scope: all.',
      '',
      'Result:',
      '        read  accepted  incomplete  rejected  skipped  not reached  out of scope',
      'users   1     1         0           0         0        0            0',
      'groups  0     0         0           0         0        0            0',
      '',
      'Notes:',
      '  Warning: externalId is not a stable ID (mapped from mailNickname). Entra’s default mapping sets externalId from mailNickname. A nickname changes with the name, and another user may receive it later; the objectId never changes. Enterprise applications > your application > Provisioning > Attribute mapping > Provision Microsoft Entra ID Users: change the source attribute of externalId from mailNickname to objectId. 1 object: anna@example.com',
      '',
      'First cycle:',
      '  5 requests: 4 reads, 1 write; 0 memberships.',
      '  1 second at 25 requests per second; Microsoft estimates 1 second to 5 seconds.',
      '  Rate limits: 40 reads and 25 writes per second, kept.',
      '  Users: 1 of at most 100,000.',
      '  Groups: 0 of at most 100,000.',
      '  Membership changes in one request: 0 of at most 100.',
      '  Groups of one user: 0 of at most 1,000.',
      '',
      'Warnings about the files:',
      '  users: 1 of them have no id; ids derived from their userPrincipalName are used.',
      '',
    ].join('\n'),
  )
})

t.test('failures are listed with a remedy, without terminal controls', async t => {
  const folder = t.testdir({ 'users.csv': header + anna + bert })
  const { code, out } = await run(['preflight', folder])
  t.equal(code, 1)
  t.match(
    out,
    /name\.familyName of 1 user:\n {2}.*IIF\(IsPresent\(\[surname\]\), \[surname\], "-"\).*\n {2}The rule aws\/required-attributes:/,
  )
  t.match(out, /displayName of 1 user:\n.*\n {2}The rule aws\/text-characters:/)
  t.notMatch(out, '\u001b')
})

t.test('another profile, its switches and a mapping file change the result', async t => {
  const lenient = ['--profile', 'entra'] as const
  const folder = t.testdir({
    'users.csv': header + bert,
    'mapping.json': JSON.stringify({
      users: { attributes: [{ source: 'userPrincipalName', target: 'userName', matching: 1 }] },
    }),
  })
  const users = join(folder, 'users.csv')
  t.equal((await run(['preflight', users, ...lenient])).code, 0)
  const mapped = await run([
    'preflight',
    users,
    ...lenient,
    '--mapping',
    join(folder, 'mapping.json'),
    '--json',
  ])
  t.match(JSON.parse(mapped.out), { mapping: 'file', profile: 'entra', users: { accepted: 1 } })
  t.match(await run(['preflight', users, '--switch', 'email=never']), {
    code: 2,
    err: /The switch "email" is one of optional, required/,
  })
})

t.test('wrong use has the exit code 2', async t => {
  const folder = t.testdir({
    'users.csv': 'name,age\nAnn,3\n',
    'users.json': '{ "value": [',
    'ids.json': '[{ "userPrincipalName": "a@x", "id": "1" }, { "userPrincipalName": "b@x", "id": "1" }]',
    'mapping.json': '{ "users": { "attributes": [{ "source": "Nothing(", "target": "userName" }] } }',
  })
  const at = (name: string) => join(folder, name)
  t.match(await run(['preflight', at('gone.csv')]), { code: 2, out: '', err: /gone\.csv: can't be read/ })
  t.match(await run(['preflight', at('users.json')]), { code: 2, err: /users\.json: is not valid JSON/ })
  t.match(await run(['preflight', at('ids.json')]), { code: 2, err: /the id 1 is also used by/ })
  t.match(await run(['preflight', at('ids.json'), '--mapping', at('mapping.json')]), {
    code: 2,
    err: /Mapping: users\.attributes\[0\]\.source/,
  })
  t.match(await run(['preflight']), { code: 2, err: 'scimulator: Missing argument <files>\n' })
})

/** Every 20th user has a defect, by turns: no surname, a control character, a long title, a nickname of another user. */
function withDefects(directory: SourceDirectory): SourceDirectory {
  const users = directory.users.map((user, index) => {
    if (index % 20 !== 0) return user
    const { surname, ...attributes } = user.attributes
    switch ((index / 20) % 4) {
      case 0:
        return { ...user, attributes }
      case 1:
        return { ...user, attributes: { ...user.attributes, displayName: `${surname}\u0007` } }
      case 2:
        return { ...user, attributes: { ...user.attributes, jobTitle: 'x'.repeat(2000) } }
      default:
        return {
          ...user,
          attributes: { ...user.attributes, mailNickname: directory.users[1]?.attributes.mailNickname ?? '' },
        }
    }
  })
  return { ...directory, users }
}

t.test('entra sync fails for the same objects, and sends as many requests', async t => {
  const directory = withDefects(generateDirectory({ users: 200, groups: 6, groupSize: 20, seed: 3 }))
  const { entra, job } = await entraFor(t, directory, { maxRps: 100_000 })
  const file = join(dirname(job[1] ?? ''), 'directory.json')
  const preflight = await run(['preflight', file, '--json'])
  const sync = await entra('sync', ...job, '--json')
  t.same([preflight.code, sync.code], [1, 1])
  const predicted: Preflight = JSON.parse(preflight.out)
  const report = JSON.parse(sync.out)
  t.same(
    [predicted.cycle.requests, predicted.cycle.writes],
    [report.requests, report.writes],
    'the same requests',
  )
  const log = await entra('log', ...job, '--json', '--status', 'failure', '--limit', '0')
  const failed = log.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).sourceIdentity.id)
  t.same(new Set(predicted.failures.map(({ objectId }) => objectId)), new Set(failed))
  t.ok(failed.length >= 10)
})
