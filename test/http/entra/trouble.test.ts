import t from 'tap'
import type { JobConfig } from '../../../src/provisioning/entra/job/job-state.ts'
import { defaultMappings } from '../../../src/provisioning/entra/mapping/default-mappings.ts'
import type { ProvisioningEntry } from '../../../src/provisioning/entra/planning/provisioning-log.ts'
import {
  addUser,
  assign,
  changeAttributes,
  hardDelete,
  removeMember,
  setManager,
  unassign,
} from '../../../src/provisioning/kit/directory/edits.ts'
import {
  buildJobTest,
  day,
  failure,
  hour,
  type JobTest,
  minute,
  person,
  springfield,
} from '../../support/entra-job.ts'
import { aUser } from '../../support/samples.ts'

const moe = 'moe@springfield.example'
const marge = 'marge@springfield.example'
const barney = 'barney@springfield.example'

const errorsIn = ({ lines }: JobTest) =>
  lines.flatMap(line =>
    line.log === 'provisioning' ? (line.provisioningStatusInfo.errorInformation ?? []) : [],
  )
const entriesOf = ({ lines }: JobTest, objectId: string) =>
  lines
    .filter(line => line.log === 'provisioning')
    .filter(entry => entry.sourceIdentity.id === objectId) as readonly ProvisioningEntry[]

t.test(
  'errors of the server put objects into escrow, which are retried each cycle, then every few hours',
  async t => {
    let isDown = true
    const test = await buildJobTest(t, 'entra', {
      fails: (method, path) => (isDown && method === 'POST' && path === '/Users' ? failure(500) : undefined),
    })
    const { job, pass } = test
    const attempts = async () => {
      const { counts, escrows } = await job.runCycle({ directory: springfield })
      return { failed: counts.failed, escrows }
    }
    // Three users, and two groups, one of whose members is missing; the groups themselves have not failed.
    t.same(await attempts(), { failed: 3, escrows: 3 })
    t.match(errorsIn(test)[0], {
      errorCode: 'InternalServerError',
      reason:
        /^StatusCode: InternalServerError Message: .* Web Response: .*Not today.*This operation was retried 0 times\./,
    })
    pass(40 * minute)
    t.same(await attempts(), { failed: 3, escrows: 3 }, 'the next cycle retries')
    pass(40 * minute)
    t.same(await attempts(), { failed: 3, escrows: 3 }, 'the one after it, too')
    pass(40 * minute)
    t.same(await attempts(), { failed: 0, escrows: 3 }, 'later retries wait six hours')
    pass(6 * hour)
    t.same(await attempts(), { failed: 3, escrows: 3 })
    pass(6 * hour)
    t.same(await attempts(), { failed: 0, escrows: 3 }, 'then twelve')
    pass(6 * hour)
    isDown = false
    const recovered = await job.runCycle({ directory: springfield })
    t.match(recovered, {
      ending: 'completed',
      escrows: 0,
      counts: { created: 3, membersAdded: 3, managersSet: 1 },
    })
    t.match(await job.runCycle({ directory: springfield }), { writes: 0, escrows: 0 })
  },
)

t.test('after 28 days, an object is not retried until it changes', async t => {
  const test = await buildJobTest(t, 'entra', {
    fails: (method, path) => (method === 'POST' && path === '/Users' ? failure(400) : undefined),
  })
  for (let days = 0; days < 40; days++) {
    await test.job.runCycle({ directory: springfield })
    test.pass(day)
  }
  t.equal(test.job.status().escrows.objects, 0)
  t.match(errorsIn(test).at(-1), {
    reason: /This operation was retried for 28 days and will not be retried again\.$/,
  })
  const changed = changeAttributes(springfield, moe, { jobTitle: 'Bartender' })
  t.equal((await test.job.runCycle({ directory: changed })).counts.failed, 1)
})

t.test(
  'a token that expires during a cycle causes quarantine, longer and longer waits, and recovery',
  async t => {
    let posts = 0
    let isExpired = true
    const test = await buildJobTest(t, 'entra', {
      fails: method => {
        if (method === 'POST') posts++
        return isExpired && posts > 1 ? failure(401) : undefined
      },
      config: { concurrency: 1 },
    })
    const { job, pass, now, store } = test
    const first = await job.runCycle({ directory: springfield })
    t.match(first, {
      kind: 'initial',
      ending: 'quarantined',
      nextCycleAt: now() + 30 * minute,
      counts: { created: 1, failed: 1 },
      escrows: 0,
      quarantine: {
        reason: 'EncounteredQuarantineException',
        error: { code: 'SystemForCrossDomainIdentityManagementServiceInvalidCredentials' },
      },
    })
    t.equal(job.status().code, 'Quarantine')
    t.match(await job.runCycle({ directory: springfield }), { ending: 'waiting', requests: 0 })
    const waits: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      pass((store.state.quarantine?.nextAttempt ?? 0) - now())
      const { nextCycleAt = 0, requests } = await job.runCycle({ directory: springfield })
      t.equal(requests, 1, 'only a probe')
      waits.push((nextCycleAt - now()) / hour)
    }
    t.same(waits, [1, 2, 4, 8, 24, 24])

    isExpired = false
    const again = await job.runCycle({ directory: springfield, now: true })
    t.match(again, {
      kind: 'initial',
      ending: 'completed',
      quarantine: undefined,
      counts: { created: 4, membersAdded: 3 },
    })
    t.equal(job.status().code, 'Active')
    t.equal((await test.client.get('/Users')).body.totalResults, 3)
  },
)

t.test('after four weeks in quarantine the job is disabled until it is restarted', async t => {
  let isDown = true
  const { job, pass } = await buildJobTest(t, 'entra', { fails: () => (isDown ? failure(404) : undefined) })
  for (let days = 0; days < 28; days++) {
    t.equal((await job.runCycle({ directory: springfield })).ending, 'quarantined')
    pass(day)
  }
  isDown = false
  t.match(await job.runCycle({ directory: springfield }), {
    ending: 'disabled',
    requests: 0,
    nextCycleAt: undefined,
  })
  t.equal(job.status().code, 'Disabled')
  await job.restart({ full: false })
  t.equal((await job.runCycle({ directory: springfield })).ending, 'completed')
})

for (const [what, response, code] of [
  ['404', () => failure(404), 'SystemForCrossDomainIdentityManagementServiceIncompatible'],
  [
    'a web page',
    () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    'SystemForCrossDomainIdentityManagementServiceIncompatible',
  ],
  [
    'half a body',
    () => new Response('{"Resour', { headers: { 'content-type': 'application/scim+json' } }),
    'SystemForCrossDomainIdentityManagementServiceIncompatible',
  ],
  ['a text', () => Response.json('no'), 'SystemForCrossDomainIdentityManagementServiceIncompatible'],
  ['nothing', () => new Response(''), 'SystemForCrossDomainIdentityManagementServiceIncompatible'],
  [
    'everybody',
    () => Response.json({ totalResults: 1, Resources: [{ id: '1' }] }),
    'SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering',
  ],
  [
    'a refused connection',
    () => new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
    'WebExceptionProtocolError',
  ],
  ['a time-out', () => new DOMException('It took too long.', 'TimeoutError'), 'Timeout'],
] as const) {
  t.test(
    `a target that responds to a probe with ${what} fails the connection test and quarantines the job`,
    async t => {
      const { job, sent } = await buildJobTest(t, 'entra', { fails: response })
      t.match(await job.testConnection(), {
        ok: false,
        errorCode: code,
        message:
          /^While attempting to validate our authorization to access your application, we received this unexpected response: /,
      })
      sent()
      t.match(await job.runCycle({ directory: springfield }), {
        ending: 'quarantined',
        requests: 1,
        quarantine: { error: { code } },
      })
    },
  )
}

t.test('more deletions than the threshold are staged until they are allowed', async t => {
  const test = await buildJobTest(t, 'entra', { config: { accidentalDeletionThreshold: 1 } })
  const { job, client } = test
  await job.runCycle({ directory: springfield })
  const emptied = unassign(unassign(springfield, moe), 'Network Operators')
  const held = await job.runCycle({ directory: emptied })
  t.match(held, {
    ending: 'quarantined',
    writes: 0,
    counts: { stagedDeletes: 3 },
    quarantine: { reason: 'TooManyDeletes' },
  })
  t.same(
    test.lines.flatMap(line =>
      line.log === 'provisioning' && line.provisioningAction === 'stageddelete' ? line.sourceIdentity.id : [],
    ),
    ['id-moe', 'id-marge', 'id-operators'].toSorted((one, other) => order(test, one) - order(test, other)),
  )
  t.equal((await job.runCycle({ directory: emptied })).ending, 'waiting')
  await job.allowDeletions()
  t.match(await job.runCycle({ directory: emptied }), {
    ending: 'completed',
    counts: { disabled: 2, deleted: 1 },
    quarantine: undefined,
  })
  t.equal((await client.get('/Users?filter=active+eq+false')).body.totalResults, 2)
})

const order = (test: JobTest, objectId: string) => [...test.store.state.objects.keys()].indexOf(objectId)

t.test(
  'an object deleted in the target is an InvalidAnchor, and created again after a full restart',
  async t => {
    const test = await buildJobTest(t, 'entra')
    const { job, store, client } = test
    await job.runCycle({ directory: springfield })
    await client.delete(`/Users/${store.state.objects.get('id-moe')?.target}`)
    const changed = changeAttributes(springfield, moe, { jobTitle: 'Bartender' })
    t.match(await job.runCycle({ directory: changed }), { counts: { failed: 1 }, escrows: 1 })
    t.match(errorsIn(test), [{ errorCode: 'InvalidAnchor' }])
    await job.restart({ full: true })
    t.match(await job.runCycle({ directory: changed }), { counts: { created: 1, matched: 4 }, escrows: 0 })
  },
)

t.test('conflicts and duplicates write nothing, and are resolved once the cause is fixed', async t => {
  await t.test('a POST with a conflict fails', async t => {
    let clashes = true
    const test = await buildJobTest(t, 'entra', {
      fails: (method, path) =>
        clashes && method === 'POST' && path === '/Users' ? failure(409, 'Taken.') : undefined,
    })
    await test.job.runCycle({ directory: springfield })
    t.same(new Set(errorsIn(test).map(({ errorCode }) => errorCode)), new Set(['EntryConflict']))
    clashes = false
    t.match(await test.job.runCycle({ directory: springfield }), { counts: { created: 3 }, escrows: 0 })
  })

  await t.test('two users with one matching value fail', async t => {
    const { attributes } = person('moe', 'Moe', 'Other')
    const directory = {
      ...springfield,
      users: [...springfield.users, { objectId: 'id-moe-2', accountEnabled: true, attributes }],
      assignments: [...springfield.assignments, { principal: 'id-moe-2' }],
    }
    const test = await buildJobTest(t, 'entra')
    t.match(await test.job.runCycle({ directory }), { counts: { created: 4, failed: 2 }, escrows: 2 })
    t.same(
      errorsIn(test).map(({ errorCode }) => errorCode),
      ['DuplicateSourceEntries', 'DuplicateSourceEntries'],
    )
    t.notOk(test.sent().some(({ path }) => path.includes('moe')))
    const { assignments } = springfield
    t.match(await test.job.runCycle({ directory: { ...directory, assignments } }), {
      counts: { created: 1 },
      escrows: 0,
    })
  })

  await t.test('two target users for one user of the directory fail', async t => {
    const test = await buildJobTest(t, 'entra', {
      fails: (_, path) =>
        path.includes('filter=userName+eq+%22moe')
          ? Response.json({ totalResults: 2, Resources: [{ id: '1' }, { id: '2' }] })
          : undefined,
    })
    await test.job.runCycle({ directory: springfield })
    t.match(errorsIn(test), [{ errorCode: 'DuplicateTargetEntries' }])
  })

  await t.test('a user without the matching attribute fails', async t => {
    const test = await buildJobTest(t, 'entra')
    const directory = {
      ...springfield,
      users: springfield.users.map(user =>
        user.objectId === 'id-moe' ? { ...user, attributes: { displayName: 'Moe' } } : user,
      ),
    }
    await test.job.runCycle({ directory })
    t.match(errorsIn(test), [{ errorCode: 'MandatoryFieldsMissing' }])
  })
})

t.test('a user that exists in the target is matched and updated', async t => {
  const test = await buildJobTest(t, 'entra')
  const there = await test.client.create('Users', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'MOE@springfield.example',
    displayName: 'Moe Szyslak',
    active: true,
  })
  const { counts } = await test.job.runCycle({ directory: springfield })
  t.match(counts, { created: 4, matched: 1 })
  t.equal(test.store.state.objects.get('id-moe')?.target, there.id)
  t.equal((await test.client.get(`/Users/${there.id}`)).body.userName, moe)
})

t.test('a user who was never active is not created, but joins the groups once enabled', async t => {
  const test = await buildJobTest(t, 'entra')
  const users = springfield.users.map(user =>
    user.objectId === 'id-marge' ? { ...user, accountEnabled: false } : user,
  )
  t.match((await test.job.runCycle({ directory: { ...springfield, users } })).counts, {
    created: 4,
    skipped: 1,
    membersAdded: 2,
    managersSet: 0,
  })
  t.match(entriesOf(test, 'id-marge'), [{ provisioningStatusInfo: { status: 'skipped' } }])
  t.match((await test.job.runCycle({ directory: springfield })).counts, {
    created: 1,
    membersAdded: 1,
    managersSet: 1,
  })
})

t.test(
  'a disabled user who is in the target already is left enabled there, unless the job disables her',
  async t => {
    const users = springfield.users.map(user =>
      user.objectId === 'id-marge' ? { ...user, accountEnabled: false } : user,
    )
    const activeAfter = async (config: Partial<JobConfig>) => {
      const test = await buildJobTest(t, 'entra', { config })
      const { id } = await test.client.create('Users', aUser(marge))
      await test.job.runCycle({ directory: { ...springfield, users } })
      return (await test.client.get(`/Users/${id}`)).body.active
    }
    t.same([await activeAfter({}), await activeAfter({ disabledUnlinked: 'disable' })], [true, false])
  },
)

t.test('a manager out of scope is omitted, even if it comes into scope later', async t => {
  const test = await buildJobTest(t, 'entra')
  const directory = setManager(springfield, moe, 'ned@springfield.example')
  await test.job.runCycle({ directory })
  const assigned = assign(directory, 'ned@springfield.example')
  t.match((await test.job.runCycle({ directory: assigned })).counts, { created: 1, managersSet: 0 })
  await test.job.restart({ full: false })
  t.match((await test.job.runCycle({ directory: assigned })).counts, { created: 0, managersSet: 1 })
})

t.test('circular and unknown managers are harmless', async t => {
  const test = await buildJobTest(t, 'entra')
  const circle = setManager(springfield, marge, 'barney@springfield.example')
  const directory = {
    ...circle,
    users: circle.users.map(user => (user.objectId === 'id-moe' ? { ...user, manager: 'nobody' } : user)),
  }
  t.match(await test.job.runCycle({ directory }), { counts: { managersSet: 2 }, escrows: 0 })
})

t.test('a removed manager is removed from the target', async t => {
  for (const dialect of ['default', 'aadOptscim062020'] as const) {
    const test = await buildJobTest(t, 'entra', { dialect })
    await test.job.runCycle({ directory: springfield })
    await test.job.runCycle({ directory: setManager(springfield, 'barney@springfield.example', undefined) })
    const id = test.store.state.objects.get('id-barney')?.target
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
    t.equal((await test.client.get(`/Users/${id}`)).body[urn]?.manager, undefined, dialect)
    t.match(
      await test.job.runCycle({
        directory: setManager(springfield, 'barney@springfield.example', undefined),
      }),
      { writes: 0 },
    )
  }
})

t.test('disabled target actions omit their requests', async t => {
  const { users, groups } = defaultMappings.nonGallery
  const without = (action: 'create' | 'update' | 'delete') => ({
    users: { ...users, actions: { ...users.actions, [action]: false } },
    groups: { ...groups, actions: { ...groups.actions, [action]: false } },
  })
  const none = await buildJobTest(t, 'entra', { config: { mapping: without('create') } })
  t.match(await none.job.runCycle({ directory: springfield }), { writes: 0, counts: { skipped: 5 } })

  const noUpdates = await buildJobTest(t, 'entra', { config: { mapping: without('update') } })
  t.match(await noUpdates.job.runCycle({ directory: springfield }), {
    writes: 5,
    counts: { created: 5, membersAdded: 0 },
  })
  t.match(await noUpdates.job.runCycle({ directory: unassign(springfield, moe) }), { writes: 0 })

  const noDeletes = await buildJobTest(t, 'entra', { config: { mapping: without('delete') } })
  await noDeletes.job.runCycle({ directory: springfield })
  t.match(
    await noDeletes.job.runCycle({ directory: hardDelete(unassign(springfield, 'Network Operators'), moe) }),
    { writes: 1, counts: { disabled: 1, deleted: 0 } },
  )
})

t.test('with SkipOutOfScopeDeletions, users who leave the scope are unchanged', async t => {
  const test = await buildJobTest(t, 'entra', { config: { skipOutOfScopeDeletions: true } })
  await test.job.runCycle({ directory: springfield })
  const unassigned = unassign(unassign(springfield, moe), 'Network Operators')
  t.match(await test.job.runCycle({ directory: unassigned }), { writes: 0, counts: { skipped: 3 } })
  t.match(await test.job.runCycle({ directory: hardDelete(unassigned, moe) }), { writes: 0 })
})

t.test('a stopped cycle resumes', async t => {
  const stop = new AbortController()
  const test = await buildJobTest(t, 'entra', { config: { concurrency: 1, memberConcurrency: 1 } })
  const stopped = await test.job.runCycle({
    directory: springfield,
    signal: stop.signal,
    onProgress: ({ phase, done }) => {
      if (phase === 'users' && done === 2) stop.abort()
    },
  })
  t.match(stopped, { kind: 'initial', ending: 'stopped', counts: { created: 2 } })
  test.sent()
  const rest = await test.job.runCycle({ directory: springfield })
  t.match(rest, {
    kind: 'initial',
    ending: 'completed',
    counts: { created: 3, membersAdded: 3, managersSet: 1 },
  })
  t.equal(
    test.sent().filter(({ path }) => /marge|barney/.test(path)).length,
    0,
    'matched objects are not looked up again',
  )
})

t.test('a change of mapping or scope causes an initial cycle', async t => {
  const test = await buildJobTest(t, 'entra')
  await test.job.runCycle({ directory: springfield })
  const all = await buildJobTest(t, 'entra', { store: test.store, config: { scope: 'all' } })
  t.match(
    await all.job.runCycle({
      directory: addUser(springfield, { userPrincipalName: 'abe@springfield.example' }),
    }),
    { kind: 'initial' },
  )
})

t.test('many failures quarantine the job', async t => {
  const test = await buildJobTest(t, 'entra', {
    config: { limits: { examinedFrom: 2, share: 0.4, objects: 100, objectsAndReferences: 100 } },
    fails: (method, path) => (method === 'POST' && path === '/Users' ? failure(500) : undefined),
  })
  t.match(await test.job.runCycle({ directory: springfield }), {
    ending: 'quarantined',
    quarantine: { reason: 'EncounteredEscrowProportionThreshold' },
  })
})

t.test('objects whose creation received no response are found, and not created twice', async t => {
  let isLossy = true
  const test = await buildJobTest(t, 'entra', {
    fails: method => (isLossy && method === 'POST' ? 'lost' : undefined),
  })
  t.match(await test.job.runCycle({ directory: springfield }), { counts: { failed: 5 }, escrows: 5 })
  t.match(errorsIn(test)[0], { errorCode: 'WebExceptionProtocolError' })
  isLossy = false
  t.match(await test.job.runCycle({ directory: springfield }), {
    escrows: 0,
    counts: { matched: 5, created: 0, membersAdded: 3, managersSet: 1 },
  })
  t.equal((await test.client.get('/Users')).body.totalResults, 3)
  t.equal((await test.client.get('/Groups')).body.totalResults, 2)
})

t.test(
  'a member whose addition was not confirmed is removed if the user leaves the group before the retry',
  async t => {
    let isLossy = true
    const test = await buildJobTest(t, 'entra', {
      fails: (method, path) =>
        isLossy && method === 'PATCH' && path.startsWith('/Groups') ? 'lost' : undefined,
    })
    const id = () => test.store.state.objects.get('id-operators')?.target
    const membersOf = async () => (await test.client.get(`/Groups/${id()}`)).body.members?.length ?? 0
    t.match((await test.job.runCycle({ directory: springfield })).counts, { membersAdded: 0 })
    t.equal(await membersOf(), 2, 'the target has applied it')
    isLossy = false
    const left = removeMember(springfield, 'Network Operators', barney)
    t.match((await test.job.runCycle({ directory: left })).counts, { membersRemoved: 1 })
    t.equal(await membersOf(), 1)
    t.match(await test.job.runCycle({ directory: left }), { writes: 0, escrows: 0 })
  },
)

t.test('a member whose removal was not confirmed is added if the user returns before the retry', async t => {
  let isLossy = false
  const test = await buildJobTest(t, 'entra', {
    fails: (method, path) =>
      isLossy && method === 'PATCH' && path.startsWith('/Groups') ? 'lost' : undefined,
  })
  await test.job.runCycle({ directory: springfield })
  const id = test.store.state.objects.get('id-operators')?.target
  const membersOf = async () => (await test.client.get(`/Groups/${id}`)).body.members?.length ?? 0
  isLossy = true
  await test.job.runCycle({ directory: removeMember(springfield, 'Network Operators', barney) })
  t.equal(await membersOf(), 1, 'the target has applied it')
  isLossy = false
  t.match((await test.job.runCycle({ directory: springfield })).counts, { membersAdded: 1 })
  t.equal(await membersOf(), 2)
  t.match(await test.job.runCycle({ directory: springfield }), { writes: 0, escrows: 0 })
})

t.test('a user filtered out of scope and purged leaves the groups, but is not deleted', async t => {
  const { users, groups } = defaultMappings.nonGallery
  const clauses = [{ attribute: 'jobTitle', operator: 'IS NULL' as const }]
  const mapping = { users: { ...users, scope: [{ clauses }] }, groups }
  const test = await buildJobTest(t, 'entra', { config: { mapping } })
  await test.job.runCycle({ directory: springfield })
  const id = test.store.state.objects.get('id-marge')?.target
  const filtered = changeAttributes(springfield, marge, { jobTitle: 'Bowler' })
  t.match((await test.job.runCycle({ directory: filtered })).counts, { disabled: 1, membersRemoved: 0 })
  t.match((await test.job.runCycle({ directory: hardDelete(filtered, marge) })).counts, {
    deleted: 0,
    membersRemoved: 1,
  })
  t.equal((await test.client.get(`/Users/${id}`)).body.active, false)
  t.notOk(test.store.state.objects.has('id-marge'), 'the state has no entry')
  t.match(await test.job.runCycle({ directory: hardDelete(filtered, marge) }), { writes: 0 })
})
