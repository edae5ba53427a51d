import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createServer } from '../../../src/index.ts'
import {
  agreeing,
  anAwsUser,
  anEntraGroup,
  anEntraUser,
  archiveOf,
  exportedAws,
  type Sides,
} from '../../support/drift.ts'
import { run } from './run.ts'

const { aws, source } = agreeing
const client = ['--client', 'entra'] as const
const withoutMarge = [anEntraGroup('Operators', 'homer'), anEntraGroup('Auditors', 'homer')]
const critical: Sides = { aws, source: { ...source, groups: withoutMarge } }
const warning: Sides = {
  aws: { ...aws, users: [anAwsUser('marge', { DisplayName: 'Blue Hair' }), anAwsUser('homer')] },
  source,
}

/** Both sides as files; the second result names a file beside them. */
function filesOf(t: Test, sides: Sides, files = exportedAws(sides) as Readonly<Record<string, unknown>>) {
  const folder = t.testdir({ 'aws.tar': archiveOf(files), 'source.json': JSON.stringify(sides.source) })
  return [
    [join(folder, 'aws.tar'), join(folder, 'source.json')],
    (name: string) => join(folder, name),
  ] as const
}

const drift = (...args: readonly string[]) => run(['drift', ...args])

t.test('without drift the exit code is 0, and nothing is printed', async t => {
  const [files] = filesOf(t, agreeing)
  t.same(await drift(...files, ...client), { code: 0, out: '', err: '' })
  t.match(JSON.parse((await drift(...files, ...client, '--json')).out), { drift: 1, items: [] })
})

t.test('drift of --fail-on or worse has exit code 1', async t => {
  const [files] = filesOf(t, critical)
  const { code, out } = await drift(...files, ...client)
  t.equal(code, 1)
  t.match(
    out,
    /^Microsoft Entra ID, mapping aws against d-9067e0c944: 1 critical \(1 new\)\.\nSeverity +Category /,
  )
  t.match(
    out,
    /\ncritical +member-extra +new +Operators\/marge@springfield\.example +111111111111 +2026-11-30T06:00:51Z by SCIM /,
  )
  t.match(
    out,
    /\nRemedies:\n {2}Add the user to the group in the source, or: aws identitystore delete-group-membership /,
  )
  const [differing] = filesOf(t, warning)
  t.match(await drift(...differing, ...client), { code: 0, out: /warning +user-differs/ })
  t.equal((await drift(...differing, ...client, '--fail-on', 'warning')).code, 1)
})

t.test('an export that lacks data has exit code 3, unless there is drift or the gap is ignored', async t => {
  const files = Object.fromEntries(
    Object.entries(exportedAws()).filter(([name]) => !/assignments/.test(name)),
  )
  const partial = { 'manifest.json': { ...files['manifest.json'], skipped: ['assignments'] } }
  const [known, place] = filesOf(t, agreeing, { ...files, ...partial })
  t.match(await drift(...known, ...client), { code: 3, out: /note +unknown/ })
  const rule = { match: { category: 'unknown' }, reason: 'no account assignments yet', until: until(30) }
  writeFileSync(place('ignore.json'), JSON.stringify([rule]))
  t.same(await drift(...known, ...client, '--ignore', place('ignore.json')), { code: 0, out: '', err: '' })
  t.match(await drift(...known, ...client, '--ignore', place('ignore.json'), '--show-ignored'), {
    code: 0,
    out: /: 2 ignored\.\n.*\bignored\b.*no account assignments yet/s,
  })
})

const until = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000).toISOString().slice(0, 10)

t.test('the report of one run is the previous one of the next', async t => {
  const [files, place] = filesOf(t, critical)
  const report = ['--previous', place('drift.json'), '-o', place('drift.json'), '--grace', '90m'] as const
  const states = () => JSON.parse(readFileSync(place('drift.json'), 'utf8')).states
  t.match(await drift(...files, ...client, ...report), { code: 0, out: /pending/ })
  t.same(states(), { pending: 1 })
  await drift(...files, ...client, ...report.slice(0, 4))
  t.same(states(), { new: 1 })
  t.match(await drift(...files, ...client, ...report.slice(0, 4)), { code: 1, out: /: 1 critical\.\n/ })
  writeFileSync(place('source.json'), JSON.stringify(source))
  t.match(JSON.parse((await drift(...files, ...client, ...report.slice(0, 2), '--json')).out).resolved, [/./])
})

t.test('with --grace, the first run waits for the second sighting, too', async t => {
  const lisa = anEntraUser('lisa')
  const [files, place] = filesOf(t, { aws, source: { ...source, users: [...source.users, lisa] } })
  const args = [...files, ...client, '--grace', '90m'] as const
  t.match(await drift(...args, '--previous', place('none.json')), { code: 0, out: /: 1 pending\.\n/ })
  t.match(await drift(...args), { code: 1, out: /: 1 error \(1 new\)\.\n/ })
})

t.test('two exports are compared without a source', async t => {
  const [[before = ''], place] = filesOf(t, agreeing)
  const after = place('after.tar')
  writeFileSync(after, archiveOf(exportedAws(warning)))
  t.same(await drift(before, '--baseline', before), { code: 0, out: '', err: '' })
  t.match(await drift(after, '--baseline', before), {
    code: 0,
    out: /^aws\.tar against d-9067e0c944: 1 warning \(1 new\)\.\n/,
  })
})

t.test('a tenant is compared by its server', async t => {
  const server = await createServer({ tenant: 'acme' })
  t.teardown(() => server.close())
  const [[, exported = '']] = filesOf(t, { aws, source: { users: [anEntraUser('lisa')], groups: [] } })
  const args = ['tenant:acme', exported, ...client, '--console', server.console]
  t.match(await drift(...args), { code: 1, out: /error +user-missing +new +lisa@springfield\.example/ })
  t.match(await drift(...args, '--baseline', exported), {
    code: 2,
    err: /A tenant is compared with a source only/,
  })
  t.match(await drift('tenant:missing', ...args.slice(1)), { code: 2, err: /There is no tenant "missing"/ })
  const nowhere = ['--console', 'http://127.0.0.1:1'] as const
  t.match(await drift(...args, ...nowhere), { code: 2, err: /127\.0\.0\.1:1/ })
  t.match(await drift(...args, '--instance', 'x'), { code: 2, err: /A tenant has its own switches/ })
})

t.test('unusable input has exit code 2', async t => {
  const [files, place] = filesOf(t, agreeing)
  const wrong = (name: string, content: string) => {
    writeFileSync(place(name), content)
    return place(name)
  }
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [files, /Name exports of a source with their --client/],
    [[files[0] ?? '', ...client], /Name exports of a source with their --client/],
    [[files[0] ?? ''], /Name exports of a source with their --client/],
    [['missing', files[1] ?? '', ...client], /Cannot read missing/],
    [[...files, ...client, '--grace', 'soon'], /Invalid --grace/],
    [[...files, ...client, '--ignore', 'missing.json'], /Cannot read missing\.json/],
    [[...files, ...client, '--ignore', wrong('a.json', '{')], /Cannot use .*a\.json: It is not JSON\./],
    [
      [...files, ...client, '--ignore', wrong('b.json', '[{"match":{"name":"*"},"until":"2027-01-31"}]')],
      /Cannot use .*b\.json: 0\.reason: /,
    ],
    [
      [...files, ...client, '--ignore', wrong('all.json', '[{"match":{}}]')],
      /Cannot use .*all\.json: 0\.match: Name a category, a name, an ID or a path\./,
    ],
    [
      [
        ...files,
        ...client,
        '--ignore',
        wrong('c.json', `[{"match":{"name":"*"},"reason":"x","until":"${until(400)}"}]`),
      ],
      /is more than a year ahead/,
    ],
    [[...files, ...client, '--previous', wrong('d.json', '{}')], /Cannot use .*d\.json: drift/],
    [[...files, ...client, '-o', place('no/report.json')], /Cannot write .*report\.json \(ENOENT\)/],
  ]
  for (const [args, err] of cases) t.match(await drift(...args), { code: 2, err }, String(err))
})
