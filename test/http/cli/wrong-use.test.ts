import { readFileSync } from 'node:fs'
import t from 'tap'
import { run, silentAddress } from './run.ts'

const wrong: readonly (readonly [title: string, args: readonly string[], err: string])[] = [
  ['an unknown command', ['nonsense'], "scimulator: unknown command 'nonsense'\n"],
  [
    'an unknown subcommand',
    ['tokens', 'lst'],
    'scimulator: `tokens` has no command "lst": it has list, create, rotate, expire, delete.\n',
  ],
  ['a missing argument', ['tokens', 'expire'], "scimulator: missing required argument 'token'\n"],
  ['an unknown option', ['users', '--nonsense'], "scimulator: unknown option '--nonsense'\n"],
  [
    'a console that is no URL',
    ['tenants', '--console', 'localhost'],
    "scimulator: option '--console <url>' argument 'localhost' is invalid. Give a URL such as http://127.0.0.1:8081.\n",
  ],
  [
    'a limit that is no number',
    ['users', '--limit', '0'],
    "scimulator: option '--limit <number>' argument '0' is invalid. Give a whole number from 1 on.\n",
  ],
  [
    'a duration without its unit',
    ['ready', '--wait', '30'],
    "scimulator: option '--wait <duration>' argument '30' is invalid. Give weeks, days, hours, minutes and seconds with their letters: 30s, 1h30m, 90d.\n",
  ],
  [
    'a time without its zone',
    ['clock', 'set', '2027-03-01T09:30:00'],
    "scimulator: command-argument value '2027-03-01T09:30:00' is invalid for argument 'time'. Give a day, or a time with its zone: 2027-03-01, 2027-03-01T09:30:00Z.\n",
  ],
  [
    'a purge of nothing',
    ['stale', 'purge'],
    'scimulator: Name the ids of the records to purge, or give --all: one of the two.\n',
  ],
]

for (const [title, args, err] of wrong) {
  t.test(`${title} is wrong use: exit code 2 and one sentence`, async t => {
    t.same(await run(args), { code: 2, out: '', err })
  })
}

t.test('a server that is not there is told in one sentence, with exit code 1', async t => {
  const address = await silentAddress()
  t.same(await run(['tenants'], { SCIMULATOR_CONSOLE: `${address}/` }), {
    code: 1,
    out: '',
    err: `scimulator: No Scimulator console answers at ${address}. Start one with \`scimulator\`, or name another with --console.\n`,
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
