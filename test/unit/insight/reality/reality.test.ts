import t, { type Test } from 'tap'
import { type Exchange, startReality } from '../../../../src/insight/reality/in-thread.ts'
import { openMirror, type Switches } from '../../../../src/insight/reality/mirror.ts'
import { createReality } from '../../../../src/insight/reality/reality.ts'
import type { AwsDirectory } from '../../../../src/traffic/aws-directory/directory.ts'
import { awsDirectory } from '../../../support/aws-directory.ts'
import { groupId, userId } from '../../../support/aws-export.ts'

const homer = userId('homer@corp.example')
const marge = userId('marge@corp.example')
const pilots = groupId('Pilots')
const directory = awsDirectory({
  users: { 'homer@corp.example': { externalId: '00u1' }, 'marge@corp.example': {}, 'lisa@corp.example': {} },
  groups: { Pilots: ['homer@corp.example'] },
})
const at = Date.parse('2026-11-30T08:00:00Z')
const filtered = (type: string, filter: string, more = '') =>
  `/${type}?filter=${encodeURIComponent(filter)}${more}`

const exchange = (path: string, status: number, body: unknown, headers: Switches = {}): Exchange => ({
  ...{ at, method: 'GET', path },
  response: {
    status,
    headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': '7', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isCut: false,
  },
})

/** An upstream with a directory of its own, and what is reported about it. */
function setUp(t: Test, switches: Switches, theirs: AwsDirectory = directory, ours?: AwsDirectory | 'none') {
  const upstream = openMirror({ profile: 'aws', directory: theirs })
  const mirrored = ours === 'none' ? undefined : (ours ?? directory)
  const reality = createReality({ profile: 'aws', switches: {}, directory: mirrored })
  t.teardown(() => Promise.all([upstream.close(), reality.close()]))
  return {
    ...reality,
    async get(...paths: readonly string[]) {
      for (const path of paths) {
        const { status, body = '', headers } = await upstream.answer(switches, path, at)
        await reality.observe(exchange(path, status, body, headers))
      }
      const report = reality.report()
      const states = Object.fromEntries(
        report.switches.filter(({ state }) => state !== 'not-exercised').map(one => [one.id, one.state]),
      )
      return { ...report, states }
    },
  }
}

t.test('an upstream like the prediction has no findings', async t => {
  const { get } = setUp(t, {})
  const report = await get(
    `/Groups/${pilots}`,
    '/Users',
    filtered('Users', 'userName eq "HOMER@corp.example"'),
    '/Users/none',
    '/Schemas',
  )
  t.strictSame(report.findings, [])
  t.match(report, { requests: 5, compared: 5, notPredicted: 0, mirrorCorrected: 0 })
  t.strictSame(report.states, { membersOnRead: 'confirmed', letterCase: 'confirmed' })
})

t.test('a difference names the switch that explains it', async t => {
  const { get } = setUp(t, { membersOnRead: 'absent' })
  const { findings, switches, states } = await get(`/Groups/${pilots}`, `/Groups/${pilots}`)
  t.strictSame(findings, [
    {
      ...{ kind: 'member', operation: 'GET /Groups/…', path: 'members', predicted: 0, seen: undefined },
      ...{ direction: 'other', weight: 'form', explainedBy: [{ membersOnRead: 'absent' }], contradicted: [] },
      ...{ requests: [1, 2], count: 2, first: '2026-11-30T08:00:00.000Z', last: '2026-11-30T08:00:00.000Z' },
    },
  ])
  t.strictSame(states, { membersOnRead: 'named' })
  t.strictSame(
    switches.find(({ id }) => id === 'membersOnRead'),
    {
      id: 'membersOnRead',
      documented: 'empty',
      values: ['absent'],
      requests: 2,
      state: 'named',
      seen: 'absent',
    },
  )
})

t.test(
  'a rejection that two switches explain names the request that decides, which then excludes one',
  async t => {
    const { get } = setUp(t, { memberFilter: 'member', membershipFilter: 'accept' })
    const both = filtered('Groups', `id eq "${pilots}" and members.value eq "${homer}"`, '&startIndex=1')
    const one = setUp(t, { unsupportedParameters: 'refuse', detail: 'generic' })
    const undecided = await one.get(both)
    t.strictSame(undecided.states, {
      detail: 'named',
      unsupportedParameters: 'ambiguous',
      idWithMembersValue: 'ambiguous',
    })
    t.match(undecided.findings, [
      {
        ...{ kind: 'status', direction: 'stricter', weight: 'broken-promise', predicted: 200, seen: 400 },
        operation: 'GET /Groups?filter=id eq "…" and members.value eq "…"&startIndex=1',
        decide: 'GET /Groups?filter=id eq "…" and members.value eq "…"',
      },
    ])
    t.equal(undecided.findings[0]?.explainedBy.length, 2)
    const decided = await one.get(
      '/Users?startIndex=1',
      filtered('Groups', `id eq "${pilots}" and members.value eq "${homer}"`),
    )
    t.strictSame(decided.states, {
      detail: 'named',
      unsupportedParameters: 'named',
      idWithMembersValue: 'confirmed',
    })
    t.match(
      decided.findings.find(({ requests }) => requests.includes(1)),
      {
        explainedBy: [{ unsupportedParameters: 'refuse', detail: 'generic' }],
        contradicted: [{ switch: 'idWithMembersValue', value: 'refuse', by: 3 }],
      },
    )
    // Here, a rejection is what is predicted, for another reason.
    t.strictSame((await get(filtered('Groups', `members eq "${homer}"`))).states, {
      detail: 'confirmed',
      memberFilter: 'ambiguous',
      membershipFilter: 'ambiguous',
    })
  },
)

t.test('responses that no switch predicts together accuse no switch', async t => {
  const { observe, report } = setUp(t, {})
  const error = (detail: string) => ({
    ...{
      schema: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    },
    ...{
      detail,
      status: '400',
      exceptionRequestId: '00000000-0000-4000-8000-000000000000',
      timeStamp: '2026-11-30 08:00:00.12',
    },
  })
  const path = filtered('Users', 'title eq "Pilot of homer@corp.example"')
  await observe(exchange(path, 400, error('Invalid Filter format')))
  await observe(
    exchange(path, 400, error('Request is unparsable, syntactically incorrect, or violates schema.')),
  )
  const [finding] = report().findings
  t.match(finding, {
    kind: 'detail',
    explainedBy: [],
    contradicted: [{ switch: 'detail', value: 'generic', by: 1 }],
  })
  t.match(
    report().switches.find(({ id }) => id === 'detail'),
    { state: 'contradicted', seen: undefined },
  )
  await observe(exchange(path, 400, error('No "x": Pilot of homer@corp.example is unknown')))
  const texts = JSON.stringify(report())
  t.notMatch(texts, /homer|Pilot/)
})

t.test('a directory that has changed is corrected, and accuses no switch', async t => {
  const now = awsDirectory({
    users: {
      'homer@corp.example': { externalId: '00u1', title: 'Inspector' },
      'lisa@corp.example': {},
      'bart@corp.example': {},
    },
    groups: { Pilots: [] },
  })
  const { get } = setUp(t, {}, now)
  const first = await get(`/Users/${homer}`, `/Users/${marge}`, `/Users/${userId('bart@corp.example')}`)
  t.match(first, { requests: 3, compared: 1, notPredicted: 2, mirrorCorrected: 3 })
  t.match(first.findings, [
    { kind: 'member', path: 'title', predicted: undefined, seen: 'text', explainedBy: [] },
  ])
  t.strictSame(first.states, {})
  const second = await get(`/Users/${homer}`, `/Users/${marge}`, `/Users/${userId('bart@corp.example')}`)
  t.match(second, { compared: 4, notPredicted: 2, mirrorCorrected: 3, findings: [{ count: 1 }] })
})

t.test('a look-up of a user who is gone accuses no switch', async t => {
  const now = awsDirectory({
    users: { 'homer@corp.example': { externalId: '00u1' }, 'lisa@corp.example': {} },
    groups: { Pilots: [] },
  })
  const { get } = setUp(t, {}, now)
  const first = await get(
    filtered('Users', 'userName eq "MARGE@corp.example"'),
    filtered('Groups', `id eq "${pilots}" and members eq "${homer}"`),
    '/Users',
  )
  t.match(first, { compared: 0, notPredicted: 3, findings: [], states: {} })
  const second = await get(`/Users/${marge}`, filtered('Users', 'userName eq "MARGE@corp.example"'))
  t.match(second, { requests: 5, compared: 1, mirrorCorrected: 1, findings: [], states: {} })
})

t.test('a look-up that finds no user counts once another response shows that user', async t => {
  const { get } = setUp(t, { letterCase: 'sensitive' })
  const lookup = filtered('Users', 'userName eq "HOMER@corp.example"')
  const before = await get(lookup)
  t.match(before, { compared: 0, notPredicted: 1, findings: [], states: {} })
  const after = await get(`/Users/${homer}`)
  t.match(after, { requests: 2, compared: 2, notPredicted: 0, states: { letterCase: 'named' } })
  t.strictSame(after.findings[0]?.requests, [1])
})

t.test('without a directory, only what the responses show is predicted', async t => {
  const { get } = setUp(t, { membersOnRead: 'absent', unsupportedParameters: 'refuse' }, directory, 'none')
  const report = await get(
    '/Users',
    `/Users/${homer}`,
    `/Groups/${pilots}`,
    '/Users?startIndex=1',
    filtered('Groups', `members.value eq "${homer}"`),
  )
  t.match(report, { requests: 5, compared: 5, notPredicted: 0, mirrorCorrected: 0 })
  t.strictSame(report.states, { membersOnRead: 'named', unsupportedParameters: 'named', detail: 'confirmed' })
})

t.test('pages are predicted by the cursors of the upstream', async t => {
  const { observe, report } = setUp(t, {})
  const upstream = openMirror({ profile: 'aws', directory })
  t.teardown(upstream.close)
  let cursor = ''
  for (let page = 0; page < 3; page++) {
    const { body = '' } = await upstream.answer({}, `/Users?count=1&cursor=${cursor}`, at)
    const asked = page === 0 ? '' : `their+${page}`
    cursor = JSON.parse(body).nextCursor ?? ''
    await observe(
      exchange(
        `/Users?count=1&cursor=${encodeURIComponent(asked)}`,
        200,
        cursor === '' ? body : body.replace(cursor, `their+${page + 1}`),
        { 'x-cache': 'miss' },
      ),
    )
  }
  await observe(exchange('/Users?count=1&cursor=another', 200, { Resources: [] }))
  t.match(report(), { compared: 3, notPredicted: 1 })
  t.strictSame(
    report().findings.map(({ kind, path, count }) => [kind, path, count]),
    [
      ['header', 'x-cache', 2],
      ['header', 'x-cache', 1],
    ],
  )
})

t.test('what AWS chooses is compared by its form', async t => {
  const { observe, report } = setUp(t, {})
  const upstream = openMirror({ profile: 'aws', directory })
  t.teardown(upstream.close)
  const types = (await upstream.answer({}, '/ResourceTypes', at)).body ?? ''
  await observe(
    exchange(
      '/ResourceTypes',
      200,
      types.replaceAll('https://scim.example/copy/', 'https://aws.example/acme/'),
    ),
  )
  const user = (await upstream.answer({}, `/Users/${homer}`, at)).body ?? ''
  await observe(
    exchange(`/Users/${homer}`, 200, user.replaceAll('1970-01-01T00:00:01Z', '2025-11-30T08:00:00Z')),
  )
  t.strictSame(report().findings, [])
  await observe(
    exchange(`/Users/${homer}`, 200, user.replaceAll('1970-01-01T00:00:01Z', '2025-11-30T08:00:00.5Z')),
  )
  t.match(report().findings, [
    { kind: 'form', path: 'meta.created', predicted: 'x-x-xTx:x:xZ', seen: 'x-x-xTx:x:x.xZ' },
    { kind: 'form', path: 'meta.lastModified' },
  ])
})

t.test('responses of another server are findings', async t => {
  const { observe, report } = setUp(t, {})
  await observe(exchange('/Users', 302, '', { Location: 'https://login.example' }))
  await observe(exchange('/Users', 500, '<html>'))
  await observe(exchange('/Users', 200, '<html>', { 'content-type': 'text/html', Server: 'cloud' }))
  await observe(exchange('/Users', 200, '['.repeat(100_000) + ']'.repeat(100_000)))
  await observe(exchange('/Users', 401, { detail: 'token' }))
  await observe({ ...exchange('/Users', 501, ''), method: 'POST' })
  for (const path of [
    '',
    '/',
    '//',
    '/Users/%zz',
    '/Users?filter=%zz',
    '/Users?count=1&count=2',
    `/Users/${'x'.repeat(9999)}`,
    '?',
    '/homer@corp.example?homer=1',
  ])
    await observe(exchange(path, 404, { detail: 'homer' }))
  const { findings, notPredicted, switches } = report()
  t.equal(notPredicted, 2)
  t.match(
    findings
      .filter(({ operation }) => operation === 'GET /Users')
      .map(({ kind, path, predicted, seen, direction }) => [kind, path, predicted, seen, direction]),
    [
      ['member', '', 'object', undefined, 'other'],
      ['status', '', 200, 302, 'other'],
      ['status', '', 200, 500, 'stricter'],
      ['header', 'content-type', 'application/json', 'text/html', 'other'],
      ['header', 'server', undefined, 'text', 'other'],
    ],
  )
  t.strictSame(
    findings.filter(({ explainedBy }) => explainedBy.length > 0),
    [],
  )
  t.notOk(switches.some(({ state }) => state === 'named'))
  t.notMatch(JSON.stringify(findings.map(({ operation }) => operation)), /homer|corp/)
})

t.test('the search runs in a thread', async t => {
  const reality = startReality({ profile: 'aws', switches: { membersOnRead: 'absent' }, directory })
  const body = { ...JSON.parse('{}'), id: pilots }
  reality.observe(exchange(`/Groups/${pilots}`, 200, body))
  const report = await reality.report()
  t.match(report, { requests: 1, compared: 1 })
  t.ok(report.findings.some(({ path }) => path === 'displayName'))
  await reality.close()
  await t.rejects(reality.report(), { message: /has ended/ })
  reality.observe(exchange('/Users', 200, ''))
})
