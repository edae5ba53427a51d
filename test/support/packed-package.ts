import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

/** What `npm pack` builds the package from, in addition to the files that it packs. */
const sources = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'LICENSE', 'README.md'],
  ...['src', 'scim-compliance', 'scripts'],
]

/** What `npm pack` writes before it packs. */
const built: readonly string[] = ['dist', 'npm-shrinkwrap.json']

/**
 * Packs the package with `npm pack`, which builds it, in a copy of the checkout in this folder. Returns the path of the
 * tarball. The types are not checked: `npm run check` does that.
 */
export async function packPackage(into: string): Promise<string> {
  const folder = join(into, 'checkout')
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const packed: readonly string[] = files.map((pattern: string) => pattern.replace('/*.md', ''))
  for (const path of [...sources, ...packed.filter(path => !built.includes(path))])
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: isSource })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  change(join(folder, 'scim-compliance/tsconfig.json'), {
    compilerOptions: { noCheck: true, declaration: false },
  })
  // The bundler writes the server; the compiler would only add its types.
  change(join(folder, 'tsconfig.build.json'), { files: [], include: [] })
  await run('npm', ['pack', '--silent', '--pack-destination', '..'], { cwd: folder, env: withNode() })
  const tarball = readdirSync(into).find(name => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack wrote no tarball.')
  return join(into, tarball)
}

/** Changes a configuration of the compiler. */
function change(file: string, { compilerOptions, ...rest }: Readonly<Record<string, object>>): void {
  const config = JSON.parse(readFileSync(file, 'utf8'))
  const all = { ...config.compilerOptions, ...compilerOptions }
  writeFileSync(file, JSON.stringify({ ...config, ...rest, compilerOptions: all }))
}

const isSource = (path: string): boolean => !/[/\\](node_modules|dist|__pycache__)$/.test(path)

/** Installs the tarball as `node_modules/scimulator` of a project, with the dependencies of this checkout. */
export async function installPackage(tarball: string, project: string): Promise<void> {
  const folder = join(project, 'node_modules', 'scimulator')
  mkdirSync(folder, { recursive: true })
  await run('tar', ['--extract', '--strip-components=1', '--file', tarball, '--directory', folder])
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
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
