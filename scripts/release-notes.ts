import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { releaseNotes } from './release/notes.ts'

/**
 * Prints the section of the changelog for a tag.
 *
 *   npm run -s release-notes -- v1.2.3
 */
const text = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8')
const [tag = ''] = process.argv.slice(2)
try {
  const { version } = JSON.parse(text('package.json'))
  process.stdout.write(`${releaseNotes({ tag, version, changelog: text('CHANGELOG.md') })}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
