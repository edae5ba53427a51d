import { globSync, readFileSync } from 'node:fs'
import { countTests } from './count-tests.ts'

// Prints how many tests passed and failed in the TAP output that the argument names. Any failure exits with 1.
const { passed, failed, skipped } = countTests(
  readFileSync(process.argv[2] ?? '', 'utf8'),
  globSync('test/**/*.test.ts'),
)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
