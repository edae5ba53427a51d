import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { dependentFiles } from './package/dependent.ts'
import { expect, expectPage, onFreePorts, type StartedServer, startServer } from './smoke/server.ts'

/**
 * Packs the package, installs it into an empty project, and uses it there: as a command, and from node:test,
 * Vitest, Jest, CommonJS and TypeScript.
 *
 *   npm run tarball
 *   npm run tarball -- --node /usr/bin/node    with another Node.js than that of the scripts
 */
const { values } = parseArgs({ options: { node: { type: 'string', default: process.execPath } } })
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'scimulator-package-'))
const project = join(folder, 'project')
const manifest = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
// The variables that npm sets for its scripts would point the project's commands to this repository.
const inherited = Object.entries(process.env).filter(([key]) => !/^npm_(package|lifecycle)/.test(key))
const env = {
  ...Object.fromEntries(inherited),
  PATH: [dirname(values.node), process.env.PATH].join(delimiter),
}
const run = (command: string, args: readonly string[], cwd = project) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

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

let server: StartedServer | undefined
try {
  mkdirSync(project)
  const nodeVersion = run(values.node, ['--version']).trim()
  // Packing builds the package, which needs the Node.js of the scripts.
  const packing = { cwd: root, stdio: 'inherit' } as const
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], packing)
  const [tarball = ''] = readdirSync(folder).filter(name => name.endsWith('.tgz'))
  const { version, engines } = manifest(root)
  console.log(`${tarball} under Node.js ${nodeVersion}`)

  for (const [name, text] of Object.entries(dependentFiles)) writeFileSync(join(project, name), text)
  const installedAs = (name: string) => `${name}@${manifest(join(root, 'node_modules', name)).version}`
  const tools = ['typescript', '@types/node', 'vitest', 'jest'].map(installedAs)
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error']
  run('npm', ['install', ...quietly, join('..', tarball)])
  expectSmall(tarball)
  expect('version', run('npx', ['--no-install', 'scimulator', '--version']), new RegExp(`^${version}$`, 'm'))

  const command = join(project, 'node_modules', '.bin', 'scimulator')
  server = await startServer(command, ['--memory', ...onFreePorts], { cwd: project, env })
  expect('ready', run(command, ['ready', '--console', server.console]), /ready/)
  expect('sample', run(command, ['sample', '--console', server.console]), / 0 failed/)
  await expectPage(server.console)
  expect('exit code', String(await server.stop()), /^0$/)

  run('npm', ['install', '--save-dev', ...quietly, ...tools])
  expect('node:test', run(values.node, ['--test', 'esm.test.mjs']), /^. pass 1$/m)
  expect('CommonJS', run(values.node, ['commonjs.cjs']), /^201$/m)
  run('npx', ['--no-install', 'tsc', '--project', '.'])
  expect('TypeScript', run(values.node, ['typescript.js']), /^201$/m)
  expect('Vitest', run('npx', ['--no-install', 'vitest', 'run', '--no-color']), /Tests +1 passed/)
  run('npx', ['--no-install', 'jest', '--config', 'jest.config.json'])
  console.log(`The package works outside its repository (engines: ${engines.node}).`)
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
