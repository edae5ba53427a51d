import t, { type Test } from 'tap'
import type { NewFault } from '../../../src/domain/faults/fault.ts'
import { presets } from '../../../src/domain/faults/presets.ts'
import type { Cycle } from '../../../src/domain/ports/analysis.ts'
import { createJob, type Job } from '../../../src/provisioning/entra/job/job.ts'
import { memoryStore } from '../../../src/provisioning/entra/job/job-state.ts'
import { memoryLog } from '../../../src/provisioning/entra/job/log.ts'
import type { OnDemandResponse } from '../../../src/provisioning/entra/job/on-demand.ts'
import {
  assign,
  changeAttributes,
  softDelete,
  unassign,
} from '../../../src/provisioning/kit/directory/edits.ts'
import { httpTarget } from '../../../src/provisioning/kit/http-target.ts'
import type { Dialect } from '../../../src/provisioning/kit/target.ts'
import { bulkRequest, post } from '../../support/bulk.ts'
import {
  buildJobTest,
  day,
  failure,
  guids,
  hour,
  type JobTest,
  jobConfigOf,
  operationsIn,
  person,
  springfield,
} from '../../support/entra-job.ts'
import { buildSocketTest, type SocketTest } from '../../support/over-socket.ts'
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

type JobOverSocket = { readonly job: Job; pass(milliseconds: number): void }

function jobFor(server: SocketTest, profile: 'aws' | 'entra', fetch: typeof globalThis.fetch): JobOverSocket {
  let at = Date.parse('2026-03-02T08:00:00Z')
  const job = createJob({
    config: jobConfigOf(profile),
    state: memoryStore(),
    target: httpTarget({ tenantUrl: server.url, token: server.token, fetch }),
    clock: () => at,
    log: memoryLog(),
    newId: guids(),
  })
  return {
    job,
    pass: milliseconds => {
      at += milliseconds
    },
  }
}

/** A client whose writes time out as soon as one of them is delayed. */
function impatient({ deps }: SocketTest): typeof globalThis.fetch {
  let patience = new AbortController()
  deps.faults.subscribe(() => {
    patience.abort(new DOMException('It took too long.', 'TimeoutError'))
    patience = new AbortController()
  })
  return (url, init) => fetch(url, init?.method === 'GET' ? init : { ...init, signal: patience.signal })
}

/** The test need not wait for seconds. */
const hurried = (fault: NewFault): NewFault =>
  fault.effect.kind === 'delay' && fault.effect.milliseconds < 100_000
    ? { ...fault, effect: { kind: 'delay', milliseconds: 5 } }
    : fault

/** The contents of the target, as far as its profile returns them. */
async function contents({ client }: SocketTest): Promise<unknown> {
  const users = (await client.get('/Users')).body.Resources
  const groups = (await client.get('/Groups')).body.Resources
  const names = new Map(users.map(({ id, userName }: { id: string; userName: string }) => [id, userName]))
  return {
    users: users.map(({ userName, active }: Record<string, unknown>) => [userName, active]).sort(),
    groups: groups
      .map(({ displayName, members = [] }: { displayName: string; members?: { value: string }[] }) => [
        displayName,
        members.map(({ value }) => names.get(value)).sort(),
      ])
      .sort(),
  }
}

/** These have no effect on a job with a secret token. */
const isOfTokenRequests = ({ match }: NewFault) => match?.operations?.includes('token') === true

for (const profile of ['aws', 'entra'] as const) {
  t.test(`under ${profile}`, async t => {
    const calm = await buildSocketTest(t, profile)
    await jobFor(calm, profile, fetch).job.runCycle({ directory: springfield })
    const expected = await contents(calm)

    for (const { id, fault } of presets.filter(({ fault }) => !isOfTokenRequests(fault))) {
      await t.test(`after "${id}" all objects exist once`, async t => {
        const server = await buildSocketTest(t, profile)
        const { faults } = server.deps
        const isSlow = fault.effect.kind === 'delay' && fault.effect.milliseconds > 100_000
        const { job, pass } = jobFor(server, profile, isSlow ? impatient(server) : fetch)
        let hits = 0
        await faults.activate(hurried(fault))
        faults.subscribe(() => hits++)
        await job.runCycle({ directory: springfield })
        t.ok(hits > 0, 'the fault has hits')
        // A request whose client has left ends later.
        while (!(await server.exchanges()).some(row => row.fault)) await new Promise(setImmediate)
        await faults.deactivateAll()

        const endings: string[] = []
        for (let cycles = 0; cycles < 3; cycles++) {
          pass(day)
          endings.push((await job.runCycle({ directory: springfield })).ending)
        }
        t.same(endings, ['completed', 'completed', 'completed'])
        pass(day)
        t.match(await job.runCycle({ directory: springfield }), { writes: 0, escrows: 0 })
        t.same(await contents(server), expected)
      })
    }
  })
}

const moe = 'moe@springfield.example'
const read = ({ key, value }: OnDemandResponse) => ({ ...JSON.parse(key), value: JSON.parse(value) })

t.test('a user is looked up, matched and created', async t => {
  const { job, sentLines } = await buildJobTest(t, 'entra')
  const response = read(await job.provisionOnDemand({ directory: springfield, objectId: 'id-moe' }))
  t.match(response, {
    result: 'Success',
    details: {
      IsActive: 'True',
      Assigned: 'True',
      IsInProvisioningScope: 'True',
      ScopeEvaluationResult: '{}',
    },
    value: {
      action: 'create',
      reportableIdentifier: moe,
      statusInfo: { status: 'success' },
      sourceIdentity: { id: 'id-moe', identityType: 'User' },
    },
  })
  t.same(
    response.value.provisioningSteps.map(
      ({ provisioningStepType }: { provisioningStepType: string }) => provisioningStepType,
    ),
    ['import', 'scoping', 'matching', 'export'],
  )
  t.same(sentLines(), [
    'GET /Users?filter=userName+eq+%22GUID%22',
    'GET /Users?filter=userName+eq+%22GUID%22',
    'GET /Groups?excludedAttributes=members&filter=displayName+eq+%22GUID%22',
    'GET /Users?filter=userName+eq+%22moe%40springfield.example%22',
    'POST /Users',
  ])
  t.match(read(await job.provisionOnDemand({ directory: springfield, objectId: 'id-moe' })), {
    result: 'Skipped',
    value: { provisioningSteps: [{}, {}, {}, { details: { SkipReason: 'RedundantExport' } }] },
  })
  t.match(
    await job.runCycle({ directory: springfield }),
    { counts: { created: 4 } },
    'the cycle provisions the others',
  )
})

t.test('the flag in the tenant URL is ignored', async t => {
  const { job, sent } = await buildJobTest(t, 'entra', { dialect: 'aadOptscim062020' })
  await job.runCycle({ directory: springfield })
  sent()
  await job.provisionOnDemand({ directory: unassign(springfield, moe), objectId: 'id-moe' })
  t.same(operationsIn(sent()), [{ op: 'Replace', path: 'active', value: 'False' }])
  await job.provisionOnDemand({ directory: springfield, objectId: 'id-moe' })
  t.same(operationsIn(sent()), [{ op: 'Replace', path: 'active', value: 'True' }])
})

t.test('a group is provisioned with up to five of its members', async t => {
  const test = await buildJobTest(t, 'entra')
  const { job, store, client, sent } = test
  await t.rejects(
    job.provisionOnDemand({
      directory: springfield,
      objectId: 'id-operators',
      members: Array(6).fill('id-moe'),
    }),
    {
      name: 'OnDemandError',
      message: 'At most 5 members of a group can be provisioned on demand; 6 were selected.',
    },
  )
  await job.provisionOnDemand({ directory: springfield, objectId: 'id-marge' })
  await job.provisionOnDemand({ directory: springfield, objectId: 'id-operators', members: ['id-marge'] })
  const members = async () =>
    (await client.get(`/Groups/${store.state.objects.get('id-operators')?.target}`)).body.members ?? []
  t.match(await members(), [{ value: store.state.objects.get('id-marge')?.target }])
  sent()
  await job.runCycle({ directory: springfield })
  t.equal((await members()).length, 2, 'the cycle provisions the others')
  t.match(await job.runCycle({ directory: springfield }), { writes: 0 })
})

t.test('deleted objects are provisioned by cycles only', async t => {
  const { job, sent, now } = await buildJobTest(t, 'entra')
  await job.runCycle({ directory: springfield })
  sent()
  t.match(
    read(await job.provisionOnDemand({ directory: softDelete(springfield, moe, now()), objectId: 'id-moe' })),
    {
      result: 'Skipped',
      details: { SkipReason: 'Soft-deleted objects are provisioned by cycles only.' },
    },
  )
  const unassigned = unassign(springfield, 'Network Operators')
  t.match(read(await job.provisionOnDemand({ directory: unassigned, objectId: 'id-operators' })), {
    result: 'Skipped',
  })
  t.same(sent(), [])
})

t.test('a failure is reported, and an invalid selection is rejected', async t => {
  let status = 401
  const { job } = await buildJobTest(t, 'entra', {
    fails: method => (status === 401 || method === 'POST' ? failure(status, 'No such luck.') : undefined),
  })
  const directory = assign(changeAttributes(springfield, moe, { jobTitle: 'Bartender' }), moe)
  t.match(read(await job.provisionOnDemand({ directory, objectId: 'id-moe' })), {
    result: 'Failure',
    details: {
      ErrorCode: 'SystemForCrossDomainIdentityManagementServiceInvalidCredentials',
      Reason: /No such luck/,
    },
  })
  status = 400
  t.match(read(await job.provisionOnDemand({ directory, objectId: 'id-moe' })), {
    result: 'Failure',
    value: {
      statusInfo: {
        status: 'failure',
        errorInformation: {
          errorCode: 'SystemForCrossDomainIdentityManagementServiceIncompatible',
          reason: /No such luck/,
        },
      },
    },
  })
  await t.rejects(job.provisionOnDemand({ directory, objectId: 'nobody' }), {
    name: 'OnDemandError',
    message: /No user or group in the directory has the objectId "nobody"/,
  })
  await t.rejects(job.provisionOnDemand({ directory, objectId: 'id-moe', members: ['id-marge'] }), {
    name: 'OnDemandError',
  })
})
