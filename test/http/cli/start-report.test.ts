import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { linesOf, run, start } from './run.ts'

const anywhere = ['--port', '0', '--console-port', '0']

/** All that a server writes to its standard output until it has been stopped right after its start. */
async function saidBy(t: Test, flags: readonly string[]): Promise<string> {
  const server = start([...anywhere, ...flags])
  t.teardown(() => server.kill('SIGKILL'))
  let said = ''
  for await (const line of linesOf(server.stdout)) {
    said += `${line}\n`
    // What a start reports comes at once, and the log's last line after it.
    if (/^Data |"ready"/.test(line)) server.kill('SIGTERM')
  }
  return said
}

const madeToken = /^scimulator-[\w+/=-]{500,}$/m
const beyond = ['--console-host', '0.0.0.0']

t.test('people see a generated token once, alone on its line; a later start tells its end', async t => {
  const data = ['--data', join(t.testdir({}), 'scimulator.db'), '--tenant', 'acme', '--log-format', 'pretty']
  const first = await saidBy(t, [...data, ...beyond])
  const [token = ''] = madeToken.exec(first) ?? []
  t.match(first.split('\n'), [
    /^SCIM endpoint {2}http:\/\/127\.0\.0\.1:\d+\/acme\/scim\/v2$/,
    /^Access token {3}shown only now, valid until \d{4}-\d\d-\d\d:$/,
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
  const later = await saidBy(t, data)
  t.match(
    later.split('\n')[1],
    /^Access token {3}ends in .{4}, valid until \d{4}-\d\d-\d\d; create another by `scimulator tokens create`$/,
  )
  t.ok(later.includes(`ends in ${token.slice(-4)}`))
})

t.test('no token is in a log of JSON lines, neither a generated one nor one that was given', async t => {
  const made = await saidBy(t, ['--memory', '--log-format', 'json', '--log-level', 'trace', ...beyond])
  t.notMatch(made, /scimulator-[\w+/=-]{20}/)
  const entries = made
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
      'an access token was generated, and is not logged: create another by `scimulator tokens create`, or give one by --token or --token-file at the first start',
      'a console token was generated, and is not logged: give one by --console-token, or start with --log-format pretty',
    ],
  )
  const given = ['--token', 'given-for-the-tenant', '--console-token', 'given-for-the-console', ...beyond]
  for (const format of ['json', 'pretty'])
    t.notMatch(await saidBy(t, ['--memory', '--log-format', format, ...given]), /given-for/, format)
})

t.test('--token-file gets the generated token, for its owner alone, and no file is overwritten', async t => {
  const folder = t.testdir({ 'letter.txt': 'Dear Anna' })
  const file = join(folder, 'token')
  const said = await saidBy(t, ['--memory', '--log-format', 'json', '--token-file', file])
  t.match(said, `"msg":"token written to ${file}"`)
  t.notMatch(said, /scimulator-[\w+/=-]{20}/)
  const token = readFileSync(file, 'utf8')
  t.match(token, madeToken)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(
    await saidBy(t, ['--memory', '--log-format', 'pretty', '--token-file', file]),
    `Access token   written to ${file}, valid until `,
  )
  t.not(readFileSync(file, 'utf8'), token, 'the token of an earlier start is replaced')

  const refused = (path: string, ...more: readonly string[]) =>
    run(['--memory', ...anywhere, '--token-file', path, ...more])
  t.same(await refused(join(folder, 'letter.txt')), {
    code: 2,
    out: '',
    err: `scimulator: --token-file: ${join(folder, 'letter.txt')} exists and isn't overwritten: remove it, or choose another.\n`,
  })
  t.equal(readFileSync(join(folder, 'letter.txt'), 'utf8'), 'Dear Anna')
  t.same(await refused(join(folder, 'none', 'token')), {
    code: 2,
    out: '',
    err: `scimulator: --token-file: the folder ${join(folder, 'none')} can't be written to (ENOENT): choose another.\n`,
  })
  t.match(await refused(file, '--token', 'given-for-the-tenant'), { code: 2, err: /leave out --token\.\n$/ })
})

t.test('a console token is checked, and is longer where other machines reach the console', async t => {
  const refused = (...flags: readonly string[]) => run(['--memory', ...anywhere, ...flags])
  const says =
    'A console token has 8 to 4096 characters: letters, digits and punctuation of ASCII, without blanks.'
  for (const token of ['short', 'with a blank in it', 'naïve-token'])
    t.same(await refused('--console-token', token), {
      code: 2,
      out: '',
      err: `scimulator: --console-token: ${says}\n`,
    })
  t.same(await refused('--console-token', 'fifteen-letters', ...beyond), {
    code: 2,
    out: '',
    err: 'scimulator: --console-token has fewer than 16 characters: give a longer one where other machines reach the console (--console-host 0.0.0.0).\n',
  })
})
