/**
 * Takes screenshots of the console of a server in memory with sample events: all pages, light and dark, desktop and phone.
 * Needs Chromium; set CHROMIUM to its path if it is not found.
 *
 *   npm run screenshots -- docs/screenshots
 *   npm run screenshots -- --readme        the three of the README
 */
import { mkdirSync } from 'node:fs'
import { takeAll, takeReadmes } from './screenshots/take.ts'

const [wish = 'docs/screenshots'] = process.argv.slice(2)
if (wish === '--readme') await takeReadmes('docs')
else {
  mkdirSync(wish, { recursive: true })
  await takeAll(wish)
}
