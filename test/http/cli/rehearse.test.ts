import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createServer } from '../../../src/index.ts'
import { awsExport, exportFiles } from '../../support/aws-export.ts'
import { airlines, airlinesArchive } from '../../support/example-airlines.ts'
import { run } from './run.ts'

const exported = [`${airlines}/aws`, `${airlines}/entra`] as const
const entra = ['--client', 'entra'] as const
const rehearse = (...args: readonly string[]) => run(['rehearse', ...args])

t.test('the exit code says whether access is lost', async t => {
  const bad = await rehearse(...exported, ...entra, '--no-remedies')
  t.equal(bad.code, 1)
  t.match(
    bad.out,
    /^Rehearsal of Microsoft Entra ID, mapping aws against d-9067e0c944\.\n2 people lose access/,
  )
  t.match(bad.out, '\nPeople who lose access:\nPerson ')
  t.notMatch(bad.out, 'What would prevent it')
  t.equal((await rehearse(...exported, ...entra, '--no-remedies', '--fail-on', 'deleted')).code, 0)
  const mapped = [...entra, '--mapping', `${airlines}/mapping.json`, '--name-id', 'mail'] as const
  t.equal((await rehearse(...exported, ...mapped)).code, 0)
  t.equal((await rehearse(...exported, ...mapped, '--fail-on', 'gained,lost')).code, 1)
})

t.test('an archive and JSON; two runs are equal', async t => {
  const folder = t.testdir({ 'export.tar': airlinesArchive() })
  const args = [join(folder, 'export.tar'), `${airlines}/entra`, ...entra, '--at', '2026-12-01', '--json']
  const one = await rehearse(...args)
  t.match(JSON.parse(one.out), { rehearsal: 1, summary: { lose: 2 }, remedies: [{ id: 'match-mail' }] })
  t.same(await rehearse(...args), one)
})

t.test('an export without assignments does not say that access is kept', async t => {
  const { 'users.json': users, 'groups.json': groups } = awsExport({ users: ['ada.keller@airlines.example'] })
  const aws = { 'users.json': JSON.stringify(users), 'groups.json': JSON.stringify(groups) }
  const args = [t.testdir(aws), exported[1], ...entra]
  t.match(await rehearse(...args), { code: 1, out: /\nWho loses access is unknown: / })
  t.equal((await rehearse(...args, '--fail-on', 'refused,deleted')).code, 0)
})

t.test('pairs of people are read from a CSV file', async t => {
  const people = 'aws,source\ngus.weber@airlines.example,hana.ito@airlines.example\n'
  const folder = t.testdir({ 'people.csv': people, 'wrong.csv': 'aws;source\nx;\n' })
  const given = await rehearse(...exported, ...entra, '--people', join(folder, 'people.csv'), '--json')
  t.match(JSON.parse(given.out).summary, { lose: 3, notInSource: 0 })
  t.match(await rehearse(...exported, ...entra, '--people', join(folder, 'wrong.csv')), {
    code: 2,
    err: /wrong\.csv, line 2.* has no value for aws or for source\./,
  })
})

t.test('a tenant of a server is rehearsed there', async t => {
  const server = await createServer({ tenant: 'acme' })
  t.teardown(() => server.close())
  const at = ['--console', server.console] as const
  const { code, out } = await rehearse('tenant:acme', `${airlines}/entra`, ...entra, ...at)
  t.equal(code, 0)
  t.match(out, /^Rehearsal of .*\nNo person loses access\.\nUsers: 9 created\./)
  t.match(
    await rehearse('tenant:acme', `${airlines}/entra`, ...entra, ...at, '--switch', 'letterCase=sensitive'),
    { code: 2, err: /A tenant has its own switches/ },
  )
})

t.test('a change of Active Directory stops', async t => {
  const args = [...exported, ...entra, '--identity-source', 'active-directory']
  t.match(await rehearse(...args), { code: 1, out: /Nothing was played: AWS deletes all users/ })
})

t.test('mappings are compared by whose outcomes differ', async t => {
  const mapping = `${airlines}/mapping.json`
  const compared = await rehearse(...exported, ...entra, '--what-if', mapping, 'non-gallery', '--json')
  t.equal(compared.code, 1)
  const { mappings, ...rest } = JSON.parse(compared.out)
  t.match(mappings, [
    { mapping: 'default', summary: { lose: 2, uncertain: 1 } },
    { mapping, summary: { lose: 0, uncertain: 0 } },
    { mapping: 'non-gallery', summary: { lose: 2 } },
  ])
  const person = (name: string, outcome: string) => ({
    ...{ type: 'Person', name: `${name}@airlines.example`, outcomes: [outcome, 'unchanged', outcome] },
  })
  const user = (name: string) => ({
    ...{ type: 'User', name: `${name}@airlines.example`, outcomes: ['refused', 'changed', 'refused'] },
  })
  t.same(rest, {
    whatIf: 1,
    moves: [
      ...[person('beatrice.berg', 'lost'), person('e.novak', 'lost'), person('ida.roth', 'uncertain')],
      ...[user('bea.berg'), user('emil.novak')],
    ],
    warnings: [],
  })
  const colored = join(t.testdir({ '\u001b[31m.json': readFileSync(mapping) }), '\u001b[31m.json')
  const same = await rehearse(...exported, ...entra, '--mapping', mapping, '--what-if', colored)
  t.equal(same.code, 0)
  t.notMatch(same.out, /@|\u001b/)
})

t.test('unusable input is refused with the reason', async t => {
  const files = exportFiles({ ...awsExport({ users: ['ada@example.com'] }), 'users.json': '{"Users": [' })
  const folder = t.testdir({
    aws: Object.fromEntries(files.map(({ name, bytes }) => [name, Buffer.from(bytes)])),
  })
  t.match(await rehearse(`${folder}/aws`, exported[1], ...entra), { code: 2, err: /users\.json: Line 1/ })
  t.match(await rehearse('missing', exported[1], ...entra), {
    code: 2,
    err: /Cannot read missing \(ENOENT\)/,
  })
  t.match(await rehearse(exported[0], 'missing', ...entra), { code: 2, err: /missing/ })
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[], /Missing option --client/],
    [['--client', 'ping'], /Invalid --client: expected entra, okta/],
    [['--client', 'ssosync@'], /Invalid --client/],
    [['--client', 'ssosync@v2.6'], /ssosync v2\.6: Expected a version such as 2\.6\./],
    [['--client', 'idp-scim-sync@1'], /idp-scim-sync 1: Expected a version/],
    [[...entra, '--fail-on', 'lost,late'], /Invalid --fail-on: unknown late/],
    [[...entra, '--group-linking', 'on'], /groupLinking/],
    [[...entra, '--name-id', 'shoeSize'], /No user of the source has a value for shoeSize/],
    [[...entra, '--mapping', 'missing.json'], /Cannot read the mapping missing\.json/],
    [[...entra, '--what-if', 'missing.json'], /Cannot read the mapping missing\.json/],
    [[...entra, '--what-if', 'biome.json'], /: biome\.json: /],
    [[...entra, '--what-if', 'non-gallery', '--csv', 'access.csv'], /Use either --csv or --what-if/],
    [['--client', 'okta', '--what-if', 'aws'], /The client okta has no setting "mapping"/],
    [[...entra, '--markdown', join(folder, 'no', 'plan.md')], /Cannot write .*plan\.md \(ENOENT\)/],
  ]
  for (const [args, err] of cases) {
    t.match(await rehearse(...exported, '--no-remedies', ...args), { code: 2, err }, args.join(' '))
  }
  t.throws(() => readFileSync(join(folder, 'no', 'plan.md')))
})
