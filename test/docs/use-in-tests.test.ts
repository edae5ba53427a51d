import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import { decompress } from '../support/session-file.ts'
import { installPackage } from '../support/user-project.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(root, 'docs', 'testing.md'), 'utf8')
const example = (name: string) => join(root, 'examples', name)

/** The code blocks of the page between `<!-- name:start -->` and `<!-- name:end -->`. */
const blocks = (name: string): readonly string[] =>
  [
    ...page.matchAll(new RegExp(`<!-- ${name}:start -->\n\`\`\`js\n(.*?)\`\`\`\n<!-- ${name}:end -->`, 'gs')),
  ].map(([, code = '']) => code)

t.test('the examples of the page run one after the other', async t => {
  const folder = t.testdir({ 'package.json': '{}' })
  installPackage(folder)
  const [setUp = '', ...examples] = blocks('test')
  t.equal(examples.length, 8)
  const file = join(folder, 'page.mjs')
  const session = join(folder, 'session.html')
  const code = [setUp, ...examples.map(block => `{\n${block}}\n`), 'await server.close()\n'].join('\n')
  writeFileSync(file, code.replace("'session.html'", JSON.stringify(session)))
  await import(pathToFileURL(file).href)
  t.match(readFileSync(session, 'utf8'), /^<!doctype html>/i)
})

t.test('every code block of the page is run, or quotes an example', async t => {
  const all = [...page.matchAll(/^```js\n/gm)].length
  t.equal(all, blocks('test').length + blocks('node-test').length + blocks('jest').length)
  for (const block of blocks('node-test')) {
    t.match(readFileSync(join(example('node-test'), 'users.test.js'), 'utf8'), block)
  }
  for (const block of blocks('jest')) {
    t.match(readFileSync(join(example('jest'), 'users.test.js'), 'utf8'), block)
  }
})

/** Tests by their names, and whether they passed. */
type Results = Readonly<Record<string, boolean>>

const resultsOfTap = (output: string): Results =>
  Object.fromEntries([...output.matchAll(/^(not )?ok \d+ - (.+)$/gm)].map(([, not, name]) => [name, !not]))

const resultsOfVitest = (output: string): Results =>
  Object.fromEntries(
    [...output.matchAll(/^ +([✓×]) ([\w ]+?) \d+ms$/gm)].map(([, mark, name]) => [name, mark === '✓']),
  )

const resultsOfJest = (output: string): Results => {
  const { testResults } = JSON.parse(output) as {
    testResults: { assertionResults: { title: string; status: string }[] }[]
  }
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  return Object.fromEntries(tests.map(({ title, status }) => [title, status === 'passed']))
}

// Longer than the runners' own limits: other test files run at the same time.
const timeout = '--testTimeout=60000'
const runners = [
  {
    name: 'node-test',
    file: 'users.test.js',
    args: ['--test-reporter=tap', 'users.test.js'],
    define: 'test',
    imports: "import { mock } from 'node:test'",
    timers: { fake: "mock.timers.enable({ apis: ['setTimeout', 'Date'] })", real: 'mock.timers.reset()' },
    results: resultsOfTap,
    saved: 'users.test.js-fails.html',
  },
  {
    name: 'vitest',
    file: 'users.test.ts',
    args: [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--no-color', '--hookTimeout=60000', timeout],
    define: 'test',
    imports: "import { vi } from 'vitest'",
    timers: {
      fake: "vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })",
      real: 'vi.useRealTimers()',
    },
    results: resultsOfVitest,
    saved: 'users.test.ts-fails.html',
  },
  {
    name: 'jest',
    file: 'users.test.js',
    args: [join(root, 'node_modules/jest/bin/jest.js'), '--ci', '--json', '--rootDir=.', timeout],
    define: 'scimTest',
    imports: '',
    timers: { fake: 'jest.useFakeTimers()', real: 'jest.useRealTimers()' },
    results: resultsOfJest,
    saved: 'fails.html',
  },
]

for (const { name, file, args, define, imports, timers, results, saved } of runners) {
  t.test(
    `the example for ${name} passes, also with fake timers, and a test that fails saves its session`,
    async t => {
      const folder = t.testdir({})
      installPackage(folder)
      cpSync(example(name), folder, { recursive: true })
      writeFileSync(
        join(folder, file),
        `${readFileSync(join(folder, file), 'utf8')}${imports}
${define}('works with fake timers', async () => {
  ${timers.fake}
  await server.faults.add({
    match: { operations: ['create'] },
    effect: { kind: 'delay', milliseconds: 1 },
  })
  await createUser(marge)
  await server.waitFor('fault:any', { timeout: 60000 })
  ${timers.real}
})
${define}('fails', async () => {
  await createUser(marge)
  await server.waitFor('user:bart', { timeout: 1 })
})
`,
      )
      const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
      const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
      t.same(
        results(output),
        {
          'creates a user': true,
          'tries again when the server is unavailable': true,
          'is rejected when its token has expired': true,
          'works with fake timers': true,
          fails: false,
        },
        errors,
      )
      const path = join(folder, 'scimulator-sessions', saved)
      t.match(
        errors,
        `Scimulator: the session of "fails" is in ${path}, with 1 request:\n  201 POST   /Users  create user marge@springfield.example\n`,
      )
      t.match(decompress(readFileSync(path, 'utf8')), 'marge@springfield.example')
      t.notOk(existsSync(join(folder, 'scimulator-sessions', saved.replace('fails', 'creates-a-user'))))
    },
  )
}
