import { globSync } from 'node:fs'
import t from 'tap'

// One process runs all stories, so that they share one browser. Each file also runs alone:
// `node test/browser/tenants.story.ts`.

// Longer than a single file may take.
t.setTimeout(900_000)

t.before(async () => {
  for (const file of globSync('*.story.ts', { cwd: import.meta.dirname }).sort()) await import(`./${file}`)
})
