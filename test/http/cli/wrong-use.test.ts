import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folderOf } from '../../support/entra-files.ts'
import { run, silentAddress } from './run.ts'
import { serverFor } from './server.ts'

const wrong: readonly (readonly [title: string, args: readonly string[], err: string])[] = [
  [
    'an unknown command',
    ['nonsense'],
    'scimulator: Unknown command "nonsense". Use --help to list the commands.\n',
  ],
  [
    'an unknown subcommand',
    ['tokens', 'lst'],
    'scimulator: Unknown command "tokens lst". Commands of tokens: list, create, rotate, expire, delete.\n',
  ],
  ['a missing argument', ['tokens', 'expire'], 'scimulator: Missing argument <token>\n'],
  ['an unknown option', ['users', '--nonsense=secret'], 'scimulator: Unknown option --nonsense\n'],
  [
    'a misspelled option',
    ['users', '--statsu', 'active'],
    'scimulator: Unknown option --statsu (did you mean --status?)\n',
  ],
  ['a misspelled command', ['user'], 'scimulator: Unknown command "user" (did you mean "users"?)\n'],
  ['an option without its value', ['users', '--text'], 'scimulator: Option --text needs a value\n'],
  [
    'an option with another choice',
    ['users', '--status', 'gone'],
    'scimulator: Invalid --status: expected one of active, disabled, retained, removed, deleted.\n',
  ],
  [
    'options that cannot be combined',
    ['stale', '--inactive-cycles', '3', '--inactive-days', '3'],
    'scimulator: Use either --inactive-cycles or --inactive-days\n',
  ],
  [
    'a console that is no URL',
    ['tenants', '--console', 'localhost'],
    'scimulator: Invalid --console: expected a URL such as http://127.0.0.1:8081.\n',
  ],
  [
    'a limit that is no number',
    ['users', '--limit', 'all'],
    'scimulator: Invalid --limit: expected a whole number from 0 to 999999999.\n',
  ],
  [
    'a duration without its unit',
    ['ready', '--wait', '30'],
    'scimulator: Invalid --wait: expected a duration such as 30s, 1h30m or 90d.\n',
  ],
  [
    'a time without its zone',
    ['clock', 'set', '2027-03-01T09:30:00'],
    'scimulator: Invalid <time>: expected a date or a time with its time zone, such as 2027-03-01 or 2027-03-01T09:30:00Z.\n',
  ],
  ['a purge of nothing', ['stale', 'purge'], 'scimulator: Specify either IDs of records or --all.\n'],
]

for (const [title, args, err] of wrong) {
  t.test(`${title} ends with exit code 2 and one sentence`, async t => {
    t.same(await run(args), { code: 2, out: '', err })
  })
}

t.test('a server that is not running ends with exit code 1 and one sentence', async t => {
  const address = await silentAddress()
  t.same(await run(['tenants'], { SCIMULATOR_CONSOLE: `${address}/` }), {
    code: 1,
    out: '',
    err: `scimulator: ${address}: connection refused. Is the server running? Set its console with --console.\n`,
  })
})

t.test('help lists the commands, and help settings every setting of the server', async t => {
  const { code, out, err } = await run(['--port', '0', '--help'])
  t.same({ code, err }, { code: 0, err: '' })
  for (const word of ['tenants', 'journal', 'ready', '--console-token']) t.match(out, word)
  const { out: settings } = await run(['help', 'settings'])
  t.match(settings, /^ {2}--log-format {2}SCIMULATOR_LOG_FORMAT\n {6}pretty or json\. Default: /m)
})

t.test('help about an unknown command is an error, too', async t => {
  const error = { code: 2, out: '', err: 'scimulator: Unknown command "user" (did you mean "users"?)\n' }
  t.same(await run(['user', '--help']), error)
  t.same(await run(['help', 'user']), error)
  const ofUsers =
    'scimulator: Unknown command "users nope". Commands of users: list, show, history, attributes.\n'
  for (const args of [
    ['users', 'nope', '--help'],
    ['help', 'users', 'nope'],
    ['users', 'help', 'nope'],
  ])
    t.same(await run(args), { code: 2, out: '', err: ofUsers })
  const { out, code } = await run(['help', 'users', 'show'])
  t.match([out, code], [/^Usage: scimulator users show /, 0])
  t.match(await run(['--json', 'nope', '--help']), {
    code: 2,
    err: /^\{"error":\{"title":"Invalid use","detail":"Unknown command \\"nope\\"/,
  })
})

t.test('with --json an error is one object, in the shape of a problem', async t => {
  const { console, cli } = await serverFor(t)
  const errorOf = async (...args: readonly string[]) => {
    const { code, out, err } = await run(['--console', console, '--json', ...args])
    t.equal(out, '')
    return { code, ...JSON.parse(err) }
  }
  t.match(await errorOf('users', 'show', 'nell', '--tenant', 'acme'), {
    code: 1,
    error: { type: 'urn:scimulator:problem:not-found', status: 404, detail: /nell/ },
  })
  t.same(await errorOf('users', '--nonsense'), {
    code: 2,
    error: { title: 'Invalid use', detail: 'Unknown option --nonsense' },
  })
  t.match(await errorOf('check', 'http://127.0.0.1:9'), { code: 2, error: { detail: /--report json/ } })
  t.same(await errorOf('reset'), {
    code: 2,
    error: { title: 'Invalid use', detail: (await cli('reset')).err.slice('scimulator: '.length, -1) },
  })
  t.same(JSON.parse((await run(['--memory', '--json', '--port', 'x'])).err), {
    error: { title: 'Invalid settings', detail: '--port must be a number.' },
  })
})

t.test('--version is the version of the package', async t => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.same(await run(['--version']), { code: 0, out: `${version}\n`, err: '' })
})

const rejected = (...lines: readonly string[]) => ({
  code: 2,
  out: '',
  err: lines.map(line => `${line}\n`).join(''),
})

t.test('sync without options lists the missing ones with an example', async t => {
  t.same(
    await run(['entra', 'sync']),
    rejected(
      'scimulator: --url is required: the tenant URL of the SCIM endpoint.',
      'scimulator: --token is required: the secret token, or set SCIMULATOR_ENTRA_TOKEN.',
      'scimulator: --directory is required: the file or folder to provision from.',
      'scimulator: Example, with `scimulator --memory --tenant acme --token let-me-in-for-now` running:',
      '  scimulator entra sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\',
      '    --directory samples/springfield.json',
    ),
  )
})

t.test('all errors in options and job file are reported together, and no file is created', async t => {
  const folder = await folderOf(t, {
    'job.json': { scope: 'everybody', maxRps: 2.5, keepFlagInQuery: 'yes', state: 's.json' },
  })
  const job = join(folder, 'job.json')
  t.same(
    await run(
      [
        'entra',
        'sync',
        '--job',
        job,
        '--url',
        'localhost',
        '--directory',
        '',
        '--member-batch-size',
        '0',
        '--timeout',
        '5',
      ],
      { SCIMULATOR_ENTRA_TOKEN: 'Bearer very-secret' },
    ),
    rejected(
      'scimulator: --url must be a URL such as http://127.0.0.1:8080/acme/scim/v2.',
      'scimulator: SCIMULATOR_ENTRA_TOKEN must be ASCII letters, digits and punctuation without spaces; "Bearer" is added automatically.',
      "scimulator: --directory can't be empty.",
      `scimulator: ${job}: scope must be assigned or all.`,
      'scimulator: --member-batch-size must be a whole number of at least 1.',
      `scimulator: ${job}: maxRps must be a whole number of at least 1.`,
      `scimulator: ${job}: keepFlagInQuery must be true or false.`,
      'scimulator: --timeout must be a duration such as 30s.',
    ),
  )
  t.notOk(existsSync(join(folder, 's.json')))
})

t.test('a token in the job file is rejected and not repeated', async t => {
  const folder = await folderOf(t, { 'job.json': { url: 'http://127.0.0.1:9/scim', token: 'very-secret' } })
  const job = join(folder, 'job.json')
  t.same(
    await run(['entra', 'test-connection', '--job', job]),
    rejected(
      `scimulator: ${job}: remove "token". Set the environment variable SCIMULATOR_ENTRA_TOKEN instead; a secret does not belong in a file.`,
    ),
  )
})

t.test('all errors in the directory are reported together, with their location', async t => {
  const folder = await folderOf(t, { 'directory.json': { users: [{ id: 'one' }, 7], groups: 'none' } })
  const { code, out, err } = await run(
    [
      'entra',
      'sync',
      '--url',
      'http://127.0.0.1:9/scim',
      '--directory',
      join(folder, 'directory.json'),
      '--state',
      join(folder, 's.json'),
    ],
    { SCIMULATOR_ENTRA_TOKEN: 'very-secret' },
  )
  t.same([code, out], [2, ''])
  const lines = err.trimEnd().split('\n')
  t.ok(lines.length >= 2)
  t.same(
    lines.filter(line => !/^scimulator: .*directory\.json.+\.$/.test(line)),
    [],
  )
})

t.test('all errors in a mapping file are reported together, with their location', async t => {
  const folder = await folderOf(t, {
    'mapping.json': {
      users: {
        attributes: [
          { source: '[userPrincipalName]', target: 'userName', matching: 1 },
          { source: 'Mid([mail], 1', target: 'displayName' },
          { source: '[mail]', target: 'emails[type' },
        ],
      },
    },
  })
  const mapping = join(folder, 'mapping.json')
  const { code, out, err } = await run(
    ['entra', 'test-connection', '--url', 'http://127.0.0.1:9/scim', '--mapping', mapping],
    { SCIMULATOR_ENTRA_TOKEN: 'very-secret' },
  )
  t.same([code, out], [2, ''])
  t.match(err, `scimulator: ${mapping}: users.attributes[1].source: `)
  t.match(err, `scimulator: ${mapping}: users.attributes[2].target: `)
})

for (const [args, sentence] of [
  [
    ['sync', '--fast', '--url', 'http://127.0.0.1:9/scim', '--directory', 'x'],
    '--fast and --for require --watch.',
  ],
  [['nonsense'], 'Unknown command "nonsense". Use --help to list the commands.'],
  [
    ['test-connection', '--url', 'http://127.0.0.1:9/scim', '--mapping', 'okta'],
    '--mapping must be aws, non-gallery or a file; there is no file "okta".',
  ],
  [['generate', '--users', 'many'], 'Invalid --users: expected a whole number from 0 to 9999999.'],
  [
    ['log', '--since', 'yesterday'],
    'Invalid --since: Expected a duration such as 90m, or a time with time zone such as 2027-03-01T09:30:00Z.',
  ],
] as const) {
  t.test(`entra ${args[0]}: ${sentence}`, async t => {
    t.same(
      await run(['entra', ...args], { SCIMULATOR_ENTRA_TOKEN: 'very-secret' }),
      rejected(`scimulator: ${sentence}`),
    )
  })
}
