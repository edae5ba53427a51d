import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { softDelete } from '../../../src/provisioning/kit/directory/edits.ts'
import { generateDirectory } from '../../../src/provisioning/kit/directory/generate.ts'
import { entraFor, springfield, token } from './entra.ts'
import { ended, linesOf, settled } from './run.ts'
import { serverFor } from './server.ts'

const time = 'AAAA-MM-DDThh:mm:ssZ'
const withoutTimes = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, time)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'some-uuid')

t.test('Springfield is provisioned, inspected, provisioned again and restarted', async t => {
  const { entra, job, url, users, written, write } = await entraFor(t, springfield())
  const all: string[] = []
  const reported = async (...args: readonly string[]) => {
    const { code, out, err } = await entra(...args)
    all.push(out, err)
    return { code, out: withoutTimes(out), err }
  }

  t.same(await reported('status', ...job), {
    code: 0,
    out: [
      'status         not run yet; run `scimulator entra sync`',
      'initial cycle  not done',
      'watermark      -',
      'last cycle     -',
      'next cycle     -',
      'processed      0 users, 0 groups',
      'matched        0',
      'in escrow      0 objects, 0 references',
      '',
    ].join('\n'),
    err: '',
  })
  t.same(await reported('log', ...job), { code: 0, out: 'No log entries match.\n', err: '' })
  t.same(await reported('test-connection', ...job), {
    code: 0,
    out: 'The supplied credentials are authorized to enable provisioning.\n',
    err: '',
  })
  t.match(await reported('test-connection', ...job, '--token', 'another-token'), {
    code: 1,
    out: /InvalidCredentials: While attempting to validate our authorization .* StatusCode: Unauthorized/,
    err: '',
  })

  const first = await reported('sync', ...job)
  t.same([first.code, first.err], [0, ''])
  t.match(first.out, /^Initial cycle completed: \d+ requests \(\d+ writes\)\.\nCreated: 10\n/)
  t.ok((await users()).some(({ name, status }) => /^marge/.test(name) && status === 'active'))
  t.match(await reported('status', ...job), { code: 0, out: /^status +active\n[\s\S]*^matched +10$/m })
  t.match(await reported('log', ...job, '--user', 'MARGE', '--action', 'create', '--since', '1h'), {
    code: 0,
    out: /^time +action +status +type +object .*\nAAAA.*create +success +User +marge.* some-uuid .*userName.*\n$/,
  })
  const newest = await reported('log', ...job, '--limit', '1', '--json')
  t.match(JSON.parse(newest.out), { provisioningAction: 'update', sourceIdentity: { identityType: 'Group' } })
  t.notOk('log' in JSON.parse(newest.out))

  t.match(await reported('on-demand', 'marge.simpson@springfield.example', ...job), {
    code: 0,
    out: /^Skipped, some-uuid\n {2}import +success .*\n {2}scoping +success .*\n {2}matching +success .*\n {2}export +skipped /,
  })
  const onDemand = await reported('on-demand', 'Network Operators', '--member', 'nobody', ...job)
  t.match(onDemand, { code: 2, err: /No user or group "nobody" in the directory/ })

  const elsewhere = url.replace('/acme/', '/')
  t.match(await reported('sync', ...job, '--url', elsewhere), {
    code: 0,
    err: /^scimulator: The links of this job belong to \S+\/acme\/scim\/v2\. If \S+ is another target, run /,
  })

  t.match(await reported('restart', ...job), { code: 0, out: / The next cycle is initial\.\n$/ })
  const again = await reported('sync', ...job, '--json')
  t.match(JSON.parse(again.out), { kind: 'initial', ending: 'completed', writes: 0 })
  t.match(await reported('log', ...job, '--audit'), { code: 0, out: /Restart provisioning +success/ })

  write(softDelete(springfield(), 'marge.simpson@springfield.example', Date.now()))
  const fast = await reported('sync', ...job, '--watch', '--fast')
  t.match(fast, {
    code: 0,
    out: /Disabled: 1\n[\s\S]*Deleted: 1\n[\s\S]*No work remains\.\nInteroperability Profile .+\n$/,
    err: '',
  })
  t.ok((await users()).some(({ name, status }) => /^marge/.test(name) && status === 'retained'))
  t.match(await reported('status', ...job), { code: 0, out: /^clock +30 days ahead of real time$/m })

  t.notMatch(all.join('') + written(), token, 'the token stands nowhere')
})

const target = (url: string) => ['--url', url, '--token', 'token-of-acme']

t.test('a built-in scenario is reported step by step', async t => {
  const { cli, url } = await serverFor(t, { profile: 'aws' })
  t.same(settled(await cli('entra', 'run', 'manager-changes', ...target(`${url}?aadOptscim062020`))), {
    code: 0,
    out: `A manager changes
The manager is written by the ID of the new manager in the target.

1. Springfield is provisioned for the first time. The initial cycle ran: 10 created, 8 members added, 4 managers set (43 requests, 22 writes).
   ok   the cycle report has kind initial, ending completed, created 10
   ok   the target matches the directory
2. The manager of barney.gumble@springfield.example is set to marge.simpson@springfield.example.
3. A provisioning cycle runs. An incremental cycle ran: 1 manager set (5 requests, 1 write).
   ok   the 5 requests are as expected
   ok   the cycle report has managersSet 1
   ok   barney.gumble@springfield.example is in the target: User {"manager":{"value":"{{marge.simpson@springfield.example}}"}}
   ok   the target matches the directory

6 checks passed.
`,
    err: '',
  })
})

t.test(
  "a scenario advances the tenant's clock, and ends with exit code 1 if an expectation fails",
  async t => {
    const { cli, url, console } = await serverFor(t, { profile: 'aws' })
    const file = join(t.testdir(), 'mine.json')
    writeFileSync(
      file,
      JSON.stringify({
        name: 'Moe',
        directory: { users: [{ id: 'id-of-moe', userPrincipalName: 'moe@springfield.example' }] },
        steps: [
          { do: 'advance', by: '30d' },
          { do: 'cycle', expect: { users: { 'moe@springfield.example': {} } } },
        ],
      }),
    )
    const { code, out } = await cli('--json', 'entra', 'run', file, ...target(url))
    t.equal(code, 1)
    t.match(JSON.parse(out), {
      name: 'Moe',
      passed: false,
      steps: [
        { do: 'advance', description: '30 days pass.', sent: [], checks: [] },
        {
          do: 'cycle',
          sent: [{ method: 'GET' }, { method: 'GET' }, { method: 'GET' }],
          checks: [
            {
              claim: 'moe@springfield.example is in the target',
              outcome: 'notMet',
              reason: 'it does not exist',
            },
          ],
        },
      ],
    })
    const clock = await (await fetch(`${console}/api/v1/tenants/acme/clock`)).json()
    t.match(clock, { offset: 30 * 24 * 3_600_000 })
  },
)

t.test('incorrect usage is reported with exit code 2', async t => {
  const { cli, url } = await serverFor(t)
  const file = join(
    t.testdir({ 'bad.json': '{"name":"Bad","directory":{"users":[]},"steps":[{"do":"sing"}]}' }),
    'bad.json',
  )
  t.match(await cli('entra', 'run', file, ...target(url)), {
    code: 2,
    out: '',
    err: /^scimulator: .*bad\.json: steps\[0\]: must be an object with "do": one of disable, /,
  })
  t.match(await cli('entra', 'run', 'no-such-story', ...target(url)), {
    code: 2,
    err: /^scimulator: No scenario "no-such-story"\. Use a file or the name of a built-in scenario in .*scenarios\.\n$/,
  })
  t.match(await cli('entra', 'run', 'rename', '--url', url), { code: 2, err: /--token is required/ })
})

t.test('a token in a response of the target is neither shown nor stored', async t => {
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
  t.match(await entra('status', ...job), { code: 0, out: /retrying +what +attempts +next attempt +error\n/ })
  t.notMatch(out + err + written(), token)
})

t.test('bad credentials quarantine the job, and --now retries at once', async t => {
  const { entra, job } = await entraFor(t, springfield())
  const rejected = await entra('sync', ...job, '--token', 'another-token')
  t.match(rejected, {
    code: 1,
    out: /^Initial cycle ended in quarantine: 1 request \(0 writes\)\.\nQuarantine since .*InvalidCredentials/,
  })
  t.match(rejected.out, 'Once the cause is fixed, run `scimulator entra sync --now` to retry at once.')
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /not run: the job is in quarantine: 0 requests/,
  })
  t.match(await entra('status', ...job), { code: 0, out: /^status +in quarantine\n[\s\S]*next attempt/ })
  t.match(await entra('sync', ...job, '--now'), { code: 0, out: /^Initial cycle completed/ })
})

t.test('many deletions are held until they are allowed', async t => {
  const { entra, job, users, write } = await entraFor(t, springfield(), { accidentalDeletionThreshold: 1 })
  t.match(await entra('sync', ...job), { code: 0 })
  const emptied = { ...springfield(), assignments: [] }
  write(emptied)
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /held: \d+\n[\s\S]*TooManyDeletes[\s\S]*sync --allow-deletions`/,
  })
  t.same([...new Set((await users()).map(({ status }) => status))], ['active'])
  t.match(await entra('sync', ...job, '--allow-deletions'), { code: 0, out: /Disabled: \d+\n/ })
  t.ok((await users()).some(({ status }) => status === 'disabled'))
})

t.test('Ctrl-C ends a cycle cleanly, and the next run resumes it', async t => {
  const directory = generateDirectory({ users: 60, groups: 1, groupSize: 5, seed: 7 })
  const { startEntra, entra, job, users } = await entraFor(t, directory, { maxRps: 20 })
  const child = startEntra('sync', ...job, '--json')
  t.teardown(() => child.kill('SIGKILL'))
  const end = ended(child)
  while ((await users()).length < 5);
  t.match(
    await entra('restart', ...job),
    { code: 1, err: /is in use by process \d+/ },
    'a job has one process at a time',
  )
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

t.test(
  '--watch reads the directory before each cycle, tolerates an incomplete file, and ends with Ctrl-C',
  async t => {
    const { startEntra, job, truncateDirectory, write } = await entraFor(t, {
      users: [],
      groups: [],
      assignments: [],
    })
    const child = startEntra('sync', ...job, '--watch', '--every', '1s', '--json')
    t.teardown(() => child.kill('SIGKILL'))
    const gone = new Promise(resolve => child.once('exit', resolve))
    const out = linesOf(child.stdout)
    const next = async () => JSON.parse(String((await out.next()).value))
    t.match(await next(), { kind: 'initial', ending: 'completed', writes: 0 })
    truncateDirectory()
    const errors = linesOf(child.stderr)
    t.match((await errors.next()).value, /^scimulator: directory\.json: .+\.$/)
    t.equal((await errors.next()).value, 'scimulator: Using the directory from the previous read.')
    write(springfield())
    let created = 0
    while (created === 0) created = (await next()).counts.created
    t.equal(created, 10)
    child.kill('SIGINT')
    t.equal(await gone, 0)
  },
)
