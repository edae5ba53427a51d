import { globSync } from 'node:fs'
import t from 'tap'
import { addStoriesTo } from '../support/browser.ts'

// One process runs all stories, so that they share one browser. Each file also runs alone:
// `node test/browser/tenants.story.ts`.

// Longer than a single file may take.
t.setTimeout(900_000)

addStoriesTo(t)
t.before(async () => {
  for (const file of globSync('*.story.ts', { cwd: import.meta.dirname }).sort()) await import(`./${file}`)
})
