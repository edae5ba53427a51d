import { globSync, readFileSync } from 'node:fs'
import { countTests, failedResults } from './count-tests.ts'

// Prints the failures in the TAP output of the given file, then the number of passed and failed tests. Any failure exits
// with 1.
const output = readFileSync(process.argv[2] ?? '', 'utf8')
for (const failure of failedResults(output)) console.log(`not ok - ${failure}`)
const { passed, failed, skipped } = countTests(output, globSync('test/**/*.test.ts'))
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
