import { spawnSync } from 'node:child_process'
import { Help } from 'commander'
import t from 'tap'
import { createProgram } from '../../../../src/server/cli/commands.ts'
import { nameOf, nouns } from '../../../../src/server/cli/nouns.ts'

/** Prints the address of each module that a program loads, in a line after its output. */
const reporter = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  process.on('exit', () => process.stdout.write('\\n' + JSON.stringify(loaded)))
`)}`

function loadedBy(...args: readonly string[]): readonly string[] {
  const env = { ...process.env, NODE_OPTIONS: '', SCIMULATOR_CONSOLE: 'http://127.0.0.1:9' }
  const command = ['--import', reporter, 'src/server/cli/scimulator.ts', ...args]
  const { stdout: out } = spawnSync(process.execPath, command, { env, encoding: 'utf8' })
  return JSON.parse(out.slice(out.lastIndexOf('\n')))
}

const ofSources = (loaded: readonly string[]) => loaded.filter(url => url.includes('/src/'))
const ofZod = (loaded: readonly string[]) => loaded.filter(url => url.includes('/node_modules/zod/'))

t.test('a command loads its own noun, at most 25 modules, and no zod', async t => {
  for (const args of [
    ['tokens', '--help'],
    ['users', 'list'],
  ]) {
    const loaded = loadedBy(...args)
    t.ok(ofSources(loaded).length <= 25, `${args.join(' ')}: ${ofSources(loaded).join('\n')}`)
    t.same(ofZod(loaded), [])
  }
})

t.test('completion and the help of the program load no zod', async t => {
  t.same(ofZod(loadedBy('--help')), [])
  t.same(ofZod(loadedBy('complete', '--', '')), [])
})

// Their settings are zod schemas.
const withSettings = ['entra', 'okta', 'google']

t.test('no other noun loads zod before it runs', async t => {
  const names = nouns.map(nameOf).filter(name => !withSettings.includes(name))
  t.same(ofZod(loadedBy('complete', '--', ...names, '')), [])
})

t.test('the list has the usage of each noun as its module declares it', async t => {
  const { commands } = await createProgram()
  t.same(
    nouns.map(({ usage }) => usage),
    commands.map(command => new Help().subcommandTerm(command)),
  )
})
