import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { countTests, failedResults } from '../../support/count-tests.ts'

const run = promisify(execFile)

/** One file of the captured run, with its result. */
const captured = (name: string): string => {
  const text = readFileSync(`${import.meta.dirname}/failing-run.tap`, 'utf8')
  const from = text.indexOf(`# Subtest: t/${name}.test.ts`)
  const result = text.indexOf('\n', text.search(new RegExp(`^(not )?ok \\d+ - t/${name}\\.test\\.ts`, 'm')))
  return `${text.slice(from, result).replace(/^(not )?ok \d+/m, '$1ok 1')}\n1..1\n`
}

t.test('a file is counted', async t => {
  const counts = [
    ['flat', 'without subtests, as one test', { passed: 1, failed: 0, skipped: 0 }],
    ['mixed', 'by its innermost tests, including skipped ones', { passed: 2, failed: 2, skipped: 2 }],
    ['crash', 'with the test that it crashed in', { passed: 1, failed: 1, skipped: 0 }],
    ['hangs', 'with the test that timed out', { passed: 1, failed: 1, skipped: 0 }],
    ['late', 'with an error after its tests', { passed: 1, failed: 1, skipped: 0 }],
  ] as const
  for (const [name, how, count] of counts)
    t.same(countTests(captured(name), [`t/${name}.test.ts`]), count, `${name}: ${how}`)
})

t.test('a run that a timeout ends early counts the tests that were not started', async t => {
  const files = ['crash', 'flat', 'hangs', 'late', 'mixed', 'syntax'].map(name => `t/${name}.test.ts`)
  const output = readFileSync(`${import.meta.dirname}/failing-run.tap`, 'utf8')
  t.same(countTests(output, files), { passed: 6, failed: 7, skipped: 2 })
})

t.test('a file that fails after all its tests passed has failed', async t => {
  const output = `# Subtest: a.test.ts
    # Subtest: passes
        ok 1 - yes
        1..1
    ok 1 - passes
    1..1
not ok 1 - a.test.ts
  ---
  exitCode: 3
  ...
1..1
`
  t.same(countTests(output, ['a.test.ts']), { passed: 1, failed: 1, skipped: 0 })
})

t.test('a skipped file is neither passed nor failed', async t => {
  const output = `# Subtest: a.test.ts
    1..0 # SKIP not here
ok 1 - a.test.ts # SKIP not here
1..1
`
  t.same(countTests(output, ['a.test.ts']), { passed: 0, failed: 0, skipped: 1 })
})

t.test('output that is cut off, or empty, has failed', async t => {
  const whole = captured('flat')
  t.same(countTests(whole.slice(0, whole.indexOf('    1..2')), []), { passed: 0, failed: 1, skipped: 0 })
  t.same(countTests('', []), { passed: 0, failed: 1, skipped: 0 })
  t.same(countTests('1..0\n', []), { passed: 0, failed: 1, skipped: 0 })
})

t.test('each failure is named with its file, its tests and its diagnostics', async t => {
  const failures = failedResults(readFileSync(`${import.meta.dirname}/failing-run.tap`, 'utf8'))
  t.same(
    failures.map(failure => failure.split('\n')[0]),
    [
      't/crash.test.ts > during > test unfinished',
      't/crash.test.ts',
      't/hangs.test.ts > hangs > timeout!',
      't/hangs.test.ts > hangs',
      't/hangs.test.ts',
      't/late.test.ts > late',
      't/late.test.ts',
      't/mixed.test.ts > outer > inner fails > should be equal',
      't/mixed.test.ts > outer > inner fails > should be equal',
      't/mixed.test.ts > outer > inner fails',
      't/mixed.test.ts > outer',
      't/mixed.test.ts > throws > no',
      't/mixed.test.ts > throws',
      't/mixed.test.ts',
      'timeout!',
    ],
  )
  t.match(failures[0], /"lineNumber": \d+/)
})

t.test('the last line is the count, and a failure is the exit status', async t => {
  const cwd = t.testdir()
  const file = `${cwd}/out.tap`
  writeFileSync(file, captured('mixed'))
  const program = `${import.meta.dirname}/../../support/report-count.ts`
  const reported = run(process.execPath, [program, file], { cwd })
  await t.rejects(reported, {
    code: 1,
    stdout: /^not ok - t\/mixed[\s\S]*\n2 skipped\n2 passed, 2 failed\n$/,
  })
})
