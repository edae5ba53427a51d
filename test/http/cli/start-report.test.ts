import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { linesOf, run, start } from './run.ts'

const allAddresses = ['--port', '0', '--console-port', '0']

/** The standard output of a server that is stopped right after its start. */
async function outputOf(t: Test, flags: readonly string[]): Promise<string> {
  const server = start([...allAddresses, ...flags])
  t.teardown(() => server.kill('SIGKILL'))
  let output = ''
  for await (const line of linesOf(server.stdout)) {
    output += `${line}\n`
    // The last line of either report.
    if (/^Data |"ready"/.test(line)) server.kill('SIGTERM')
  }
  return output
}

const madeToken = /^scimulator-[\w+/=-]{500,}$/m
const beyond = ['--console-host', '0.0.0.0']

t.test('a generated token is printed once, alone on its line; a later start prints its end', async t => {
  const data = ['--data', join(t.testdir({}), 'scimulator.db'), '--tenant', 'acme', '--log-format', 'pretty']
  const first = await outputOf(t, [...data, ...beyond])
  const [token = ''] = madeToken.exec(first) ?? []
  t.match(first.split('\n'), [
    /^SCIM endpoint {2}http:\/\/127\.0\.0\.1:\d+\/acme\/scim\/v2$/,
    /^Access token {3}shown once, valid until \d{4}-\d\d-\d\d:$/,
    '',
    token,
    '',
    /^Console {8}http:\/\/localhost:\d+$/,
    'Console token  valid until the server stops:',
    '',
    /^[\w-]{32}$/,
    '',
    /^Data {11}\S+scimulator\.db$/,
  ])
  const later = await outputOf(t, data)
  t.match(
    later.split('\n')[1],
    /^Access token {3}ends in .{4}, valid until \d{4}-\d\d-\d\d; create another with `scimulator tokens create`$/,
  )
  t.ok(later.includes(`ends in ${token.slice(-4)}`))
})

t.test('a log of JSON lines contains no token, generated or given', async t => {
  const created = await outputOf(t, ['--memory', '--log-format', 'json', '--log-level', 'trace', ...beyond])
  t.notMatch(created, /scimulator-[\w+/=-]{20}/)
  const entries = created
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(
    entries.find(({ msg }) => msg === 'ready'),
    { token: undefined, consoleToken: undefined, tokenExpires: /^\d{4}-/ },
  )
  t.same(
    entries.filter(({ level }) => level === 40).map(({ msg }) => msg),
    [
      'the generated access token is not logged; create another with `scimulator tokens create`, or set --token or --token-file at the first start',
      'the generated console token is not logged; set --console-token, or start with --log-format pretty',
    ],
  )
  const given = ['--token', 'given-for-the-tenant', '--console-token', 'given-for-the-console', ...beyond]
  for (const format of ['json', 'pretty'])
    t.notMatch(await outputOf(t, ['--memory', '--log-format', format, ...given]), /given-for/, format)
})

t.test(
  '--token-file receives the generated token, for its owner alone, and no other file is overwritten',
  async t => {
    const folder = t.testdir({ 'letter.txt': 'Dear Anna' })
    const file = join(folder, 'token')
    const output = await outputOf(t, ['--memory', '--log-format', 'json', '--token-file', file])
    t.match(output, `"msg":"token written to ${file}"`)
    t.notMatch(output, /scimulator-[\w+/=-]{20}/)
    const token = readFileSync(file, 'utf8')
    t.match(token, madeToken)
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.match(
      await outputOf(t, ['--memory', '--log-format', 'pretty', '--token-file', file]),
      `Access token   written to ${file}, valid until `,
    )
    t.not(readFileSync(file, 'utf8'), token, 'the token of an earlier start is replaced')

    const rejected = (path: string, ...more: readonly string[]) =>
      run(['--memory', ...allAddresses, '--token-file', path, ...more])
    t.same(await rejected(join(folder, 'letter.txt')), {
      code: 2,
      out: '',
      err: `scimulator: --token-file: ${join(folder, 'letter.txt')} exists and is not overwritten. Remove it, or choose another file.\n`,
    })
    t.equal(readFileSync(join(folder, 'letter.txt'), 'utf8'), 'Dear Anna')
    t.same(await rejected(join(folder, 'none', 'token')), {
      code: 2,
      out: '',
      err: `scimulator: --token-file: cannot write to the folder ${join(folder, 'none')} (ENOENT).\n`,
    })
    t.match(await rejected(file, '--token', 'given-for-the-tenant'), {
      code: 2,
      err: /use either --token or --token-file\.\n$/,
    })
  },
)

t.test('a console token is checked, and is longer if other machines can reach the console', async t => {
  const rejected = (...flags: readonly string[]) => run(['--memory', ...allAddresses, ...flags])
  const rule =
    'A console token has 8 to 4096 characters: letters, digits and punctuation of ASCII, without blanks.'
  for (const token of ['short', 'with a blank in it', 'naïve-token'])
    t.same(await rejected('--console-token', token), {
      code: 2,
      out: '',
      err: `scimulator: --console-token: ${rule}\n`,
    })
  t.same(await rejected('--console-token', 'fifteen-letters', ...beyond), {
    code: 2,
    out: '',
    err: 'scimulator: --console-token must have at least 16 characters, because other machines can reach the console (--console-host 0.0.0.0).\n',
  })
})
