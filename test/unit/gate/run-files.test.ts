import { relative } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { countTests, failedResults, formatCounts } from '../../support/count-tests.ts'
import { createBlocks, numbered } from '../../support/suite/blocks.ts'
import { runFiles } from '../../support/suite/run-files.ts'

/**
 * Runs files with these lines, in one process at a time unless there are more jobs: the count, the output, and each failure with its
 * place. `modules` are other files that they may import.
 */
async function outcomeOf(
  t: Test,
  files: Readonly<Record<string, readonly string[]>>,
  { jobs = 1, modules = {} }: { readonly jobs?: number; readonly modules?: Record<string, string> } = {},
) {
  const names = Object.keys(files).map(name => `${name}.test.ts`)
  const texts = Object.values(files).map(lines => ["import t from 'tap'", ...lines].join('\n'))
  const folder = relative(
    '.',
    t.testdir({ ...modules, ...Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ''])) }),
  )
  const paths = names.map(name => `${folder}/${name}`)
  const output = new PassThrough()
  const options = { jobs, timeout: 4, patience: 2000 }
  const [tap] = await Promise.all([text(output), runFiles(paths, output, options)])
  const failures = failedResults(tap).map(failure => {
    const [name = '', ...diagnostics] = failure.replaceAll(`${folder}/`, '').split('\n')
    const [, file, line] = /"fileName": "([^"]+)", *"lineNumber": (\d+)/.exec(diagnostics.join('')) ?? []
    return file === undefined ? name : `${name} at ${file}:${line}`
  })
  return { tap, failures, count: countTests(tap, paths) }
}

t.test('files run in one process, one after the other, each with its own tests', async t => {
  const passing = [
    "t.test('passes', async t => t.comment(process.pid, t.fullname))",
    "t.test('next', async t => t.pass())",
  ]
  const { tap, failures, count } = await outcomeOf(t, { one: passing, other: passing })
  t.same({ failures, count }, { failures: [], count: { passed: 4, failed: 0, skipped: 0 } })
  t.equal(formatCounts(count), '# { total: 4, pass: 4 }')
  const comments = [...tap.matchAll(/# (\d+) .*?(\w+)\.test\.ts > passes$/gm)]
  t.same(
    comments.map(([, process, file]) => [process, file]),
    ['one', 'other'].map(file => [comments[0]?.[1], file]),
  )
  t.match(tap, /\n1\.\.2\n$/)
})

t.test('a teardown of the process runs after its last file, even if the next file arrives late', async t => {
  const busy = setInterval(() => {
    const end = Date.now() + 30
    while (Date.now() < end);
  }, 1)
  t.teardown(() => clearInterval(busy))
  const files = {
    one: [
      "import ofProcess from './of-process.ts'",
      "ofProcess.teardown(() => console.log('# torn down'))",
      "t.test('passes', async t => t.comment(process.pid))",
    ],
    two: ["t.test('passes', async t => t.comment(process.pid))"],
  }
  const modules = { 'of-process.ts': "export { default } from 'tap'" }
  const { tap, failures, count } = await outcomeOf(t, files, { modules })
  t.same({ failures, count }, { failures: [], count: { passed: 2, failed: 0, skipped: 0 } })
  const [first, ...others] = [...tap.matchAll(/# (\d+|torn down)$/gm)].map(([, text]) => text)
  t.same(others, [first, 'torn down'])
})

t.test('the folder of a test is removed after its teardowns', async t => {
  const { failures, count } = await outcomeOf(t, {
    one: [
      "import { existsSync } from 'node:fs'",
      "t.test('outer', async t => {",
      "  await t.test('inner', async t => {",
      '    const folder = t.testdir()',
      "    t.teardown(() => { if (!existsSync(folder)) throw new Error('removed') })",
      '  })',
      '})',
    ],
  })
  t.same({ failures, count }, { failures: [], count: { passed: 1, failed: 0, skipped: 0 } })
})

t.test('a process for which no file is left is no failure', async t => {
  const passing = ["t.test('passes', async t => t.pass())"]
  const { failures, count } = await outcomeOf(t, { one: passing, two: passing, three: passing }, { jobs: 3 })
  t.same({ failures, count }, { failures: [], count: { passed: 3, failed: 0, skipped: 0 } })
})

t.test('a failure has its file, test and line, whenever it happens', async t => {
  const { failures, count } = await outcomeOf(t, {
    assertion: ["t.test('differs', async t => t.equal(1, 2))"],
    rejection: ["t.test('rejects', async () => { throw new Error('no') })"],
    // An error of a test that has ended fails its file, not the test that runs meanwhile.
    late: [
      "t.test('ends', async () => void setTimeout(() => { throw new Error('too late') }, 1))",
      "t.test('waits', async t => { await new Promise(r => setTimeout(r, 50)); t.pass() })",
    ],
    syntax: ['const = 1'],
    passing: ["t.test('passes', async t => t.pass())"],
    after: ["t.test('passes', async t => t.pass())", "t.teardown(() => { throw new Error('afterwards') })"],
  })
  t.same(failures, [
    'assertion.test.ts > differs > should be equal at assertion.test.ts:2',
    'assertion.test.ts > differs at assertion.test.ts:2',
    'assertion.test.ts',
    'rejection.test.ts > rejects > no at rejection.test.ts:2',
    'rejection.test.ts > rejects at rejection.test.ts:2',
    'rejection.test.ts',
    'late.test.ts > too late at late.test.ts:2',
    'late.test.ts',
    'syntax.test.ts > Unexpected token `=`. Expected yield, an identifier, [ or',
    'syntax.test.ts',
    'after.test.ts',
    'afterwards at after.test.ts:3',
    'after.test.ts',
  ])
  t.same(count, { passed: 4, failed: 6, skipped: 0 })
})

t.test('a file that ends, occupies or blocks its process has failed, and the others run', async t => {
  const { failures, count } = await outcomeOf(t, {
    exits: ["t.test('exits', async () => process.exit(0))"],
    killed: ["t.test('is killed', async () => process.kill(process.pid, 'SIGKILL'))"],
    blocks: [
      "t.test('blocks', async () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))",
    ],
    waits: ["t.test('waits', () => new Promise(r => setTimeout(r, 1e6)))"],
    passing: ["t.test('passes', async t => t.pass())"],
    open: ["t.test('leaves a timer', async t => { setInterval(() => {}, 1e6); t.pass() })"],
  })
  t.same(failures, [
    'exits.test.ts > exits > test unfinished at exits.test.ts:2',
    'exits.test.ts',
    'killed.test.ts # the process ended with SIGKILL',
    'blocks.test.ts # timeout!',
    'waits.test.ts > waits > timeout!',
    'waits.test.ts > waits at waits.test.ts:2',
    'waits.test.ts',
    'waits.test.ts, passing.test.ts, open.test.ts # the process did not end after its tests',
  ])
  t.same(count, { passed: 2, failed: 5, skipped: 0 })
})

t.test('the output of a process is divided into that of its files', async t => {
  const blocks: (readonly string[])[] = []
  const { add, end } = createBlocks(lines => blocks.push(lines))
  const lines = [
    'TAP version 14',
    'printed',
    '# Subtest: a',
    '    1..0',
    'ok 1 - a # time=1ms',
    'not ok 2 - late',
    '  ---',
  ]
  for (const line of [...lines, '# Subtest: b', '    ok 1']) add(line)
  t.equal(end(), 'b', 'has no result')
  t.same(blocks, [['printed'], lines.slice(2), ['# Subtest: b', '    ok 1']])
  t.same(numbered(lines.slice(2), 7), {
    text: '# Subtest: a\n    1..0\nok 7 - a # time=1ms\nnot ok 8 - late\n  ---\n',
    count: 2,
  })
})
