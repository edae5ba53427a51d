import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { optionList } from '../../scim-compliance/option-list.ts'

const action = readFileSync(new URL('../../scim-compliance/action.yml', import.meta.url), 'utf8')
const gitlab = readFileSync(new URL('../../scim-compliance/gitlab-ci.example.yml', import.meta.url), 'utf8')

/** The step's script, which is the last block of the file. */
const script = (action.split('      run: |\n')[1] ?? '').replace(/^ {8}/gm, '')

const report = JSON.stringify({ score: { percent: 88, letter: 'B' } })

/** Stands in for npx: writes down what it is given, makes the reports, and ends with a code. */
const npx = (code: number) => `#!/bin/bash
printf '%s\\n' "$@" > "$ARGS"
if [ ${code} -eq 2 ]; then exit 2; fi
IFS=,
for part in $*; do
  case "$part" in
    *json=*) printf '%s' '${report}' > "\${part#*json=}" ;;
    *markdown=*) echo '# B' > "\${part#*markdown=}" ;;
  esac
done
echo '::error::said by the server'
exit ${code}
`

function run(t: Test, code: number, inputs: Readonly<Record<string, string>>) {
  const folder = t.testdir()
  const inside = (name: string) => join(folder, name)
  writeFileSync(inside('npx'), npx(code))
  chmodSync(inside('npx'), 0o755)
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      TMPDIR: folder,
      ARGS: inside('args'),
      GITHUB_OUTPUT: inside('output'),
      GITHUB_STEP_SUMMARY: inside('summary'),
      VERSION: 'latest',
      AS: 'rfc',
      FAIL_ON: 'must',
      READ_ONLY: 'false',
      ...inputs,
    },
  })
  const text = (name: string) => (existsSync(inside(name)) ? readFileSync(inside(name), 'utf8') : '')
  return { status, stdout, stderr, args: text('args'), output: text('output'), summary: text('summary') }
}

t.test('the action hands over its inputs as they are, and tells score and grade', async t => {
  const url = 'https://scim.example.com/$(touch owned) "x"'
  const { status, stdout, args, output, summary } = run(t, 1, {
    URL: url,
    SCIM_TOKEN: 'tokentoken',
    READ_ONLY: 'true',
    MIN_SCORE: '80',
    HTML: 'a b.html',
  })
  t.equal(status, 1)
  t.equal(output, 'score=88\ngrade=B\n')
  t.equal(summary, '# B\n')
  const given = args.split('\n')
  t.same(given.slice(0, 4), ['--yes', 'scimulator@latest', 'check', url])
  t.same(given.slice(10), ['--min-score', '80', '--read-only', '--report', 'html=a b.html', ''])
  t.notMatch(args, 'tokentoken')
  const [mask, stop = '', said, end] = stdout.split('\n')
  t.equal(mask, '::add-mask::tokentoken')
  t.match(stop, /^::stop-commands::[0-9a-f-]{36}$/)
  t.equal(said, '::error::said by the server', 'what the server says stands between the two')
  t.equal(end, `::${stop.split('::')[2]}::`)
})

t.test('the action ends with the code of a run that came to nothing, and tells no score', async t => {
  const { status, output, summary } = run(t, 2, { URL: 'https://scim.example.com' })
  t.same([status, output, summary], [2, '', ''])
})

t.test('the action puts no input into its script, and both examples use options that there are', async t => {
  t.notMatch(script, '${{')
  const known = new Set(['yes', ...optionList.map(({ name }) => name)])
  const used = [...`${script}\n${gitlab}`.matchAll(/(?<=[\s(])--([a-z-]+)/g)].map(([, name = '']) => name)
  t.ok(used.length > 10)
  t.same(
    used.filter(name => !known.has(name)),
    [],
  )
})
