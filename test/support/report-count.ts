import { globSync, readFileSync } from 'node:fs'
import { countTests, failedResults } from './count-tests.ts'

// Prints the failures in the TAP output that the argument names, then how many tests passed and failed. Any failure
// exits with 1.
const output = readFileSync(process.argv[2] ?? '', 'utf8')
for (const failure of failedResults(output)) console.log(`not ok - ${failure}`)
const { passed, failed, skipped } = countTests(output, globSync('test/**/*.test.ts'))
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
