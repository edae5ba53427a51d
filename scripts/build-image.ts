import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildArguments, builders, findEngine } from './image/engine.ts'

/**
 * Builds the image `scimulator` with the container engine of this machine; arguments go to the engine.
 *
 *   npm run image
 *   npm run image -- --tag scimulator:edge --no-cache
 */
const root = join(import.meta.dirname, '..')
try {
  const engine = findEngine(builders, process.env.PATH)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const git = spawnSync('git', ['rev-parse', '--verify', 'HEAD'], { cwd: root, encoding: 'utf8' })
  const revision = git.status === 0 ? git.stdout.trim() : undefined
  const args = buildArguments(engine, { version, revision }, process.argv.slice(2))
  console.log(`${engine} ${args.join(' ')}`)
  const { status, error } = spawnSync(engine, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
