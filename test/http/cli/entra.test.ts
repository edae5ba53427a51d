import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { softDelete } from '../../../src/entra/directory-edits.ts'
import { generateDirectory } from '../../../src/entra/generate.ts'
import { entraFor, springfield, token } from './entra.ts'
import { ended, linesOf } from './run.ts'

const time = 'AAAA-MM-DDThh:mm:ssZ'
const settled = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, time)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'some-uuid')

t.test('Springfield is provisioned, looked at, provisioned again and restarted', async t => {
  const { entra, job, users, written, write } = await entraFor(t, springfield())
  const all: string[] = []
  const told = async (...args: readonly string[]) => {
    const { code, out, err } = await entra(...args)
    all.push(out, err)
    return { code, out: settled(out), err }
  }

  t.same(await told('status', ...job), {
    code: 0,
    out: [
      'status         not run yet: `scimulator entra sync` runs the initial cycle',
      'initial cycle  not done',
      'watermark      -',
      'last cycle     -',
      'next cycle     -',
      'known          0 users, 0 groups',
      'links          0',
      'in escrow      0 objects, 0 references',
      '',
    ].join('\n'),
    err: '',
  })
  t.same(await told('log', ...job), { code: 0, out: 'The log has no such entries.\n', err: '' })
  t.same(await told('test-connection', ...job), {
    code: 0,
    out: 'The supplied credentials are authorized to enable provisioning.\n',
    err: '',
  })
  t.match(await told('test-connection', ...job, '--token', 'another-token'), {
    code: 1,
    out: /InvalidCredentials: While attempting to validate our authorization .* StatusCode: Unauthorized/,
    err: '',
  })

  const first = await told('sync', ...job)
  t.same([first.code, first.err], [0, ''])
  t.match(first.out, /^Initial cycle completed: \d+ requests, \d+ of them writes\.\nCreated: 10\n/)
  t.ok((await users()).some(({ name, status }) => /^marge/.test(name) && status === 'active'))
  t.match(await told('status', ...job), { code: 0, out: /^status +active\n[\s\S]*^links +10$/m })
  t.match(await told('log', ...job, '--user', 'MARGE', '--action', 'create', '--since', '1h'), {
    code: 0,
    out: /^at +action +status +type +object .*\nAAAA.*create +success +User +marge.* some-uuid .*userName.*\n$/,
  })
  const newest = await told('log', ...job, '--limit', '1', '--json')
  t.match(JSON.parse(newest.out), { provisioningAction: 'update', sourceIdentity: { identityType: 'Group' } })
  t.notOk('log' in JSON.parse(newest.out))

  t.match(await told('on-demand', 'marge.simpson@springfield.example', ...job), {
    code: 0,
    out: /^Skipped, some-uuid\n {2}import +success .*\n {2}scoping +success .*\n {2}matching +success .*\n {2}export +skipped /,
  })
  const onDemand = await told('on-demand', 'Network Operators', '--member', 'nobody', ...job)
  t.match(onDemand, { code: 2, err: /The directory has no user or group "nobody"/ })

  t.match(await told('restart', ...job), { code: 0, out: /: the next cycle is an initial one\.\n$/ })
  const again = await told('sync', ...job, '--json')
  t.match(JSON.parse(again.out), { kind: 'initial', ending: 'completed', writes: 0 })
  t.match(await told('log', ...job, '--audit'), { code: 0, out: /Restart provisioning +success/ })

  write(softDelete(springfield(), 'marge.simpson@springfield.example', Date.now()))
  const fast = await told('sync', ...job, '--watch', '--fast')
  t.match(fast, {
    code: 0,
    out: /Disabled: 1\n[\s\S]*Deleted: 1\n[\s\S]*Nothing is left to be done\.\n$/,
    err: '',
  })
  t.ok((await users()).some(({ name, status }) => /^marge/.test(name) && status === 'retained'))
  t.match(await told('status', ...job), { code: 0, out: /^clock +30 days ahead of real time$/m })

  t.notMatch(all.join('') + written(), token, 'the token stands nowhere')
})

t.test('what the target answers may hold the token: it is shown and kept nowhere', async t => {
  const echo = createServer((request, response) => {
    const isProbe = request.method === 'GET'
    response.writeHead(isProbe ? 200 : 400, { 'content-type': 'application/scim+json' })
    response.end(
      JSON.stringify(
        isProbe
          ? { totalResults: 0, Resources: [] }
          : { detail: `I dislike ${request.headers.authorization}` },
      ),
    )
  }).listen(0, '127.0.0.1')
  t.teardown(() => echo.close())
  await new Promise(resolve => echo.once('listening', resolve))
  const target = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/scim`
  const { entra, job, written } = await entraFor(t, springfield(), {}, target)

  const { code, out, err } = await entra('sync', ...job)
  t.equal(code, 1)
  t.match(
    out,
    /\nFailed: \d+\n[\s\S]*In escrow[\s\S]*\n {2}\S+: \S+Incompatible \(1 attempt, next attempt \S+Z\): /,
  )
  t.match(out, 'I dislike Bearer ***')
  t.match(await entra('status', ...job), { code: 0, out: /waiting +what +attempts +next attempt +error\n/ })
  t.notMatch(out + err + written(), token)
})

t.test('bad credentials put the job into quarantine, and --now leads out of it', async t => {
  const { entra, job } = await entraFor(t, springfield())
  const refused = await entra('sync', ...job, '--token', 'another-token')
  t.match(refused, {
    code: 1,
    out: /^Initial cycle ended in quarantine: 1 requests, 0 of them writes\.\nQuarantine since .*InvalidCredentials/,
  })
  t.match(refused.out, 'Once the cause is mended, `scimulator entra sync --now` tries at once.')
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /not run, because the job is in quarantine: 0 requests/,
  })
  t.match(await entra('status', ...job), { code: 0, out: /^status +in quarantine\n[\s\S]*next attempt/ })
  t.match(await entra('sync', ...job, '--now'), { code: 0, out: /^Initial cycle completed/ })
})

t.test('many deletions at once are held back until they are allowed', async t => {
  const { entra, job, users, write } = await entraFor(t, springfield(), { accidentalDeletionThreshold: 1 })
  t.match(await entra('sync', ...job), { code: 0 })
  const emptied = { ...springfield(), assignments: [] }
  write(emptied)
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /held back: \d+\n[\s\S]*TooManyDeletes[\s\S]*sync --allow-deletions` lets them pass/,
  })
  t.same([...new Set((await users()).map(({ status }) => status))], ['active'])
  t.match(await entra('sync', ...job, '--allow-deletions'), { code: 0, out: /Disabled: \d+\n/ })
  t.ok((await users()).some(({ status }) => status === 'disabled'))
})

t.test('Ctrl-C ends a cycle cleanly, and the next run goes on', async t => {
  const directory = generateDirectory({ users: 60, groups: 1, groupSize: 5, seed: 7 })
  const { startEntra, entra, job, users } = await entraFor(t, directory, { maxRps: 20 })
  const child = startEntra('sync', ...job, '--json')
  t.teardown(() => child.kill('SIGKILL'))
  const end = ended(child)
  while ((await users()).length < 5);
  t.match(await entra('restart', ...job), { code: 1, err: /is in use by process \d+/ }, 'one at a time')
  t.match(await entra('status', ...job), { code: 0 }, 'but it may be looked at')
  child.kill('SIGINT')
  const { code, out } = await end
  t.equal(code, 1)
  const stopped = JSON.parse(out)
  t.match(stopped, { kind: 'initial', ending: 'stopped', counts: { failed: 0 } })

  const next = await entra('sync', ...job, '--json', '--max-rps', '1000')
  t.equal(next.code, 0)
  const report = JSON.parse(next.out)
  t.match(report, {
    kind: 'initial',
    ending: 'completed',
    counts: { failed: 0, matched: 0, membersAdded: 5 },
  })
  t.equal(stopped.counts.created + report.counts.created, 61)
  t.equal((await users()).length, 60)
})

t.test('--watch reads the directory again each time, and ends with Ctrl-C', async t => {
  const { startEntra, job, write } = await entraFor(t, { users: [], groups: [], assignments: [] })
  const child = startEntra('sync', ...job, '--watch', '--every', '1s', '--json')
  t.teardown(() => child.kill('SIGKILL'))
  const gone = new Promise(resolve => child.once('exit', resolve))
  const out = linesOf(child.stdout)
  const next = async () => JSON.parse(String((await out.next()).value))
  t.match(await next(), { kind: 'initial', ending: 'completed', writes: 0 })
  write(springfield())
  t.match(await next(), { kind: 'incremental', ending: 'completed', counts: { created: 10 } })
  child.kill('SIGINT')
  t.equal(await gone, 0)
})
