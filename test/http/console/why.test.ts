import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, pruneAll } from './console-app.ts'

const hour = 3_600_000
const disable = { op: 'replace', path: 'active', value: false }
const enable = { op: 'replace', path: 'active', value: true }
const members = (op: 'add' | 'remove', ...ids: readonly string[]) => ({
  op,
  path: 'members',
  value: ids.map(value => ({ value })),
})

/** Barney in one group, an hour ago. Requests come from Entra ID. */
async function buildTest(t: Parameters<typeof buildTestConsole>[0], ...groups: readonly string[]) {
  const test = await buildTestConsole(t, 'aws')
  const { asEntra, advance, callApi, tenant } = test
  const barney = await asEntra.create('Users', aUser('barney', { displayName: 'Barney Gumble' }))
  const created: Record<string, string> = {}
  for (const name of groups) {
    const { id } = await asEntra.create('Groups', aGroup(name))
    await asEntra.patch(`/Groups/${id}`, members('add', barney.id))
    created[name] = id
  }
  await advance(hour)
  const why = async (id: string = barney.id, list = 'users') => {
    const { status, body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/${list}/${id}/why`)
    if (status !== 200) throw new Error(JSON.stringify(body))
    return body
  }
  return { ...test, barney, groups: created, why, idOf: (name: string) => created[name] ?? '' }
}

/** Without times, which differ from run to run. */
const timeless = (sentence: string) => sentence.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'T')
const effects = ({ requests }: { requests: readonly { effect: string; group?: { display?: string } }[] }) =>
  requests.map(({ effect, group }) => [effect, group?.display].filter(Boolean).join(' '))

t.test('a user who left the only group in the same cycle is disabled because of that', async t => {
  const { asEntra, barney, why, idOf, callApi } = await buildTest(t, 'Network Operators')
  await asEntra.patch(`/Users/${barney.id}`, disable)
  await asEntra.patch(`/Groups/${idOf('Network Operators')}`, members('remove', barney.id))

  const cause = await why()
  const group = { id: idOf('Network Operators'), type: 'Group', display: 'Network Operators' }
  t.same(
    [timeless(cause.sentence), cause.state, cause.reason],
    [
      'Disabled on T because Barney Gumble left Network Operators, the only group, in the same cycle.',
      'disabled',
      { kind: 'left-last-group', groups: [group], deleted: false },
    ],
  )
  t.same(effects(cause), ['disabled', 'left Network Operators'])
  const [disabling, leaving] = cause.requests
  const exchanges = (await callApi('GET', '/api/v1/exchanges?limit=2')).body.items
  t.same(
    [leaving.exchange, disabling.exchange],
    exchanges.map(({ id }: { id: string }) => id),
  )
  t.match(disabling, { source: 'scim', recorded: true, action: 'disable user', method: 'PATCH', status: 200 })
  t.equal(disabling.cycle, leaving.cycle)
  t.equal(cause.since, disabling.at)

  t.equal(cause.parts.map(({ text }: { text: string }) => text).join(''), cause.sentence)
  t.same(cause.parts[0], { text: 'Disabled', exchange: disabling.exchange })
  t.same(cause.parts[2].at, cause.since)
  t.same(cause.parts[4], { text: 'Network Operators', resource: { type: 'Group', id: group.id } })

  const [state, ...later] = cause.states
  t.same(
    [state.state, state.until, later],
    ['active', cause.since, [{ state: 'disabled', from: cause.since }]],
  )
  t.match(cause.memberships, [{ group, until: leaving.at, leftBy: leaving.exchange }])
  t.equal(cause.memberships.length, 1)
})

t.test('a user who is still a member was disabled for another reason', async t => {
  const { asEntra, barney, why, idOf } = await buildTest(t, 'Network Operators', 'Drivers')
  await asEntra.patch(`/Users/${barney.id}`, disable)
  await asEntra.patch(`/Groups/${idOf('Drivers')}`, members('remove', barney.id))
  const cause = await why()
  t.equal(timeless(cause.sentence), 'Disabled on T by PATCH over SCIM, still a member of Network Operators.')
  t.match(cause.reason, { kind: 'disabled', memberOf: [{ display: 'Network Operators' }] })
})

t.test('a group that the user left in another cycle is not the reason', async t => {
  const { asEntra, barney, why, idOf, advance } = await buildTest(t, 'Network Operators')
  await asEntra.patch(`/Groups/${idOf('Network Operators')}`, members('remove', barney.id))
  await advance(hour)
  await asEntra.patch(`/Users/${barney.id}`, disable)
  const cause = await why()
  t.equal(timeless(cause.sentence), 'Disabled on T by PATCH over SCIM, without a change of groups.')
  t.same(effects(cause), ['disabled'])
})

t.test('a deleted group is named as the reason', async t => {
  const { asEntra, barney, why, idOf } = await buildTest(t, 'Network Operators', 'Drivers')
  await asEntra.patch(`/Users/${barney.id}`, disable)
  await asEntra.delete(`/Groups/${idOf('Network Operators')}`)
  await asEntra.delete(`/Groups/${idOf('Drivers')}`)
  const cause = await why()
  t.equal(
    timeless(cause.sentence),
    'Disabled on T because Network Operators and Drivers, the only groups of Barney Gumble, were deleted in the same cycle.',
  )
  t.same(effects(cause), ['disabled', 'group-deleted Network Operators', 'group-deleted Drivers'])
  t.match(await why(idOf('Drivers'), 'groups'), { state: 'retained', reason: { kind: 'deleted' } })
})

t.test('a user who returns is enabled with the groups of that cycle', async t => {
  const { asEntra, barney, why, idOf, advance } = await buildTest(t, 'Network Operators')
  await asEntra.patch(`/Groups/${idOf('Network Operators')}`, members('remove', barney.id))
  await asEntra.patch(`/Users/${barney.id}`, disable)
  await advance(hour)
  await asEntra.patch(`/Users/${barney.id}`, enable)
  await asEntra.patch(`/Groups/${idOf('Network Operators')}`, members('add', barney.id))
  const cause = await why()
  t.equal(timeless(cause.sentence), 'Enabled again on T by PATCH over SCIM and added to Network Operators.')
  t.same(effects(cause), ['enabled', 'joined Network Operators'])
  t.same(
    cause.states.map(({ state }: { state: string }) => state),
    ['active', 'disabled', 'active'],
  )
  t.match(cause.memberships, [{ until: String }, { until: undefined }])
})

t.test('a deletion has the request that disabled the user before', async t => {
  const { asEntra, barney, why, advance, callApi, tenant } = await buildTest(t)
  await asEntra.patch(`/Users/${barney.id}`, disable)
  await advance(30 * 24 * hour)
  await asEntra.delete(`/Users/${barney.id}`)
  const cause = await why()
  t.equal(timeless(cause.sentence), 'Deleted on T by DELETE over SCIM; disabled since T.')
  t.same([effects(cause), cause.state], [['disabled', 'deleted'], 'retained'])

  await callApi('POST', `/api/v1/tenants/${tenant.id}/stale/purge`, { ids: [barney.id] })
  const purged = await why()
  t.equal(timeless(purged.sentence), 'Purged on T at the console; deleted on T.')
  t.same([effects(purged), purged.state], [['disabled', 'deleted', 'purged'], 'removed'])
})

t.test('creations of users and groups are the reason of their first state', async t => {
  const { asEntra, why, idOf, barney } = await buildTest(t, 'Drivers')
  const moe = await asEntra.create('Users', aUser('moe', { active: false }))
  t.equal(timeless((await why()).sentence), 'Created on T by POST over SCIM.')
  t.equal(timeless((await why(moe.id)).sentence), 'Created as disabled on T by POST over SCIM.')
  for (let at = 0; at < 15; at++) {
    await asEntra.patch(`/Groups/${idOf('Drivers')}`, members('remove', barney.id))
    await asEntra.patch(`/Groups/${idOf('Drivers')}`, members('add', barney.id))
  }
  const group = await why(idOf('Drivers'), 'groups')
  t.equal(timeless(group.sentence), 'Created on T by POST over SCIM.')
  t.match(group, {
    state: 'active',
    memberships: [],
    requests: [{ effect: 'created', action: 'create group' }],
  })
})

t.test('a user whom the profile refused never existed, and the response says why', async t => {
  const { asEntra, why, callApi, tenant } = await buildTest(t)
  const { schemas } = aUser('carl')
  const refused = await asEntra.post('/Users', { schemas, userName: 'carl', active: true })
  t.equal(refused.status, 400)
  const cause = await why('Carl')
  t.match(cause, {
    state: 'never-existed',
    subject: { type: 'User', label: 'Carl' },
    reason: { kind: 'refused', status: 400, detail: refused.body.detail },
    requests: [{ effect: 'refused', method: 'POST', status: 400 }],
  })
  t.match(timeless(cause.sentence), /^Never existed: the creation was refused with status 400 on T \(.+\)\.$/)
  t.match(await why('nobody'), {
    sentence: 'Never existed: no recorded request created “nobody”.',
    reason: { kind: 'no-request' },
    requests: [],
  })
  const { status } = await callApi('GET', `/api/v1/tenants/${tenant.id}x/users/carl/why`)
  t.equal(status, 404)
})

t.test('a change without a recorded exchange keeps its time and its id', async t => {
  const { asEntra, barney, why, deps, idOf } = await buildTest(t, 'Network Operators')
  await asEntra.patch(`/Users/${barney.id}`, disable)
  await asEntra.patch(`/Groups/${idOf('Network Operators')}`, members('remove', barney.id))
  const whole = await why()
  await pruneAll(deps.journal)
  const pruned = await why()
  t.same(
    [pruned.reason, pruned.since, effects(pruned)],
    [whole.reason, whole.since, effects(whole)],
    'the times show which changes belong together',
  )
  t.same(pruned.requests[0], {
    at: whole.since,
    effect: 'disabled',
    source: 'scim',
    exchange: whole.requests[0].exchange,
    recorded: false,
  })
  t.same(pruned.parts[0], { text: 'Disabled' }, 'nothing links to a discarded exchange')
})
