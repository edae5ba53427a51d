import t, { type Test } from 'tap'
import { createServer } from '../../../src/index.ts'
import { provisioningOf, springfield } from '../../support/provisioning.ts'
import { aUser } from '../../support/samples.ts'
import { run } from '../cli/run.ts'

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
    { kind: 'cycle', client: 'entra', requests: 44, created: 10, failed: 0 },
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
