import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { main } from '../../scim-compliance/main.ts'
import { optionList } from '../../scim-compliance/options.ts'
import { findUnwritable, writeReports } from '../../scim-compliance/reports/formats.ts'
import { createServer } from '../../src/index.ts'
import { appraised } from './a-result.ts'
import { smallServer } from './small-server.ts'

const run = promisify(execFile)
const read = (file: string) => readFileSync(file, 'utf8')
const manifest = JSON.parse(read('scim-compliance/package.json'))

t.test('the package has no runtime dependencies', async t => {
  t.same(manifest.dependencies, undefined)
})

t.test('every package has the license and its text', async t => {
  t.same([manifest.license, JSON.parse(read('package.json')).license], ['Apache-2.0', 'Apache-2.0'])
  t.equal(read('scim-compliance/LICENSE'), read('LICENSE'))
})

t.test('the built package runs alone, with its own name and version', async t => {
  const folder = t.testdir()
  await run(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-p',
    'scim-compliance/tsconfig.build.json',
    // `npm run check` checks the types.
    '--noCheck',
    '--outDir',
    join(folder, 'dist'),
  ])
  const command = join(folder, manifest.bin['scim-compliance'])
  const call = (...args: string[]) => run(process.execPath, [command, ...args], { cwd: folder })
  t.match((await call('--help')).stdout, /^Usage: scim-compliance URL \[options\]\n/)
  t.match((await call('--list')).stdout, /^rfc\/.+ rfc MUST /m)
  const { version } = await import(join(folder, 'dist/version.js'))
  t.equal(version, manifest.version)
})

const action = readFileSync(new URL('../../scim-compliance/action.yml', import.meta.url), 'utf8')
const gitlab = readFileSync(new URL('../../scim-compliance/gitlab-ci.example.yml', import.meta.url), 'utf8')

/** The script of the step: the last block of the file. */
const script = (action.split('      run: |\n')[1] ?? '').replace(/^ {8}/gm, '')

/** Runs the step as GitHub's runner does: with bash and environment variables. */
async function runStep(t: Test, inputs: Readonly<Record<string, string>>) {
  const folder = t.testdir({ 'out dir': {} })
  const inside = (name: string) => join(folder, name)
  const step = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      TMPDIR: folder,
      GITHUB_ACTION_PATH: new URL('../../scim-compliance', import.meta.url).pathname,
      GITHUB_OUTPUT: inside('output'),
      GITHUB_STEP_SUMMARY: inside('summary'),
      ...{ AS: 'rfc', FAIL_ON: 'must', READ_ONLY: 'false', RATE: '0' },
      ...inputs,
    },
  })
  let stdout = ''
  step.stdout.on('data', chunk => {
    stdout += chunk
  })
  step.stderr.resume()
  const [status] = await once(step, 'close')
  const text = (name: string) => (existsSync(inside(name)) ? readFileSync(inside(name), 'utf8') : '')
  return { status, stdout, text, output: text('output'), summary: text('summary') }
}

t.test('the action grades a server, writes its reports, and outputs score and grade', async t => {
  const server = await createServer({ profile: 'rfc' })
  t.teardown(server.close)
  const { status, stdout, text, output, summary } = await runStep(t, {
    URL: server.url,
    SCIM_TOKEN: server.token,
    READ_ONLY: 'true',
    MIN_SCORE: '80',
    HTML: 'out dir/my, report.html',
    JSON: 'scim.json',
    SARIF: 'scim.sarif',
  })
  t.equal(status, 0)
  const { score, safety } = JSON.parse(text('scim.json'))
  t.equal(output, `score=${score.percent}\ngrade=${score.letter}\nsafe=${safety.safe}\n`)
  t.match(summary, `# SCIM compliance: ${score.letter}`)
  t.match(text('out dir/my, report.html'), /^<!doctype html>/i)
  t.equal(JSON.parse(text('scim.sarif')).version, '2.1.0')
  const [mask, stop = '', ...said] = stdout.trimEnd().split('\n')
  t.equal(mask, `::add-mask::${server.token}`)
  t.match(stop, /^::stop-commands::[0-9a-f-]{36}$/)
  t.equal(said.pop(), `::${stop.split('::')[2]}::`, 'output of the server is between the two commands')
  t.notMatch(said.join('\n'), server.token)
})

t.test(
  'inputs of the action are not executed, and a failed run ends with its exit code and no score',
  async t => {
    const { status, text, output, summary } = await runStep(t, {
      URL: 'http://127.0.0.1:1/$(touch owned)`touch owned`',
      HTML: '$(touch owned)',
    })
    t.same([status, output, summary, text('owned')], [2, '', '', ''])
    t.notOk(existsSync(join(t.testdirName, 'owned')))
  },
)

t.test('the script contains no inputs, and both examples use existing options', async t => {
  t.notMatch(script, '${{')
  const known = new Set(['depth', 'branch', ...optionList.map(({ name }) => name)])
  const used = [...`${script}\n${gitlab}`.matchAll(/(?<=[\s(])--([a-z-]+)/g)].map(([, name = '']) => name)
  t.ok(used.length > 10)
  t.same(
    used.filter(name => !known.has(name)),
    [],
  )
})

/** The exit code, and the standard error or the standard output. */
async function outputOf(t: Test, to: 'stderr' | 'stdout', ...args: readonly string[]) {
  const said = t.capture(process[to], 'write', () => true)
  const code = await main(args)
  return [code, ...said().map(({ args }) => String(args[0]))]
}

t.test('unknown IDs are reported, and nothing is graded', async t => {
  t.same(await outputOf(t, 'stderr', 'http://127.0.0.1:1', '--only', 'rfc/filtr', '--skip', 'entra/x'), [
    2,
    'scim-compliance: --only rfc/filtr: no check has an ID that starts with this; --list --as all,interop,ipsie shows them.\n',
    'scim-compliance: --skip entra/x: no check has an ID that starts with this; --list --as all,interop,ipsie shows them.\n',
  ])
})

t.test('an empty selection is reported', async t => {
  t.same(await outputOf(t, 'stderr', 'http://127.0.0.1:1', '--only', 'aws/users'), [
    2,
    'scim-compliance: No check matches --only and --skip with --as rfc,entra.\n',
  ])
})

t.test('an unknown ID among the known failures is reported', async t => {
  const known = join(t.testdir(), 'known.json')
  writeFileSync(known, JSON.stringify([{ id: 'rfc/creat', reason: 'later' }]))
  const { url } = await smallServer(t, () => ({ status: 404 }))
  const [, stderr] = await outputOf(t, 'stderr', url, '--quiet', '--known', known)
  t.equal(stderr, `scim-compliance: ${known} names rfc/creat, but no check has that ID.\n`)
})

t.test('the help names the formats of reports', async t => {
  const [, help] = await outputOf(t, 'stdout', '--help')
  t.match(help, 'terminal, tap, junit, json, sarif, html, markdown, badge, har')
})

t.test('reports that cannot be written are reported before the run', async t => {
  const file = join(t.testdir(), 'missing', 'a.json')
  t.same(await outputOf(t, 'stderr', 'http://127.0.0.1:1', '--report', `json=${file}`), [
    2,
    `scim-compliance: Could not write the report ${file}: ENOENT: no such file or directory, access '${join(file, '..')}'.\n`,
  ])
})

t.test('a report that cannot be written does not prevent the others', async t => {
  const folder = join(t.testdir(), 'folder')
  const [lost, kept] = [
    { format: 'json', file: folder },
    { format: 'badge', file: `${folder}.md` },
  ] as const
  t.same(findUnwritable([lost, kept]), [])
  mkdirSync(folder)
  t.same(findUnwritable([lost, kept]), [`Could not write the report ${folder}: it is a directory.`])
  t.same(writeReports(appraised(), [lost, kept]), [
    `Could not write the report ${folder}: EISDIR: illegal operation on a directory, open '${folder}'.`,
  ])
  t.same(findUnwritable([kept]), [])
  t.match(readFileSync(kept.file, 'utf8'), 'img.shields.io')
})
