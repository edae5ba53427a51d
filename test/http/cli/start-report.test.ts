import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { flagsOf, isOnPostgres, testDatabase } from '../../support/database.ts'
import { startWith } from '../../support/started-server.ts'
import { receiveWebhooks } from '../../support/webhook-receiver.ts'
import { linesOf, run, settled, silentAddress, start } from './run.ts'

const allAddresses = ['--port', '0', '--console-port', '0', '--aws-port', '0']

/** The standard output of a server that is stopped right after its start. */
async function outputOf(t: Test, flags: readonly string[]): Promise<string> {
  const server = start([...allAddresses, ...flags])
  t.teardown(() => server.kill('SIGKILL'))
  let output = ''
  for await (const line of linesOf(server.stdout)) {
    output += `${line}\n`
    // Both reports are written at once.
    if (/^Console |"ready"/.test(line)) server.kill('SIGTERM')
  }
  return output
}

const madeToken = /^scimulator-[\w+/=-]{500,}$/m
const labelOf = (line: string): string => line.split(/ {2,}/, 1)[0] ?? ''
const beyond = ['--console-host', '0.0.0.0']

t.test(
  'the first start prints three lines: endpoint, token, console; a later one the end of the token',
  async t => {
    const data = [
      '--data',
      join(t.testdir({}), 'scimulator.db'),
      '--tenant',
      'acme',
      '--log-format',
      'pretty',
    ]
    const first = await outputOf(t, data)
    const [, token = ''] = /^Access token {3}(.+)$/m.exec(first) ?? []
    t.match(token, madeToken, 'the token alone, to be pasted')
    t.match(first.trimEnd().split('\n'), [
      /^SCIM endpoint {2}http:\/\/127\.0\.0\.1:\d+\/acme\/scim\/v2$/,
      `Access token   ${token}`,
      /^Console {8}http:\/\/127\.0\.0\.1:\d+$/,
    ])
    t.match(first.split('\n')[3], 'stopped')
    const [, inReadme = ''] =
      /prints what a client needs:\n\n```\n(.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? []
    t.same(inReadme.split('\n').map(labelOf), [...first.split('\n').slice(0, 3).map(labelOf), ''], 'README')
    const later = await outputOf(t, [...data, '--aws'])
    t.match(later.split('\n').slice(0, -1), [
      /^SCIM endpoint/,
      /^Access token {3}ends in .{4}, valid until \d{4}-\d\d-\d\d; create another with `scimulator tokens create`$/,
      /^Console/,
      /^AWS APIs/,
      /^Identity store/,
      'Access key     none; create one with `scimulator keys create`',
    ])
    t.ok(later.includes(`ends in ${token.slice(-4)}`))
  },
)

t.test('--aws also prints endpoint, IDs and a generated access key of the AWS APIs', async t => {
  const data = ['--data', join(t.testdir({}), 'scimulator.db'), '--tenant', 'acme', '--log-format', 'pretty']
  const first = await outputOf(t, [...data, ...beyond, '--aws'])
  t.match(first.trimEnd().split('\n').slice(2), [
    /^Console {8}http:\/\/localhost:\d+$/,
    /^Console token {2}[\w-]{32}$/,
    /^AWS APIs {7}http:\/\/127\.0\.0\.1:\d+$/,
    /^Identity store d-9067[0-9a-f]{6}, arn:aws:sso:::instance\/ssoins-7223[0-9a-f]{12}$/,
    'Access key     secret shown once:',
    /^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+$/,
    'export AWS_REGION=us-east-1',
    'export AWS_DEFAULT_REGION=us-east-1',
    /^export AWS_ACCESS_KEY_ID=SCIM[A-Z2-7]{16}$/,
    /^export AWS_SECRET_ACCESS_KEY=[\w+/]{40}$/,
  ])
  const [, key] = /AWS_ACCESS_KEY_ID=(.*)/.exec(first) ?? []
  const later = await outputOf(t, [...data, '--aws'])
  t.ok(later.includes(`Access key     ${key}; create another with \`scimulator keys create\`\n`))
  t.notMatch(later, 'AWS_SECRET_ACCESS_KEY')
  t.match(await run(['--memory', ...allAddresses, '--aws', '--no-aws']), {
    code: 2,
    err: 'scimulator: Use either --aws or --no-aws.\n',
  })
})

t.test('a log of JSON lines contains no token, and none is made that it would have to contain', async t => {
  const data = ['--data', join(t.testdir({}), 'scimulator.db'), '--tenant', 'acme', '--log-format', 'json']
  const created = await outputOf(t, [...data, '--log-level', 'trace', ...beyond])
  t.notMatch(created, /scimulator-[\w+/=-]{20}/)
  t.notMatch(created, /(?<![\w+/])[\w+/]{40}(?![\w+/])/, 'nor the secret of an access key')
  const entries = created
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.same(
    entries.map(({ iso }) => iso),
    entries.map(({ time }) => new Date(time).toISOString()),
  )
  t.match(
    entries.find(({ msg }) => msg === 'ready'),
    { token: undefined, consoleToken: undefined, tokenExpires: undefined, accessKey: undefined },
  )
  t.same(
    entries.filter(({ level }) => level === 40).map(({ msg }) => msg),
    [
      'no access token was created, because nothing would show it; create one with `scimulator tokens create`, or set --token, --token-file or --json at the first start',
      'no access key was created, because nothing would show its secret; create one with `scimulator keys create`, or set --aws-access-key or --json at the first start',
      'the generated console token is not logged; set --console-token, or start with --log-format pretty or --json',
    ],
  )
  const later = await outputOf(t, [...data.slice(0, 2), '--log-format', 'pretty', '--aws'])
  t.ok(later.includes('Access token   none; create one with `scimulator tokens create`\n'))
  t.ok(later.includes('Access key     none; create one with `scimulator keys create`\n'))
  const given = [
    '--token',
    'given-for-the-tenant',
    '--console-token',
    'given-for-the-console',
    ...beyond,
  ].concat(['--aws-access-key', 'SCIMCI:given-for-the-apis'])
  for (const format of ['json', 'pretty'])
    t.notMatch(await outputOf(t, ['--memory', '--log-format', format, ...given]), /given-for/, format)
})

t.test('after a first start without a terminal, both places for tokens and keys are free', async t => {
  const { console } = await startWith(
    t,
    [...flagsOf(await testDatabase(t)), '--tenant=acme'],
    { SCIMULATOR_SEAL_KEY: 'a-key-that-encrypts-the-secrets-of-keys' },
    { showsCredentials: false },
  )
  const cli = (...args: readonly string[]) => run([...args, '--console', console, '--json'])
  t.match(JSON.parse((await cli('tokens')).out), { items: [] })
  const created = await cli('tokens', 'create')
  t.equal(created.code, 0, created.err)
  t.match(await cli('tokens', 'rotate', JSON.parse(created.out).id), { code: 0, err: '' })
  for (const attempt of [1, 2]) t.match(await cli('keys', 'create'), { code: 0, err: '' }, `key ${attempt}`)
})

t.test('--json reports the start as one line of facts, and logs to standard error', async t => {
  const data = ['--data', join(t.testdir({}), 'scimulator.db'), '--tenant', 'acme', '--json']
  const factsWith = async (flags: readonly string[]) => {
    const server = start([...allAddresses, ...flags])
    t.teardown(() => server.kill('SIGKILL'))
    let log = ''
    server.stderr.on('data', part => {
      log += part
    })
    const lines: string[] = []
    for await (const line of linesOf(server.stdout)) {
      lines.push(line)
      server.kill('SIGTERM')
    }
    t.equal(lines.length, 1)
    return { facts: JSON.parse(lines[0] ?? ''), log }
  }
  const { facts, log } = await factsWith([...data, ...beyond])
  const date = /^\d{4}-\d\d-\d\dT/
  const connection = {
    url: /^http:\/\/127\.0\.0\.1:\d+\/acme\/scim\/v2$/,
    tenant: 'acme',
    console: /^http:\/\/localhost:\d+$/,
    data: /scimulator\.db$/,
  }
  t.match(facts, {
    ...connection,
    tokenSource: 'generated',
    token: madeToken,
    tokenExpires: date,
    consoleToken: /^[\w-]{32}$/,
    aws: {
      endpoint: /^http:\/\/127\.0\.0\.1:\d+$/,
      region: 'us-east-1',
      identityStoreId: /^d-/,
      instanceArn: /^arn:/,
      accessKeyId: /^SCIM/,
      secretAccessKey: /^[\w+/]{40}$/,
    },
  })
  t.match(log, '"msg":"stopped"')
  t.notMatch(log, /scimulator-[\w+/=-]{20}/)

  const later = await factsWith(data)
  t.match(later.facts, {
    ...connection,
    console: /^http:/,
    tokenSource: 'earlier-start',
    token: undefined,
    aws: { accessKeyId: undefined, otherAccessKeyIds: [facts.aws.accessKeyId] },
  })
  const given = await factsWith(['--memory', '--json', '--token', 'given-for-the-tenant', '--no-aws'])
  t.match(given.facts, { tokenSource: 'setting', token: undefined, tokenExpires: date, aws: undefined })
  t.notMatch(JSON.stringify(given), /given-for/)
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
    'A console token must have 8 to 4096 characters: ASCII letters, digits and punctuation, without spaces.'
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

t.test('scimulator settings shows the settings of the server', async t => {
  const { console } = await startWith(t, [...flagsOf(await testDatabase(t)), '--keep-days=7'], {
    SCIMULATOR_TENANT: 'acme',
  })
  const { code, out, err } = settled(await run(['settings', '--console', console]))
  t.same({ code, err }, { code: 0, err: '' })
  t.match(out, /^version +\d+\.\d+\.\d+\nnode +v\d/)
  t.match(out, /^journal +0 requests, 0 MB \(maximum 100000 requests, 7 days, 1 GB\)$/m)
  t.match(
    out,
    isOnPostgres ? /^database +PostgreSQL, database "postgres" on .*, \d.* MiB$/m : /^database +-$/m,
  )
  t.match(out, /^setting +value +source$/m)
  t.match(out, /^--keep-days +7 +flag$/m)
  t.match(out, /^--tenant +acme +SCIMULATOR_TENANT$/m)
  t.match(out, /^--profile +aws +default$/m)
  const json = await run(['settings', '--console', console, '--json'])
  t.match(JSON.parse(json.out), { journal: { exchanges: 0, retention: { count: 100_000, days: 7 } } })
})

t.test('scimulator webhooks', async t => {
  const receiver = await receiveWebhooks(t)
  const silent = await silentAddress()
  const { console } = await startWith(t, [
    ...flagsOf(await testDatabase(t)),
    `--webhook=${receiver.url}/secret ${silent}/secret`,
  ])

  t.test('webhooks are listed with their hosts only', async t => {
    const { code, out, err } = settled(await run(['webhooks', '--console', console]))
    t.same({ code, err }, { code: 0, err: '' })
    t.same(
      out.split('\n').map(line => line.split(/ {2,}/)),
      [
        ['webhook', 'signed', 'delivered', 'failed', 'last event', 'status', 'time'],
        [`${receiver.url}/…`, 'no', '0', '0', '-', '-', '-'],
        [`${silent}/…`, 'no', '0', '0', '-', '-', '-'],
        [''],
      ],
    )
  })

  t.test('test shows failed deliveries and ends with 1', async t => {
    const { code, out, err } = await run(['webhooks', 'test', '--console', console])
    t.same({ code, err }, { code: 1, err: 'scimulator: 1 of 2 webhooks failed.\n' })
    t.same(
      out.split('\n').map(line => line.split(/ {2,}/)),
      [
        ['webhook', 'delivered', 'status', 'error'],
        [`${receiver.url}/…`, 'yes', '204', '-'],
        [`${silent}/…`, 'no', '-', 'ECONNREFUSED'],
        [''],
      ],
    )
    t.match((await receiver.next()).body, { type: 'test' })
  })
})

t.test('scimulator webhooks without webhooks describes how to set one', async t => {
  const { console } = await startWith(t, flagsOf(await testDatabase(t)))
  const none = { code: 0, out: 'No webhooks. Set them with --webhook when you start the server.\n', err: '' }
  t.same(await run(['webhooks', '--console', console]), none)
  t.same(await run(['webhooks', 'test', '--console', console]), none)
})

t.test('a server with invalid settings reports all and ends with 2', async t => {
  const { code, err } = await run([
    '--memory',
    '--webhook',
    'https://x.example mailto:secret',
    '--keep-exchanges',
    'all',
  ])
  t.equal(code, 2)
  t.same(err.split('\n'), [
    'scimulator: --keep-exchanges must be a whole number from 1 to 10000000.',
    'scimulator: --webhook must be URLs that begin with http:// or https://, separated by spaces; number 2 is invalid.',
    '',
  ])
})
