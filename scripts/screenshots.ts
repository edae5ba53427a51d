/**
 * Takes screenshots of the console of a server in memory with sample events: all pages, light and dark, desktop and phone.
 * Needs Chromium; set CHROMIUM to its path if it is not found.
 *
 *   npm run screenshots -- docs/screenshots
 *   npm run screenshots -- --readme        the screenshots of README.md and docs/console.md
 */
import { mkdirSync } from 'node:fs'
import { takeAll, takeReadmes } from './screenshots/take.ts'

const [folder = 'docs/screenshots'] = process.argv.slice(2)
if (folder === '--readme') await takeReadmes('docs')
else {
  mkdirSync(folder, { recursive: true })
  await takeAll(folder)
}
