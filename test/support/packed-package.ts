import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

/** What the package is built from, in addition to the files that it contains. */
const sources = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'LICENSE', 'README.md'],
  ...['src', 'scim-compliance', 'scripts'],
]

/** Builds and packs the package, without its types, in a copy of the checkout in this folder. Returns the path of the tarball. */
export async function packPackage(into: string): Promise<string> {
  const folder = join(into, 'checkout')
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const packed: readonly string[] = files
  for (const path of [...sources, ...packed.filter(path => path !== 'dist')])
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: isSource })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const inFolder = { cwd: folder, env: withNode() }
  await run(process.execPath, ['scripts/build.ts'], inFolder)
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', '..'], inFolder)
  const tarball = readdirSync(into).find(name => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack wrote no tarball.')
  return join(into, tarball)
}

const isSource = (path: string): boolean => !/[/\\](node_modules|dist|__pycache__)$/.test(path)

/** Installs the tarball as `node_modules/scimulator` of a project, with the dependencies of the package only. */
export async function installPackage(tarball: string, project: string): Promise<void> {
  const folder = join(project, 'node_modules', 'scimulator')
  mkdirSync(folder, { recursive: true })
  await run('tar', ['--extract', '--strip-components=1', '--file', tarball, '--directory', folder])
  const { bin, dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of Object.keys(dependencies))
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  const commands = join(project, 'node_modules', '.bin')
  mkdirSync(commands)
  const command = join(folder, bin.scimulator)
  chmodSync(command, 0o755)
  symlinkSync(command, join(commands, 'scimulator'))
}

/** The environment without settings of npm's scripts, with the Node.js of the tests first. */
export const withNode = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|SCIMULATOR_|NODE_OPTIONS$|.*_proxy$)/i.test(name),
    ),
  ),
  PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
  ...more,
})
