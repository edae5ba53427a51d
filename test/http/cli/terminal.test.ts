import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { createProgram } from '../../../src/server/cli/commands.ts'
import { groups } from '../../../src/server/cli/help.ts'
import { nameOf, nouns } from '../../../src/server/cli/nouns.ts'
import { entraFor, springfield } from './entra.ts'
import { groupSchema, serverFor, userSchema } from './server.ts'

type Command = Awaited<ReturnType<typeof createProgram>>

function helpOf(command: Command): string {
  let text = ''
  const write = (part: string) => {
    text += part
  }
  command.configureOutput({ writeOut: write, getOutHelpWidth: () => 80 }).outputHelp()
  return text
}

const everyCommand = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(everyCommand),
]

/** A word that is longer than a line, such as a URL, is not broken. */
const tooWide = (text: string, width = 80) =>
  text.split('\n').filter(line => line.length > width && /^ *\S+ +\S/.test(line.slice(0, width)))

t.test('the help of the program is one screen, and names each command once', async t => {
  const lines = helpOf(await createProgram())
    .trimEnd()
    .split('\n')
  t.ok(lines.length <= 30, `${lines.length} lines`)
  t.same(
    Object.values(groups).flat().sort(),
    nouns
      .filter(({ summary }) => summary !== '')
      .map(nameOf)
      .sort(),
  )
})

t.test('the help of each command fits 80 columns', async t => {
  for (const command of everyCommand(await createProgram()))
    t.same(tooWide(helpOf(command)), [], command.name())
})

const skip = spawnSync('script', ['--version']).status === 0 ? false : 'script (util-linux) is not installed'

/** What each command prints on a terminal of 80 columns. */
async function onTerminal(commands: readonly (readonly string[])[]): Promise<readonly string[]> {
  const program = `"${process.execPath}" test/http/cli/terminal-process.ts '${JSON.stringify(commands)}'`
  const { stdout } = await promisify(execFile)(
    'script',
    ['-qec', `stty cols 80 rows 24; ${program}`, '/dev/null'],
    { env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }, maxBuffer: 2 ** 24 },
  )
  return stdout.replaceAll('\r\n', '\n').split('\f\n').slice(0, -1)
}

t.test('lists fit a terminal of 80 columns, with what one looks for', { skip }, async t => {
  const { console, scim, asEntra, cli } = await serverFor(t, { profile: 'aws' })
  const { id } = await asEntra('POST', '/Users', {
    ...{ schemas: [userSchema], userName: 'marge.simpson@springfield-nuclear.example' },
    ...{ displayName: 'Marge Bouvier Simpson', name: { givenName: 'Marge', familyName: 'Simpson' } },
  })
  await asEntra('POST', '/Groups', { schemas: [groupSchema], displayName: 'Security Auditors of Sector 7-G' })
  await asEntra('POST', '/Users', { schemas: [userSchema], userName: 'homer', displayName: 'x'.repeat(1100) })
  await asEntra('PATCH', `/Users/${id}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'Replace', path: 'active', value: 'False' }],
  })
  await scim('DELETE', `/Users/${id}`)
  await cli('tokens', 'create', '--name', 'staging', '--expires', '30d')
  await cli('console-tokens', 'create', 'prometheus')
  await cli('faults', 'on', '--preset', 'throttled')
  await cli('snapshot', 'save', 'before the change')
  const lists = [
    'tenants',
    'tokens',
    'keys',
    'issuers',
    'clients',
    'users',
    'groups',
    'stale',
    'access',
    'sign-in',
  ]
    .concat(['overview', 'journal', 'cycles', 'findings', 'setup', 'faults', 'snapshot', 'settings'])
    .concat(['console-tokens', 'audit', 'webhooks', 'sessions', 'commands'])
    .map(noun => [noun])
  const commands = lists.concat([
    ['journal', '--limit', '2'],
    ['audit', '--limit', '2'],
    ['users', 'history', 'marge', '--limit', '1'],
    ['faults', 'presets'],
    ['tenants', 'show'],
    ['setup', 'mapping'],
  ])
  const outputs = await onTerminal(commands.map(args => ['--console', console, ...args]))
  for (const [at, output] of outputs.entries()) t.same(tooWide(output), [], `${commands[at]}`)

  const complete = async (...words: readonly string[]) =>
    (await cli('complete', '--', '--console', console, ...words)).out
  t.match(await complete('tokens', 'delete', ''), /\tstaging …/, 'tokens by name')
  t.match(await complete('overview', '--tenant', 'ac'), /^acme\t/m)
  t.match(await complete('faults', 'on', '--preset', 'thro'), /^throttled\t/m)
  const of = (...command: readonly string[]) =>
    outputs[commands.findIndex(each => `${each}` === `${command}`)] ?? ''
  t.match(
    of('journal', '--limit', '2'),
    /^\d+ s ago +204 .*\nShowing|Showing 2 of \d+\. Use --limit 0 for all\.$/m,
  )
  t.match(of('audit', '--limit', '2'), /^Showing 2 of \d+\. Use --limit 0 for all\.$/m)
  t.match(of('users', 'history', 'marge', '--limit', '1'), /^Showing 1\. More: --limit 2, all: --limit 0\.$/m)
  const marge = 'marge.simpson@springfield-nuclear.example\tMarge Bouvier Simpson\n'
  for (const command of [['users', 'show'], ['users', 'history'], ['why']])
    t.equal(await complete(...command, 'marge.simpson@'), marge, command.join(' '))
  t.equal(await complete('why', 'simpson'), '', 'only the beginning of a userName')
  await asEntra('POST', '/Users', {
    ...{ schemas: [userSchema], userName: '--console=http://attacker.example', displayName: 'Attacker' },
    ...{ name: { givenName: 'An', familyName: 'Option' } },
  })
  t.equal(await complete('users', 'show', ''), marge, 'no userName that the command would read as an option')
  const [, short = ''] = /^\d+ s ago +204 .* ([0-9a-f-]{13,})$/m.exec(of('journal')) ?? []
  t.ok(short.length < 36, short)
  t.match(JSON.parse((await cli('journal', 'show', short, '--json')).out), {
    id: new RegExp(`^${short}`),
    status: 204,
  })
  const several = await cli('journal', 'show', short.slice(0, 8))
  t.match(several, { code: 1, err: `The IDs of several requests begin with "${short.slice(0, 8)}": ` })
  const [, cycle = ''] = /([0-9a-f-]{13,})$/m.exec(of('cycles')) ?? []
  t.match(await cli('cycles', 'rate', cycle), { code: 0, err: '' })
})

t.test('status and log of a job fit a terminal of 80 columns', { skip }, async t => {
  const { entra, job } = await entraFor(t, springfield())
  t.equal((await entra('sync', ...job)).code, 0)
  t.equal((await entra('sync', ...job, '--token', 'another-token')).code, 1)
  const commands = ['status', 'log'].map(name => ['entra', name, ...job])
  for (const output of await onTerminal(commands)) t.same(tooWide(output), [])

  const status = JSON.parse((await entra('status', ...job, '--json')).out)
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  t.match(status, {
    status: 'quarantine',
    code: 'Quarantine',
    watermark: time,
    quarantine: { currentBegan: time, seriesBegan: time, nextAttempt: time },
    lastCycle: { endedAt: time },
  })
})
