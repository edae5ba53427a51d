import { globSync } from 'node:fs'
import { runTests } from './suite/command.ts'

// Runs all tests, or those in the files that are named. Other arguments are passed to tap.
await runTests(process.argv.slice(2), globSync('test/**/*.test.ts').sort())
