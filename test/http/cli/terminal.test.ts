import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { createProgram } from '../../../src/server/cli/commands.ts'
import { groups } from '../../../src/server/cli/help.ts'
import { nameOf, nouns } from '../../../src/server/cli/nouns.ts'
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
