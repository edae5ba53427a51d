import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { main } from '../../scim-compliance/main.ts'
import { findUnwritable, writeReports } from '../../scim-compliance/reports/formats.ts'
import { appraised } from './a-result.ts'
import { smallServer } from './small-server.ts'

/** The exit code, and the standard error or the standard output. */
async function outputOf(t: Test, to: 'stderr' | 'stdout', ...args: readonly string[]) {
  const said = t.capture(process[to], 'write', () => true)
  const code = await main(args)
  return [code, ...said().map(({ args }) => String(args[0]))]
}

t.test('unknown IDs are reported, and nothing is graded', async t => {
  t.same(await outputOf(t, 'stderr', 'http://127.0.0.1:1', '--only', 'rfc/filtr', '--skip', 'entra/x'), [
    2,
    'scim-compliance: --only rfc/filtr: no check has an ID that starts with this; --list --as all shows them.\n',
    'scim-compliance: --skip entra/x: no check has an ID that starts with this; --list --as all shows them.\n',
  ])
})

t.test('an empty selection is reported', async t => {
  t.same(await outputOf(t, 'stderr', 'http://127.0.0.1:1', '--only', 'aws/users'), [
    2,
    'scim-compliance: No check matches --only and --skip with --as rfc,entra.\n',
  ])
})

t.test('an unknown ID among the known failures is reported', async t => {
  const known = join(t.testdir(), 'known.json')
  writeFileSync(known, JSON.stringify([{ id: 'rfc/creat', reason: 'later' }]))
  const { url } = await smallServer(t, () => ({ status: 404 }))
  const [, stderr] = await outputOf(t, 'stderr', url, '--quiet', '--known', known)
  t.equal(stderr, `scim-compliance: ${known} names rfc/creat, but no check has that ID.\n`)
})

t.test('the help names the formats of reports', async t => {
  const [, help] = await outputOf(t, 'stdout', '--help')
  t.match(help, 'terminal, tap, junit, json, sarif, html, markdown, badge, har')
})

t.test('reports that cannot be written are reported before the run', async t => {
  const file = join(t.testdir(), 'missing', 'a.json')
  t.same(await outputOf(t, 'stderr', 'http://127.0.0.1:1', '--report', `json=${file}`), [
    2,
    `scim-compliance: Could not write the report ${file}: ENOENT: no such file or directory, access '${join(file, '..')}'.\n`,
  ])
})

t.test('a report that cannot be written does not prevent the others', async t => {
  const folder = join(t.testdir(), 'folder')
  const [lost, kept] = [
    { format: 'json', file: folder },
    { format: 'badge', file: `${folder}.md` },
  ] as const
  t.same(findUnwritable([lost, kept]), [])
  mkdirSync(folder)
  t.same(findUnwritable([lost, kept]), [`Could not write the report ${folder}: it is a directory.`])
  t.same(writeReports(appraised(), [lost, kept]), [
    `Could not write the report ${folder}: EISDIR: illegal operation on a directory, open '${folder}'.`,
  ])
  t.same(findUnwritable([kept]), [])
  t.match(readFileSync(kept.file, 'utf8'), 'img.shields.io')
})
