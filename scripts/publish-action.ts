import { execFileSync } from 'node:child_process'
import { publishAction } from './release/publish-action.ts'

/**
 * Publishes a folder with an `action.yml` as a repository of its own, since the Marketplace lists only actions at the root of
 * a repository that has no workflows. The tag is that of the release.
 *
 *   npm run publish-action -- setup-scimulator ../setup-scimulator.git v1.2.0
 */
const [folder, repository, tag] = process.argv.slice(2)
if (folder === undefined || repository === undefined || tag === undefined) {
  console.error('Usage: npm run publish-action -- FOLDER REPOSITORY TAG')
  process.exit(2)
}
const git = (...args: readonly string[]) =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
try {
  console.log(publishAction(git, { folder, repository, tag }))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
