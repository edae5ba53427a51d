import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { formatGrade } from '../../scim-compliance/grade/appraisal.ts'
import type { Progress } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { appraised } from './a-result.ts'
import { check, runOptions, smallServer } from './small-server.ts'

t.test('an interrupted run removes its resources, and counts as incomplete', async t => {
  const kept = new Set<string>()
  const counts = { made: 0 }
  let onMade = () => {}
  const { url } = await smallServer(t, ({ method, path }) => {
    if (method === 'DELETE') return kept.delete(path) ? { status: 204 } : { status: 404 }
    if (method !== 'POST' || path !== '/Users') return { body: {} }
    const id = String(++counts.made)
    kept.add(`/Users/${id}`)
    if (counts.made === 5) onMade()
    return { status: 201, body: { id } }
  })
  const child = spawn(
    process.execPath,
    ['scim-compliance/cli.ts', url, '--rate', '0', '--only', 'rfc', '--report', 'json', '--quiet'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  onMade = () => child.kill('SIGINT')
  const output = { out: '', err: '' }
  child.stdout.on('data', chunk => (output.out += chunk))
  child.stderr.on('data', chunk => (output.err += chunk))
  const [code] = await once(child, 'close')
  t.same([...kept], [])
  t.ok(counts.made >= 5)
  t.equal(code, 2)
  t.match(output.err, /Stopping; created resources are being removed/)
  const report = JSON.parse(output.out)
  t.match(JSON.stringify(report), /The run was stopped/)
})

t.test('an interrupted run reports its progress and the removals', async t => {
  const { url } = await smallServer(t, ({ method }) =>
    method === 'POST' ? { status: 201, body: { id: '1' } } : { body: {} },
  )
  const stopping = new AbortController()
  const stops = check('rfc/stops', async context => {
    await context.create(context.users)
    stopping.abort()
    await context.get('/x')
  })
  const reported: Progress[] = []
  const { result } = await runChecks(
    runOptions(url, [check('rfc/done', async () => {}), stops, check('rfc/never', async () => {})], {
      concurrency: 1,
      stop: stopping.signal,
      tell: progress => reported.push(progress),
    }),
  )
  t.same(
    reported.flatMap(one => (one.kind === 'done' ? [`${one.number} of ${one.of}`] : [])),
    ['1 of 3'],
  )
  t.match(reported.at(-1), { kind: 'cleaning', left: 1 })
  t.equal(formatGrade(appraised(result)), 'A, 100 % (interrupted, 1 of 3 checks)')
})
