import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { optionList } from '../../scim-compliance/options.ts'
import { createServer } from '../../src/index.ts'

const action = readFileSync(new URL('../../scim-compliance/action.yml', import.meta.url), 'utf8')
const gitlab = readFileSync(new URL('../../scim-compliance/gitlab-ci.example.yml', import.meta.url), 'utf8')

/** The script of the step: the last block of the file. */
const script = (action.split('      run: |\n')[1] ?? '').replace(/^ {8}/gm, '')

/** Runs the step as GitHub's runner does: with bash and environment variables. */
async function run(t: Test, inputs: Readonly<Record<string, string>>) {
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
  const { status, stdout, text, output, summary } = await run(t, {
    URL: server.url,
    SCIM_TOKEN: server.token,
    READ_ONLY: 'true',
    MIN_SCORE: '80',
    HTML: 'out dir/my, report.html',
    JSON: 'scim.json',
    SARIF: 'scim.sarif',
  })
  t.equal(status, 0)
  const { score } = JSON.parse(text('scim.json'))
  t.equal(output, `score=${score.percent}\ngrade=${score.letter}\n`)
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
    const { status, text, output, summary } = await run(t, {
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
