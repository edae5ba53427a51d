import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createServer } from '../../../src/index.ts'
import { run, silentAddress } from './run.ts'

const server = await createServer({ profile: 'rfc' })
t.teardown(() => server.close())
const check = (...args: readonly string[]) =>
  run(['check', server.url, '--rate', '0', '--quiet', ...args], { SCIM_TOKEN: server.token })

t.test('scimulator check grades a server by its URL and a token from the environment', async t => {
  const { code, out, err } = await check('--as', 'rfc', '--only', 'rfc/create')
  t.same({ code, err }, { code: 0, err: '' })
  t.match(out, '100 %')
  t.notMatch(out, server.token)
})

t.test('a failed check ends with exit code 1, and reports are written to the given files', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'check-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'report.json')
  const requested = ['--as', 'aws', '--only', 'aws/service/no-location', '--report', `json=${file}`]
  const { code, out } = await check(...requested)
  t.equal(code, 1)
  t.equal(out, '')
  t.match(JSON.parse(readFileSync(file, 'utf8')), {
    checks: [{ id: 'aws/service/no-location', verdict: 'failed' }],
    decision: { exitCode: 1 },
  })
})

t.test('check has its own help, and invalid use ends with exit code 2', async t => {
  const help = await run(['check', '--help'])
  t.equal(help.code, 0)
  t.match(help.out, /^Usage: scimulator check URL \[options\]$/m)
  const unknown = await check('--nonsense')
  t.equal(unknown.code, 2)
  t.match(unknown.err, '--nonsense')
})

t.test('an unreachable server ends with exit code 2', async t => {
  const { code, err } = await run(['check', await silentAddress(), '--token', 'a-token', '--quiet'])
  t.equal(code, 2)
  t.match(err, "can't be reached")
})
