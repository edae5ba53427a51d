import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Installs the package in a folder below the repository, as a user has it in `node_modules`, but for the build: its place is taken by the
 * sources, which Node.js loads.
 */
export function installPackage(folder: string): void {
  const { name, version, type, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const target = join(folder, 'node_modules', name)
  mkdirSync(join(target, 'dist'), { recursive: true })
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version, type, exports }))
  cpSync(join(root, 'bin', 'index.cjs'), join(target, 'bin', 'index.cjs'))
  const source = new URL('../../src/index.ts', import.meta.url)
  writeFileSync(join(target, 'dist', 'index.js'), `export * from ${JSON.stringify(source)}\n`)
}
