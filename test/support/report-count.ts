import { globSync, readFileSync } from 'node:fs'
import { countTests } from './count-tests.ts'

// Prints the number of passed and failed tests in the TAP output of the given file. Any failure exits with 1.
const { passed, failed, skipped } = countTests(
  readFileSync(process.argv[2] ?? '', 'utf8'),
  globSync('test/**/*.test.ts'),
)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
