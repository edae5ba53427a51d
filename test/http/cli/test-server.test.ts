import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { TestServerReport } from '../../../src/server/test-server/process.ts'
import { ended, linesOf, run, start } from './run.ts'

/** The first line of the output, and the rest of it once the process has ended. */
async function reportOf({ stdout }: ChildProcess) {
  if (!stdout) throw new Error('The output is not a pipe.')
  const lines = linesOf(stdout)
  const { value } = await lines.next()
  const rest = async () => {
    const others: string[] = []
    for await (const line of lines) others.push(line)
    return others
  }
  return { report: JSON.parse(value ?? '') as TestServerReport, rest }
}

t.test(
  'a program gets addresses and secrets as one line, and stops the server by closing the pipe',
  async t => {
    const server = start(['test-server', '--tenant=acme'], {
      SCIMULATOR_PROFILE: 'rfc',
      SCIMULATOR_TOKEN: 'of-the-shell',
      SCIMULATOR_DATABASE_URL: 'postgres://nowhere.example/scimulator',
    })
    t.teardown(() => server.kill('SIGKILL'))
    const { report, rest } = await reportOf(server)
    const { url, token, console, aws, ...others } = report
    t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/acme\/scim\/v2$/)
    t.match(token, /^scimulator-[\w+/=-]{500,}$/)
    t.same(others, { tenant: 'acme' })
    t.match(aws, {
      endpoint: /^http:\/\/127\.0\.0\.1:\d+$/,
      region: 'us-east-1',
      environment: { AWS_ACCESS_KEY_ID: aws?.accessKeyId, AWS_SECRET_ACCESS_KEY: aws?.secretAccessKey },
    })
    const response = await fetch(`${url}/Users`, { headers: { authorization: `Bearer ${token}` } })
    t.equal(response.status, 200)
    t.equal((await fetch(`${console}/readyz`)).status, 200)
    server.stdin.end()
    t.same(await Promise.all([rest(), text(server.stderr), once(server, 'exit')]), [[], '', [0, null]])
  },
)

t.test('the server stops with the program that started it, however that ends', async t => {
  const starter = spawn(
    process.execPath,
    [
      '-e',
      `require('node:child_process').spawn(process.execPath, ['src/server/cli/scimulator.ts', 'test-server', '--profile=rfc'], {
        stdio: ['pipe', 'inherit', 'inherit'] }); setInterval(() => {}, 1e6)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const { report, rest } = await reportOf(starter)
  t.match(report, { aws: undefined, tokenEndpoint: /\/oauth2\/token$/ })
  starter.kill('SIGKILL')
  t.same(await rest(), [], 'the pipe is closed once the server has ended, too')
  await t.rejects(fetch(report.url))
})

t.test('without a pipe it runs until a signal; data of an earlier start has no token to report', async t => {
  const data = join(t.testdir({}), 'scimulator.db')
  for (const expected of [/^scimulator-/, undefined]) {
    const server = spawn(
      process.execPath,
      ['src/server/cli/scimulator.ts', 'test-server', '--data', data, '--console-host=0.0.0.0'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.teardown(() => server.kill('SIGKILL'))
    const { report } = await reportOf(server)
    t.match(report, { url: String, token: expected, aws: expected && Object, consoleToken: /^[\w-]{32}$/ })
    const exit = once(server, 'exit')
    server.kill('SIGTERM')
    t.same(await exit, [0, null])
  }
})

t.test('invalid options are reported on standard error, and help describes the report', async t => {
  t.same(await run(['test-server', '--profile', 'okta', '--memroy']), {
    code: 2,
    out: '',
    err: [
      'scimulator: Unknown option --memroy (did you mean --memory?).',
      'scimulator: --profile must be one of aws, entra, rfc, interop.',
      '',
    ].join('\n'),
  })
  const { code, out } = await ended(start(['test-server', '--help']))
  t.equal(code, 0)
  t.match(out, /If standard input\s+is a pipe, the server stops when it closes/)
})
