import { readFileSync } from 'node:fs'
import t from 'tap'
import { run, silentAddress } from './run.ts'

const wrong: readonly (readonly [title: string, args: readonly string[], err: string])[] = [
  ['an unknown command', ['nonsense'], 'scimulator: Unknown command "nonsense"\n'],
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
    'scimulator: Invalid --status: expected one of active, disabled, retained, removed.\n',
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

t.test('help lists commands and every setting of the server, and ends with 0', async t => {
  const { code, out, err } = await run(['--port', '0', '--help'])
  t.same({ code, err }, { code: 0, err: '' })
  for (const word of ['tenants', 'journal', 'ready', '--console-port', 'SCIMULATOR_LOG_FORMAT']) {
    t.match(out, word)
  }
})

t.test('--version is the version of the package', async t => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.same(await run(['--version']), { code: 0, out: `${version}\n`, err: '' })
})
