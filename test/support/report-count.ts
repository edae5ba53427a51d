import { existsSync, globSync, readFileSync } from 'node:fs'
import { countTests, failedResults, sum } from './count-tests.ts'
import { filesOnPostgres } from './files-on-postgres.ts'

// Prints the failures in the TAP output of two runs, of all tests and of those on PostgreSQL, then the number of passed and
// failed tests of both. Any failure exits with 1.
const [all = '', onPostgres] = process.argv.slice(2)

function count(file: string, expected: readonly string[], suffix = '') {
  const output = existsSync(file) ? readFileSync(file, 'utf8') : ''
  for (const failure of failedResults(output)) console.log(`not ok - ${failure}${suffix}`)
  return countTests(output, expected)
}

const counts = [
  count(all, globSync('test/**/*.test.ts')),
  ...(onPostgres === undefined ? [] : [count(onPostgres, filesOnPostgres(), ' (on PostgreSQL)')]),
]
const { passed, failed, skipped } = counts.reduce(sum)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
