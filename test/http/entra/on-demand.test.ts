import t from 'tap'
import { assign, changeAttributes, softDelete, unassign } from '../../../src/entra/directory/edits.ts'
import type { OnDemandResponse } from '../../../src/entra/job/on-demand.ts'
import { buildJobTest, failure, operationsIn, springfield } from '../../support/entra-job.ts'

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
