import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { dependentFiles } from './package/dependent.ts'
import { expect, expectPage, onFreePorts, type StartedServer, startServer } from './smoke/server.ts'

/**
 * Packs the package, installs it into an empty project, and uses it there: as a command, and from node:test,
 * Vitest, Jest, CommonJS and TypeScript. On a Node.js that is too old for it, expects a sentence that says so.
 *
 *   npm run tarball
 *   npm run tarball -- --node /usr/bin/node --node …    with other versions of Node.js than that of the scripts
 */
const { values } = parseArgs({
  options: { node: { type: 'string', multiple: true, default: [process.execPath] } },
})
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'scimulator-package-'))
const project = join(folder, 'project')
const manifest = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
const { version, engines } = manifest(root)
// The variables that npm sets for its scripts would point the project's commands to this repository.
const inherited = Object.entries(process.env).filter(([key]) => !/^npm_(package|lifecycle)/.test(key))
const env: NodeJS.ProcessEnv = Object.fromEntries(inherited)
const useNode = (node: string) => {
  env.PATH = [dirname(node), process.env.PATH].join(delimiter)
}
const run = (command: string, args: readonly string[]) =>
  execFileSync(command, args, { cwd: project, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** Returns exit code and output of a command that may fail. */
function attempt(command: string, args: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnSync(command, args, { cwd: project, env, encoding: 'utf8' })
  return `${status ?? signal} ${stdout}${stderr}`
}

/** Prints the sizes of the package, and throws an error if one of them has grown beyond its limit. */
function expectSmall(tarball: string): void {
  const files = readdirSync(join(project, 'node_modules'), { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile(),
  )
  const sizes = {
    'MB packed': statSync(join(folder, tarball)).size / 1e6,
    'packages installed': files.filter(({ parentPath, name }) => isManifestOfPackage(parentPath, name))
      .length,
    'MB installed':
      files.reduce((all, { parentPath, name }) => all + statSync(join(parentPath, name)).size, 0) / 1e6,
  }
  console.table(sizes)
  for (const [name, limit] of Object.entries(limits))
    if (sizes[name as keyof typeof limits] > limit) throw new Error(`More than ${limit} ${name}.`)
}

const limits = { 'MB packed': 2.3, 'packages installed': 3, 'MB installed': 40 }

const isManifestOfPackage = (folder: string, name: string): boolean =>
  name === 'package.json' && /[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+$/.test(folder)

const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error']

function install(tarball: string): void {
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project)
  for (const [name, text] of Object.entries(dependentFiles)) writeFileSync(join(project, name), text)
  run('npm', ['install', ...quietly, join('..', tarball)])
}

/** Uses the parts that are bundled on demand, too: HTTP clients of two kinds, Swagger UI, and the OpenAPI document. */
async function tryCommands(): Promise<void> {
  expect('version', run('npx', ['--no-install', 'scimulator', '--version']), new RegExp(`^${version}$`, 'm'))
  const received: string[] = []
  const receiver = createServer((request, response) => {
    received.push(request.headers['content-type'] ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  const command = join(project, 'node_modules', '.bin', 'scimulator')
  const flags = ['--memory', '--token', 'token-of-this-try', '--webhook', `http://127.0.0.1:${port}`]
  let server: StartedServer | undefined
  try {
    server = await startServer(command, [...flags, ...onFreePorts], { cwd: project, env })
    const { console, endpoint } = server
    expect('ready', run(command, ['ready', '--console', console]), /ready/)
    expect('sample', run(command, ['sample', '--console', console]), / 0 failed/)
    await expectPage(console)
    await fetch(`${console}/api/v1/webhooks/test`, { method: 'POST' })
    expect('webhook', received.join(), /^application\/json/)
    const recording = ['journal', 'export', 'action:add', '--format', 'recording', '-o', 'add.jsonl']
    run(command, [...recording, '--console', console])
    expect(
      'replay',
      attempt(command, ['replay', 'add.jsonl', endpoint, '--token', 'token-of-this-try']),
      /^[01] /,
    )
    const sizeOf = async (path: string) => (await (await fetch(console + path)).text()).length
    expect('Swagger UI', String(await sizeOf('/api/docs/static/swagger-ui-bundle.js')), /^\d{7}$/)
    expect('OpenAPI', String(await sizeOf('/api/openapi.json')), /^\d{6}$/)
    expect('assistant', await askAssistant(command, console), /"inSync":\d+/)
    expect('exit code', String(await server.stop()), /^0$/)
  } finally {
    await server?.stop()
    receiver.close()
  }
}

/** The result of the tool `overview`. */
async function askAssistant(command: string, console: string): Promise<string> {
  const assistant = new Client({ name: 'tarball', version: '1' })
  await assistant.connect(
    new StdioClientTransport({ command, args: ['mcp', '--console', console], env: { PATH: env.PATH ?? '' } }),
  )
  const result = await assistant.callTool({ name: 'overview', arguments: {} })
  await assistant.close()
  return JSON.stringify(result.structuredContent)
}

function tryTestRunners(): void {
  const installedAs = (name: string) => `${name}@${manifest(join(root, 'node_modules', name)).version}`
  const tools = ['typescript', '@types/node', 'vitest', 'jest'].map(installedAs)
  run('npm', ['install', '--save-dev', ...quietly, ...tools])
  expect('node:test', run('node', ['--test', 'esm.test.mjs']), /^. pass 1$/m)
  expect('CommonJS', run('node', ['commonjs.cjs']), /^201$/m)
  // Types that mention it would be any.
  expect('without zod', String(existsSync(join(project, 'node_modules', 'zod'))), /^false$/)
  run('npx', ['--no-install', 'tsc', '--project', '.'])
  expect('TypeScript', run('node', ['typescript.js']), /^201$/m)
  expect('Vitest', run('npx', ['--no-install', 'vitest', 'run', '--no-color']), /Tests +1 passed/)
  expect('Jest', attempt('npx', ['--no-install', 'jest', '--config', 'jest.config.json']), /^0 /)
}

/** The addon of SQLite ends an old Node.js without a message. */
function expectRefusals(): void {
  const sentence = 'Node\\.js [\\d.]+ is too old\\. Use Node\\.js 22\\.14 or newer\\.'
  expect(
    'command',
    attempt('npx', ['--no-install', 'scimulator']),
    new RegExp(`^2 scimulator: ${sentence}\n$`),
  )
  const use = (load: string) =>
    `(${load}).createServer().catch(({ name, message }) => console.log(name + ': ' + message))`
  const refusal = new RegExp(`^0 CreateServerError: createServer: ${sentence}\n$`)
  expect(
    'createServer',
    attempt('node', ['--input-type=module', '-e', use("await import('scimulator')")]),
    refusal,
  )
  expect('CommonJS', attempt('node', ['-e', use("require('scimulator')")]), refusal)
}

try {
  // Packing builds the package, which needs the Node.js of the scripts.
  const packing = { cwd: root, stdio: 'inherit' } as const
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], packing)
  const [tarball = ''] = readdirSync(folder).filter(name => name.endsWith('.tgz'))
  for (const node of values.node) {
    useNode(node)
    install(tarball)
    const [, nodeVersion, interface_] = expect(
      'Node.js',
      run('node', ['-p', "[process.version, process.versions.napi].join(' ')"]),
      /^(\S+) (\d+)$/m,
    )
    console.log(`${tarball} under Node.js ${nodeVersion}`)
    if (Number(interface_) < 10) {
      expectRefusals()
      continue
    }
    expectSmall(tarball)
    await tryCommands()
    tryTestRunners()
  }
  console.log(`The package works outside its repository (engines: ${engines.node}).`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
