import { globSync } from 'node:fs'
import { runTests } from './suite/command.ts'

// Runs all tests, or those in the files that are named. Other arguments are passed to tap.

/** They begin first: otherwise the other processes would wait for one of them at the end. */
const longest = [
  'test/browser/stories.test.ts',
  'test/durability/endure.test.ts',
  'test/unit/storage/postgres/server.test.ts',
]
const others = globSync('test/**/*.test.ts').filter(file => !longest.includes(file))
await runTests(process.argv.slice(2), [...longest, ...others.sort()])
