/**
 * Pictures of the console's pages, of a server in memory that is filled with events: all pages, in light and dark, wide
 * and on a phone. Needs a Chromium; CHROMIUM names one that isn't found by itself.
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
