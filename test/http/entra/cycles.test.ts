import t, { type Test } from 'tap'
import type { Dialect } from '../../../src/entra/target.ts'
import type { Cycle } from '../../../src/ports/analysis.ts'
import { bulkRequest, post } from '../../support/bulk.ts'
import { buildJobTest, hour, type JobTest, person, springfield } from '../../support/entra-job.ts'
import { aUser } from '../../support/samples.ts'

const buildFor = async (t: Test, dialect: Dialect = 'default') => {
  const built = await buildJobTest(t, 'aws', { dialect })
  built.deps.analysis.start()
  return built
}

/** The cycles so far, oldest first, without values that differ from run to run. */
async function cyclesOf({ deps: { analysis } }: JobTest) {
  t.equal(await analysis.caughtUp(10_000), true)
  return (await analysis.cycles({ limit: 100 })).items.toReversed().map(shortOf)
}

const shortOf = ({ kind, dialect, requests, created, changed, disabled, deleted, failed }: Cycle) => ({
  kind,
  ...(dialect && { dialect }),
  requests,
  created,
  changed,
  disabled,
  deleted,
  failed,
})

const nothing = { created: 0, changed: 0, disabled: 0, deleted: 0, failed: 0 }

for (const dialect of ['default', 'aadOptscim062020'] as const) {
  t.test(`cycles of the provisioning client are separated, and their dialect is ${dialect}`, async t => {
    const built = await buildFor(t, dialect)
    const { job, pass } = built
    await job.testConnection()
    await job.runCycle({ directory: springfield })
    pass(hour)
    await job.runCycle({
      directory: {
        ...springfield,
        users: springfield.users.map(user => ({
          ...user,
          attributes: { ...user.attributes, displayName: 'Somebody' },
        })),
      },
    })
    pass(hour)
    await job.runCycle({ directory: { ...springfield, assignments: [] } })
    pass(hour)
    await job.runCycle({ directory: { ...springfield, assignments: [] } })
    t.same(await cyclesOf(built), [
      // Test Connection and the initial cycle right after it.
      { kind: 'cycle', dialect, requests: 23, created: 5, changed: 4, disabled: 0, deleted: 0, failed: 0 },
      { ...nothing, kind: 'cycle', dialect, requests: 9, changed: 3 },
      { kind: 'cycle', dialect, requests: 13, created: 0, changed: 0, disabled: 3, deleted: 2, failed: 0 },
      { ...nothing, kind: 'test-connection', requests: 3 },
    ])
  })
}

t.test('each request has its cycle', async t => {
  const built = await buildFor(t)
  const { job, deps } = built
  await job.runCycle({ directory: springfield })
  await job.runCycle({ directory: springfield })
  await cyclesOf(built)
  const [second, first] = (await deps.analysis.cycles({ limit: 10 })).items
  const { items } = await deps.journal.page({ limit: 100 })
  t.same(
    [first, second].map(cycle => items.filter(({ notes }) => notes?.cycle === cycle?.id).length),
    [first?.requests, second?.requests],
  )
  t.equal(
    items.every(({ notes }) => notes?.cycle !== undefined),
    true,
  )
})

t.test('an expired token is reported in the cycle', async t => {
  const built = await buildFor(t)
  const { job, pass, advance } = built
  await job.runCycle({ directory: springfield })
  await advance(400 * 24 * hour)
  pass(hour)
  await job.runCycle({
    directory: { ...springfield, users: [...springfield.users, person('lisa', 'Lisa', 'Simpson')] },
  })
  t.same((await cyclesOf(built)).slice(1), [{ ...nothing, kind: 'test-connection', requests: 1, failed: 1 }])
})

t.test('requests of other clients are ad-hoc, with counts of bulk operations', async t => {
  const { client, deps } = await buildJobTest(t, 'rfc')
  deps.analysis.start()
  const headers = { 'user-agent': 'curl/8.5.0' }
  await client.send(
    'POST',
    '/Bulk',
    bulkRequest([post('/Users', 'anna', aUser('anna')), post('/Users', 'bert', aUser('bert'))]),
    headers,
  )
  await client.send(
    'GET',
    '/Users?filter=userName eq "00000000-0000-4000-8000-000000000001"',
    undefined,
    headers,
  )
  await client.send('GET', '/Users/nobody', undefined, headers)
  await deps.analysis.caughtUp(10_000)
  t.same((await deps.analysis.cycles({ limit: 10 })).items.map(shortOf), [
    { ...nothing, kind: 'ad-hoc', dialect: 'other', requests: 3, created: 2, failed: 1 },
  ])
})
