import t, { type Test } from 'tap'
import { generateDirectory } from '../../../src/provisioning/kit/directory/generate.ts'
import type { SourceDirectory } from '../../../src/provisioning/kit/directory/source-directory.ts'
import { defaultRequestOptions } from '../../../src/provisioning/kit/target.ts'
import { scenarioFrom } from '../../../src/provisioning/scenario/read-scenario.ts'
import { runScenario } from '../../../src/provisioning/scenario/run-scenario.ts'
import type { Json, JsonObject } from '../../../src/scim/json.ts'
import { buildJobTest, type JobTest } from '../../support/entra-job.ts'
import { tenantMaker } from '../../support/entra-tenants.ts'
import { provisioningOf, springfield } from '../../support/provisioning.ts'
import { aUser } from '../../support/samples.ts'
import { createServer } from '../../support/test-server.ts'
import { run } from '../cli/run.ts'

const moe: JsonObject = {
  id: 'id-of-moe',
  userPrincipalName: 'moe@springfield.example',
  displayName: 'Moe Szyslak',
  givenName: 'Moe',
  surname: 'Szyslak',
}
const directory: JsonObject = {
  users: [moe],
  groups: [{ id: 'id-of-regulars', displayName: 'Regulars', members: ['moe@springfield.example'] }],
  assignments: ['Regulars'],
}

const tenant = await tenantMaker(t)

/** The failed checks of a scenario about Moe and the Regulars, as text. */
async function failuresIn(steps: readonly Json[], more: JsonObject = {}): Promise<readonly string[]> {
  const { target, listMembers } = await tenant('entra')
  const scenario = await scenarioFrom({ name: 'Moe', directory, ...more, steps }, 'mine.json')
  const result = await runScenario(scenario, { target, listMembers })
  const failures = result.steps.flatMap(({ step, checks }) =>
    checks
      .filter(({ outcome }) => outcome === 'notMet')
      .map(
        ({ claim, reason }) =>
          `${step.place}: ${claim}: ${reason?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'some-id')}`,
      ),
  )
  t.equal(result.passed, failures.length === 0)
  return failures
}

t.test('a failed check reports the expected and the actual value', async t => {
  t.same(
    await failuresIn([
      {
        do: 'cycle',
        expect: {
          users: {
            'moe@springfield.example': { active: false, title: null },
            'barney@springfield.example': { active: true },
          },
          groups: { Regulars: { members: [] }, Strangers: 'absent' },
          cycle: { created: 3 },
          job: { code: 'Quarantine' },
          log: { 'moe@springfield.example': { status: 'failure' }, Barney: { status: 'success' } },
          requests: ['probes', 'POST /Users'],
        },
      },
      {
        do: 'disable',
        who: 'Moe Szyslak',
        expect: { users: { 'moe@springfield.example': 'absent' }, asDirectory: true },
      },
    ]),
    [
      'steps[0]: the 9 requests are as expected: request 4: expected POST /Users, found GET /Users?filter=userName+eq+%22moe%40springfield.example%22',
      'steps[0]: the cycle report has created 3: created: expected 3, found 2',
      'steps[0]: the job status has code Quarantine: code: expected "Quarantine", found "Active"',
      'steps[0]: the log entry of moe@springfield.example has status failure: status: expected "failure", found "success"',
      'steps[0]: the log entry of Barney has status success: there is no log entry',
      'steps[0]: moe@springfield.example is in the target: disabled, title null: active: expected false, found true',
      'steps[0]: barney@springfield.example is in the target: active: it does not exist',
      'steps[0]: the members of Regulars are none: unexpected: {{moe@springfield.example}}',
      'steps[1]: moe@springfield.example is not in the target: it exists with the id some-id',
      'steps[1]: the target matches the directory: moe@springfield.example is not disabled',
    ],
  )
})

t.test('bodies are compared completely', async t => {
  const bodyOf = (operations: Json): readonly Json[] => [
    { do: 'cycle' },
    { do: 'disable', who: 'Moe Szyslak' },
    {
      do: 'cycle',
      expect: { requests: ['probes', 'GET /Users/{{Moe Szyslak}}', { send: 'PATCH /Users/*', operations }] },
    },
  ]
  t.same(await failuresIn(bodyOf([{ op: 'Replace', path: 'active', value: 'False' }])), [])
  t.same(await failuresIn(bodyOf([{ op: 'Replace', path: 'active', value: false }])), [
    'steps[2]: the 5 requests are as expected: request 5: PATCH /Users/{{moe@springfield.example}}: expected the body ' +
      '[{"op":"Replace","path":"active","value":false}], found [{"op":"Replace","path":"active","value":"False"}]',
  ])
})

t.test('a step that cannot be carried out ends the scenario', async t => {
  t.same(
    await failuresIn([
      { do: 'disable', who: 'Barney' },
      { do: 'cycle', expect: { cycle: { created: 9 } } },
    ]),
    ['steps[0]: the step can be carried out: No user "Barney" in this directory.'],
  )
  t.same(await failuresIn([{ do: 'request', send: 'GET /Users/{{Moe Szyslak}}' }]), [
    'steps[0]: the step can be carried out: "Moe Szyslak" has no id in the target yet.',
  ])
})

t.test('a rejected request is reported', async t => {
  t.match(await failuresIn([{ do: 'request', send: 'GET /Users/nobody' }]), [
    /^steps\[0\]: the target accepts the request: it returned 404: /,
  ])
})

t.test('a generated directory is provisioned completely, with and without faults', async t => {
  const generate = { users: 30, groups: 4, groupSize: 8, seed: 7 }
  t.same(
    await failuresIn(
      [
        { do: 'fail', with: 'connection', next: 1 },
        { do: 'cycle', expect: { cycle: { ending: 'quarantined' } } },
        { do: 'fail', with: 503, next: 5, on: 'POST /*' },
        { do: 'fail', with: 'timeout', next: 3, on: 'PATCH /*' },
        { do: 'throttle', next: 4, on: 'GET /Groups/*' },
        { do: 'cycle' },
        { do: 'cycle' },
        { do: 'advance', by: '2d' },
        { do: 'cycle', expect: { job: { escrows: { objects: 0, references: 0 } }, asDirectory: true } },
      ],
      { directory: { generate }, settings: { concurrency: 4, memberConcurrency: 4 } },
    ),
    [],
  )
})

type Cycle = {
  readonly id: string
  readonly kind: string
  readonly client: string
  readonly userAgent?: string
  readonly tenantStarted: string
  readonly started: string
  readonly running: boolean
  readonly requests: number
  readonly next?: { readonly expected: string; readonly tenantExpected: string; readonly overdue: boolean }
}

const minute = 60_000

/** A listening server, and functions that send requests to it. */
async function serverFor(t: Test) {
  const server = await createServer({ profile: 'aws', tenant: 'acme' })
  t.teardown(() => server.close())
  const callApi = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.console}/api/v1${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: a response is any JSON
    return (await response.json()) as any
  }
  /** The findings once all requests so far are analyzed: on a busy machine, that exceeds the server's own timeout. */
  const findings = async () => {
    let found = await callApi('GET', '/findings')
    while (found.waiting > 0) found = await callApi('GET', '/findings')
    return found
  }
  return {
    server,
    findings,
    ...provisioningOf(server),
    directory: await springfield(),
    curl: (method: string, path: string, body?: object) =>
      fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${server.token}`,
          'user-agent': 'curl/8.5.0',
          'content-type': 'application/scim+json',
        },
        ...(body && { body: JSON.stringify(body) }),
      }),
    check: (...only: readonly string[]) =>
      run(
        [
          ...['check', server.url, '--as', 'entra', '--rate', '0', '--quiet'],
          ...only.flatMap(id => ['--only', id]),
        ],
        { SCIM_TOKEN: server.token },
      ),
    advance: (duration: string) => callApi('PUT', '/tenants/acme/clock', { advance: duration }),
    cycles: async (): Promise<readonly Cycle[]> => {
      await findings()
      return (await callApi('GET', '/cycles')).items.toReversed()
    },
    done: async (): Promise<readonly string[]> => {
      await findings()
      return (await callApi('GET', '/tenants/acme/setup')).steps
        .filter((step: { readonly done: boolean }) => step.done)
        .map(({ id }: { readonly id: string }) => id)
    },
  }
}

t.test('six cycles 40 minutes apart by the tenant’s clock are six cycles, one of them running', async t => {
  const { job, directory, advance, cycles } = await serverFor(t)
  for (let number = 1; number <= 6; number++) {
    if (number > 1) await advance('40m')
    await job.runCycle({ directory })
  }
  const found = await cycles()
  t.same(
    found.map(({ client, running }) => [client, running]),
    [1, 2, 3, 4, 5, 6].map(number => ['entra', number === 6]),
  )
  const starts = found.map(({ tenantStarted }) => Date.parse(tenantStarted))
  const newest = found.at(-1)
  const next = newest?.next
  t.equal(next?.overdue, false)
  const periods = starts.slice(1).map((start, at) => start - (starts[at] ?? start))
  t.ok(periods.every(period => period >= 40 * minute))
  const expectedNext = Date.parse(next?.tenantExpected ?? '') - (starts.at(-1) ?? 0)
  t.ok(periods.includes(expectedNext), 'the next cycle is expected one period after the last')
  t.equal(
    Date.parse(next?.tenantExpected ?? '') - Date.parse(next?.expected ?? ''),
    Date.parse(newest?.tenantStarted ?? '') - Date.parse(newest?.started ?? ''),
    'by both clocks',
  )
  await advance('61m')
  t.match((await cycles()).at(-1), { running: false, next: { overdue: true } })
})

t.test('a script between the requests of a cycle is not part of it', async t => {
  const { job, directory, curl, cycles, done } = await serverFor(t)
  await curl('GET', '/Users')
  t.same(await done(), ['token'])
  await Promise.all([
    job.runCycle({ directory }),
    (async () => {
      for (let number = 1; number <= 20; number++) {
        await curl('POST', '/Users', aUser(`script${number}`, { displayName: '' }))
      }
    })(),
  ])
  const found = await cycles()
  t.match(found, [
    { kind: 'ad-hoc', client: 'ad-hoc', userAgent: 'curl', requests: 21, failed: 20 },
    { kind: 'cycle', client: 'entra', requests: 43, created: 10, failed: 0 },
  ])
  t.equal(found.length, 2)
  t.same(await done(), ['token', 'contact', 'test-connection', 'user', 'group', 'membership'])
})

t.test('a compliance run is a cycle of its own, without effect on the health of Entra ID’s job', async t => {
  const { job, directory, check, cycles, done, findings } = await serverFor(t)
  t.match(await check('entra/probe', 'entra/delete'), { err: '' })
  t.match(await check('entra/delete'), { err: '' })
  const runs = await cycles()
  t.same(
    runs.map(({ kind, client }) => [kind, client]),
    [
      ['compliance', 'compliance'],
      ['compliance', 'compliance'],
    ],
    'including requests without a User-Agent',
  )
  t.same(await done(), ['token'])
  const found = await findings()
  t.same(found.quarantine, [])
  t.ok(found.items.every(({ origin }: { readonly origin: string }) => origin === 'compliance'))

  await Promise.all([job.runCycle({ directory }), check('entra/create')])
  const after = (await cycles()).slice(2)
  t.same(after.map(({ kind, client }) => `${kind} ${client}`).toSorted(), [
    'compliance compliance',
    'cycle entra',
  ])
  t.match((await findings()).quarantine, [{ tenant: 'acme', status: 'healthy' }])
})

const largeDirectory = generateDirectory({ users: 120, groups: 2, groupSize: 100, seed: 7 })

/** Members of each group in the target, as objectIds. */
async function membersIn({ client, store }: JobTest) {
  const sources = new Map([...store.state.objects].map(([objectId, { target }]) => [target, objectId]))
  const groups: readonly { displayName: string; members: readonly { value: string }[] }[] = (
    await client.get('/Groups')
  ).body.Resources
  return new Map(
    groups.map(({ displayName, members }) => [
      displayName,
      members.map(({ value }) => sources.get(value)).toSorted(),
    ]),
  )
}
const membersOf = ({ groups }: SourceDirectory) =>
  new Map(groups.map(({ attributes, members }) => [attributes.displayName, members.toSorted()]))

t.test('members that are written one by one and in parallel are all stored', async t => {
  const test = await buildJobTest(t, 'entra', { config: { memberConcurrency: 16, concurrency: 8 } })
  t.match(await test.job.runCycle({ directory: largeDirectory }), {
    ending: 'completed',
    counts: { created: 122, membersAdded: 200 },
  })
  t.same(await membersIn(test), membersOf(largeDirectory))
})

for (const dialect of ['default', 'aadOptscim062020'] as const) {
  t.test(`${dialect}: members are added and removed in batches, if so configured`, async t => {
    const config = { memberBatchSize: 20, wire: { ...defaultRequestOptions, dialect, memberNullRef: true } }
    const test = await buildJobTest(t, 'entra', { dialect, config })
    await test.job.runCycle({ directory: largeDirectory })
    t.equal(patchesOf(test), 10)
    t.same(await membersIn(test), membersOf(largeDirectory))
    const others = {
      ...largeDirectory,
      groups: largeDirectory.groups.map(group => ({ ...group, members: group.members.slice(50) })),
    }
    const { counts } = await test.job.runCycle({
      directory: {
        ...others,
        assignments: largeDirectory.users
          .map(({ objectId }) => ({ principal: objectId }))
          .concat(largeDirectory.groups.map(({ objectId }) => ({ principal: objectId }))),
      },
    })
    t.equal(counts.membersRemoved, 100)
    t.equal(patchesOf(test), 6, 'of 20, 20 and 10')
    t.same(await membersIn(test), membersOf(others))
  })
}

const patchesOf = ({ sent }: JobTest) =>
  sent().filter(({ method, path }) => method === 'PATCH' && path.startsWith('/Groups')).length
