import t, { type Test } from 'tap'
import { minute } from '../../src/domain/duration.ts'
import { noLogFile } from '../../src/provisioning/kit/log-file.ts'
import { emptyState } from '../../src/provisioning/okta/job/changes.ts'
import { createJob, groupsToPushAgain, OktaUseError } from '../../src/provisioning/okta/job/job.ts'
import { type App, defaultApp } from '../../src/provisioning/okta/settings.ts'
import { ada, assigned, directoryOf, grace, group, oktaJob, person } from '../support/okta.ts'
import { scriptedScim } from '../support/scripted-scim.ts'

// What Okta does about errors: pauses after 429, tasks for everything else.

const detail = (status: number, text: string) => ({
  status,
  body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail: text, status: String(status) },
})

async function played(t: Test, app: Partial<App> = {}, more: Partial<Parameters<typeof oktaJob>[0]> = {}) {
  const server = await scriptedScim(t)
  const url = `http://127.0.0.1:${server.port}/scim/v2`
  return { ...oktaJob({ url, token: 'let-me-in-for-now', app, ...more }), server }
}

const one = { users: [person(ada)], assignments: assigned(ada.id) }
const team = (...members: readonly string[]) => group('g', 'Team', ...members)
const both = (...members: readonly string[]) => ({
  users: [person(ada), person(grace)],
  groups: [team(...members)],
  assignments: assigned(ada.id, grace.id, 'g'),
})

t.test(
  'OC-112 a 429 pauses: for Retry-After in seconds, otherwise for five minutes and twice as long each time',
  async t => {
    const { job, server, waits } = await played(t)
    const date = 'Fri, 27 Nov 2026 08:00:00 GMT'
    server.script.push(
      { ...detail(429, 'Slow down.'), headers: { 'retry-after': '120' } },
      { ...detail(429, 'Slow down.'), headers: { 'retry-after': date } },
      detail(429, 'Slow down.'),
      { ...detail(429, 'Slow down.'), headers: { 'retry-after': 'null' } },
      { ...detail(429, 'Slow down.'), headers: { 'retry-after': '1774000000000' } },
    )
    t.match(await job.sync({ directory: directoryOf(one) }), { users: { created: 1 }, pauses: 5, failed: 0 })
    t.same(
      waits,
      [2, 10, 20, 40, 80].map(minutes => minutes * minute),
    )
  },
)

t.test('OC-112 a server that throttles for hours gets a task in the end', async t => {
  const { job, server, waits } = await played(t)
  server.script.push(...Array.from({ length: 8 }, () => detail(429, 'Slow down.')))
  t.match(await job.sync({ directory: directoryOf(one) }), { pauses: 7, failed: 1 })
  t.equal(waits.length, 7)
  t.match(job.tasks(), [{ sentence: /Too Many Requests\. Errors reported by remote server: Slow down\.$/ }])
})

t.test('a run that is stopped during a pause leaves the change for the next run', async t => {
  const stop = new AbortController()
  const { job, server } = await played(
    t,
    {},
    {
      onWait: () => {
        stop.abort()
        return false
      },
    },
  )
  server.script.push(detail(429, 'Slow down.'))
  const directory = directoryOf(one)
  t.match(await job.sync({ directory, signal: stop.signal }), { ending: 'stopped', failed: 0 })
  t.same(job.tasks(), [])
  t.match(await job.sync({ directory }), { ending: 'completed', users: { created: 1 } })
})

t.test('OC-111 without a response within the time-out there is a task', async t => {
  const { job, server } = await played(t, {}, { timeout: 50 })
  server.script.push('silence')
  await job.sync({ directory: directoryOf(one) })
  t.match(job.tasks(), [
    { kind: 'user', name: 'Ada Lovelace', sentence: /exists: No response within 50 milliseconds\.$/ },
  ])
})

t.test(
  'OC-113 OC-604 a failure is a task with the sentence of Okta and the detail of the server, until it is retried',
  async t => {
    const { job, server, entries } = await played(t)
    const directory = directoryOf(one)
    server.script.push(detail(401, 'Invalid token.'))
    t.match(await job.sync({ directory }), { failed: 1, requests: 1 })
    const prefix = 'Automatic provisioning of user Ada Lovelace to app AWS IAM Identity Center failed: '
    const unauthorized = `${prefix}Error while verifying if user Ada Lovelace exists: Unauthorized. Errors reported by remote server: Invalid token.`
    t.same(job.tasks(), [
      {
        kind: 'user',
        id: ada.id,
        name: 'Ada Lovelace',
        login: 'ada.lovelace@example.com',
        sentence: unauthorized,
        at: '2026-03-02T08:00:00.000Z',
        attempts: 1,
      },
    ])
    t.match(entries, [{ event: 'user created', result: 'failure', detail: unauthorized }])
    t.match(await job.sync({ directory }), { requests: 0, failed: 0 }, 'nothing is retried by itself')

    server.script.push({ status: 200, body: list([]) }, detail(400, 'Value at displayName failed.'))
    await job.retry({ directory })
    t.match(job.tasks(), [
      {
        attempts: 2,
        sentence: `${prefix}Error while creating user Ada Lovelace: Bad Request. Errors reported by remote server: Value at displayName failed.`,
      },
    ])

    server.script.push({ status: 200, body: list([]) }, { status: 201 })
    const renamed = directoryOf({ ...one, users: [person(ada, { displayName: 'Ada King' })] })
    await job.sync({ directory: renamed })
    t.match(
      job.tasks(),
      [{ sentence: /Error while creating user Ada King: Create new user returned empty user\.$/ }],
      'OC-124 a change of the user is sent',
    )
    t.match(await job.retry({ directory: renamed, ids: ['nobody'] }), { requests: 0 })
    t.match(await job.retry({ directory: renamed, ids: [ada.id] }), { users: { created: 1 }, failed: 0 })
    t.same(job.tasks(), [])
  },
)

const list = (resources: readonly object[], numbers: object = {}) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources as never[],
  ...numbers,
})

t.test('responses that Okta cannot use', async t => {
  const { job, server } = await played(t)
  const reasons: (string | undefined)[] = []
  for (const body of [
    list([], { startIndex: '1' }),
    list([{ userName: 'x' }]),
    { totalResults: 1, Resources: {} },
    { Resources: [] },
    [],
  ]) {
    server.script.push({ status: 200, body: body as never })
    await job.retry({ directory: directoryOf(one) })
    await job.sync({ directory: directoryOf(one) })
    reasons.push(job.tasks()[0]?.sentence.split('exists: ')[1])
  }
  t.same(reasons, [
    'startIndex of the response is not a number.',
    'A resource of the response has no id.',
    'Resources of the response is not a list.',
    'The response has no totalResults.',
    'The response is not a JSON object.',
  ])
})

t.test('an import ends at a page that repeats another, and when it is interrupted', async t => {
  const { job, server } = await played(t)
  const endless = list([{ id: '1', userName: 'x' }], { totalResults: 1e9 })
  server.script.push({ status: 200, body: endless }, { status: 200, body: endless })
  const directory = directoryOf(one)
  t.same(await job.importAll({ directory }), {
    kind: 'failed',
    message: 'A page repeats earlier ones: the server ignores startIndex.',
  })
  t.same(await job.importAll({ directory, signal: AbortSignal.abort() }), {
    kind: 'failed',
    message: 'It was interrupted.',
  })
})

t.test('an ID and a user name of half a character do not end the run', async t => {
  const { job, server } = await played(t)
  server.script.push({ status: 200, body: list([{ id: '\ud83d', userName: 'x' }]) })
  const half = person(ada, { userPrincipalName: '\ud83d@example.com' })
  await job.sync({ directory: directoryOf({ ...one, users: [half] }) })
  t.match(job.tasks(), [{ sentence: /Error while trying to read user/ }])
})

t.test('OC-130 a PATCH that is not implemented is not repeated as PUT', async t => {
  const { job, server } = await played(t)
  await job.sync({ directory: directoryOf(one) })
  server.script.push(detail(501, 'No PATCH here.'))
  const inactive = directoryOf({ ...one, users: [person(ada, {}, false)] })
  t.match(await job.sync({ directory: inactive }), { requests: 1, failed: 1 })
  t.match(job.tasks(), [{ sentence: /^Automatic deprovisioning .*: Not Implemented\. .*: No PATCH here\.$/ }])
  t.match(await job.sync({ directory: directoryOf(one) }), { requests: 0 })
  t.match(await job.retry({ directory: directoryOf(one) }), { requests: 0 }, 'the user is active again')
  t.same(job.tasks(), [])
})

t.test('OC-150 a vanished group is a task until it is unlinked and pushed again', async t => {
  const { job, server } = await played(t)
  await job.sync({ directory: directoryOf(both(ada.id)) })
  server.resources.delete('/Groups/group-1')
  const directory = directoryOf(both(ada.id, grace.id))
  await job.sync({ directory })
  await job.retry({ directory })
  t.match(job.tasks(), [{ kind: 'group', attempts: 2, sentence: /Not Found\. / }])
  await job.unlink({ directory, id: 'g' })
  t.same(job.tasks(), [])
  t.match(await job.push({ directory, id: 'g', mode: 'changes' }), {
    groups: { created: 1 },
    membersAdded: 2,
  })
})

t.test(
  'OC-147 OC-148 OC-603 members without an active account are left out until the group is pushed again',
  async t => {
    const { job, entries, state } = await played(t)
    const source = { ...both(ada.id, grace.id), assignments: assigned(ada.id, 'x') }
    const withGrace = (...principals: readonly string[]) =>
      directoryOf({
        ...source,
        groups: [{ ...team(ada.id, grace.id), attributes: { displayName: 'Team', pushed: true } }],
        assignments: assigned(...principals),
      })
    t.match(await job.sync({ directory: withGrace(ada.id) }), { membersAdded: 1, leftOut: 1 })
    t.match(
      entries.filter(({ event }) => event === 'member left out'),
      [{ name: 'grace.hopper@example.com', detail: 'Not added to Team: no active account in the app.' }],
    )
    t.match(await job.sync({ directory: withGrace(ada.id, grace.id) }), {
      users: { created: 1 },
      membersAdded: 0,
    })
    t.same(groupsToPushAgain(state), ['Team'])
    t.match(await job.push({ directory: withGrace(ada.id, grace.id), id: 'g', mode: 'changes' }), {
      membersAdded: 1,
    })
    t.same(groupsToPushAgain(state), [])
  },
)

t.test('OC-146 a push of many members is sent in batches', async t => {
  const users = Array.from({ length: 5 }, (_, at) => person({ id: `id-${at}`, first: `F${at}`, last: 'L' }))
  const members = users.map(({ objectId }) => objectId)
  const { job } = await played(t, { batch: 2 })
  const directory = directoryOf({ users, groups: [team(...members)], assignments: assigned('g') })
  // 5 × look-up and create; look-up and create of the group; 3 PATCHes and a rename.
  t.match(await job.sync({ directory }), { requests: 16, membersAdded: 5 })
})

t.test('OC-140 with imports of groups, a push links what the import saw, and searches nothing', async t => {
  const { job, server } = await played(t, { groupImport: true })
  server.resources.set('/Groups/group-7', { id: 'group-7', displayName: 'Team' })
  const directory = directoryOf(both())
  t.match(await job.importAll({ directory }), { kind: 'completed', groups: 1 })
  t.match(await job.sync({ directory }), { groups: { linked: 1, created: 0 } })
})

t.test(
  'OC-162 OC-163 an import links by user name, but no inactive account, and stops before it unassigns many',
  async t => {
    const { job, server, state } = await played(t)
    server.resources.set('/Users/user-1', {
      id: 'user-1',
      userName: 'ADA.lovelace@example.com',
      active: true,
    })
    server.resources.set('/Users/user-2', {
      id: 'user-2',
      userName: 'grace.hopper@example.com',
      active: false,
    })
    const directory = directoryOf({ users: [person(ada), person(grace)] })
    const users = { seen: 2, matched: 1, unassigned: 0, others: 1 }
    t.same(await job.importAll({ directory }), { kind: 'completed', users, groups: 0 })
    t.match(await job.sync({ directory }), { users: { updated: 1, created: 0 } })
    server.resources.clear()
    t.match(await job.importAll({ directory }), { kind: 'stopped', users: { unassigned: 1 } })
    t.equal(state.users.get(ada.id)?.target, 'user-1')
    server.script.push(detail(403, 'No.'))
    t.match(await job.importAll({ directory }), {
      kind: 'failed',
      message: 'Forbidden. Errors reported by remote server: No.',
    })
  },
)

t.test('OC-131 an incomplete address is a task, and a whole one is sent', async t => {
  const { job, server } = await played(t, { attributes: ['addresses', 'title', 'department'] })
  const more = { jobTitle: 'Analyst', department: 'Engines', city: 'London' }
  const incomplete = directoryOf({ ...one, users: [person(ada, more)] })
  t.match(await job.sync({ directory: incomplete }), { requests: 0, failed: 1 })
  t.match(job.tasks(), [
    { sentence: /address is incomplete: streetAddress, state, postalCode, country missing/ },
  ])
  const whole = {
    ...more,
    streetAddress: '12 St James’s Square',
    state: 'London',
    postalCode: 'SW1',
    country: 'GB',
  }
  await job.sync({ directory: directoryOf({ ...one, users: [person(ada, whole)] }) })
  t.match(server.resources.get('/Users/user-1'), {
    title: 'Analyst',
    addresses: [{ streetAddress: '12 St James’s Square', locality: 'London', type: 'work' }],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Engines' },
  })
})

t.test('OC-129 OC-149 commands on one user and one group', async t => {
  const { job, server } = await played(t, { deletedGroups: 'leave' })
  const directory = directoryOf({
    users: [person(ada), person(grace, { status: 'suspended' })],
    groups: [team(ada.id)],
  })
  t.match(await job.sync({ directory }), { requests: 0 })
  t.match(await job.assign({ directory, id: ada.id }), { users: { created: 1 } })
  t.match(await job.push({ directory, id: 'g', mode: 'changes' }), {
    groups: { created: 1 },
    membersAdded: 1,
  })
  t.match(await job.sync({ directory }), { requests: 0 })
  await t.rejects(job.assign({ directory, id: grace.id }), { message: /who is suspended/ })
  await t.rejects(job.unassign({ directory: directoryOf(one), id: ada.id }), OktaUseError)
  t.match(await job.unassign({ directory, id: ada.id }), { users: { deactivated: 1 } })
  t.match(await job.assign({ directory, id: ada.id }), { users: { reactivated: 1 } })
  t.match(await job.unlink({ directory, id: 'g' }), { requests: 0, groups: { deleted: 0 } })
  t.equal(server.resources.has('/Groups/group-1'), true)
})

t.test('each result is stored before the next change is sent', async t => {
  const server = await scriptedScim(t)
  const saved: string[] = []
  const state = emptyState()
  const { job } = oktaJob({
    url: `http://127.0.0.1:${server.port}/scim/v2`,
    token: 'let-me-in-for-now',
    store: {
      state,
      save: async () => {
        saved.push(
          `${[...state.users.values()].filter(({ target }) => target).length} users, ${Object.keys([...state.groups.values()][0]?.members ?? {}).length} members`,
        )
      },
    },
  })
  await job.sync({ directory: directoryOf(both(ada.id, grace.id)) })
  t.same(saved, ['1 users, 0 members', '2 users, 0 members', '2 users, 0 members', '2 users, 2 members'])
})

t.test('a job whose process was killed after a create finds the user again', async t => {
  const { job, server } = await played(t)
  server.resources.set('/Users/user-1', { id: 'user-1', userName: 'ada.lovelace@example.com', active: true })
  t.match(await job.sync({ directory: directoryOf(one) }), { users: { linked: 1, created: 0 } })
  t.equal(server.resources.size, 1)
})

t.test('no server: each user has a task', async t => {
  const job = createJob({
    app: defaultApp,
    store: { state: emptyState(), save: async () => {} },
    target: async () => ({ kind: 'none', reason: 'connection', text: 'connect ECONNREFUSED' }),
    clock: () => 0,
    waitUntil: async () => true,
    log: noLogFile,
    newPassword: () => '',
  })
  t.match(await job.test(), { ok: false, message: 'connect ECONNREFUSED' })
  t.match(await job.sync({ directory: directoryOf(both()) }), { failed: 3 })
})
