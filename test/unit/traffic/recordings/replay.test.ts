import t from 'tap'
import type { Json } from '../../../../src/scim/json.ts'
import type { RecordedRequest } from '../../../../src/traffic/recordings/recording.ts'
import type { ReplayRequest } from '../../../../src/traffic/replay/comparison.ts'
import { replay } from '../../../../src/traffic/replay/replay.ts'

/** The results of a replay to a server that responds to every request alike, and the requests it gets. */
async function replayed(requests: readonly RecordedRequest[], body: string, status = 200) {
  const sent: ReplayRequest[] = []
  const results = []
  const send = async (request: ReplayRequest) => {
    sent.push(request)
    return { status, headers: {}, body }
  }
  for await (const { result } of replay(requests, send, { now: () => 0 })) results.push(result)
  return { sent, results }
}

const differencesOf = async (recorded: Json, now: Json, path = '/Users/1') => {
  const request: RecordedRequest = { method: 'GET', path, response: { status: 200, body: recorded } }
  const { results } = await replayed([request], JSON.stringify(now))
  return results.map(result => (result.kind === 'response' ? result.differences : result))[0]
}

t.test('only differences that matter to a client are reported', async t => {
  const equal: readonly (readonly [Json, Json])[] = [
    [{ a: 1, b: null, c: [] }, { A: 1 }],
    [
      { meta: { version: '1' }, detail: 'x', emails: [{ $ref: 'y', value: 'a' }] },
      { emails: [{ value: 'a' }] },
    ],
    [
      { emails: [{ value: 'a' }, { value: 'b', type: 'work' }] },
      { emails: [{ type: 'work', value: 'b' }, { value: 'a' }] },
    ],
    [{ schemas: ['x', 'y'] }, { schemas: ['y', 'x'] }],
    [{ password: '***' }, { password: 'anything' }],
  ]
  for (const [recorded, now] of equal) t.same(await differencesOf(recorded, now), [])
  t.same(await differencesOf({ patch: true }, { patch: false }, '/ServiceProviderConfig'), [])
  t.same(
    await differencesOf(
      { userName: 'a', title: 'x', emails: [{ value: 'a', primary: true }, { value: 'b' }] },
      { userName: 'A', active: true, emails: [{ value: 'a' }, { value: 'c' }] },
    ),
    [
      { kind: 'value', path: 'userName', recorded: 'a', replayed: 'A' },
      { kind: 'value', path: 'title', recorded: 'x' },
      { kind: 'value', path: 'emails[0].primary', recorded: true },
      { kind: 'value', path: 'emails[1]', recorded: { value: 'b' } },
      { kind: 'value', path: 'emails[2]', replayed: { value: 'c' } },
      { kind: 'value', path: 'active', replayed: true },
    ],
  )
})

t.test(
  'statuses and kinds of bodies are compared, a body of an error with that of a resource is not',
  async t => {
    const response = { status: 201, body: { id: '1' } }
    const created: RecordedRequest = { method: 'POST', path: '/Users', body: {}, response }
    const deep = `{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    t.match((await replayed([created], deep)).results, [
      { differences: [{ kind: 'status' }, { kind: 'body', recorded: 'JSON', replayed: 'text' }] },
    ])
    t.match((await replayed([created], '{"detail":"x"}', 409)).results, [
      { differences: [{ kind: 'status', recorded: 201, replayed: 409 }] },
    ])
    t.match((await replayed([created], '', 201)).results, [
      { differences: [{ kind: 'body', recorded: 'JSON', replayed: 'none' }] },
    ])
    t.match((await replayed([{ ...created, missing: ['response-body'] }], 'text', 201)).results, [
      { differences: [] },
    ])
  },
)

t.test('a request is sent as recorded, without masked credentials, or not at all', async t => {
  const request: RecordedRequest = {
    method: 'POST',
    path: '/Users?access_token=***&attributes=id',
    headers: { Authorization: 'Bearer ***', Accept: 'application/scim+json' },
    body: { password: '***' },
  }
  const { sent, results } = await replayed(
    [
      request,
      { ...request, missing: ['request-body'] },
      { method: 'GET', path: '/Users?filter=password eq "***"' },
      { method: 'POST', path: '/Users', bodyText: '{"password":"***"' },
      { method: 'POST', path: '/.%2e/..\\api/reset' },
      {
        method: 'GET',
        path: '/Users/of-before',
        headers: { Authorization: 'Bearer of-another-server', Cookie: 'session=1' },
      },
    ],
    '{}',
  )
  t.same(sent, [
    {
      method: 'POST',
      path: '/Users?attributes=id',
      headers: { Accept: 'application/scim+json' },
      body: '{"password":"Replayed-password-1"}',
    },
    { method: 'GET', path: '/Users/of-before', headers: {} },
  ])
  t.same(results, [
    {
      kind: 'response',
      path: '/Users?attributes=id',
      status: 200,
      milliseconds: 0,
      differences: [],
      unknownIds: [],
    },
    { kind: 'not-sent', reason: 'Its body was not recorded completely.' },
    { kind: 'not-sent', reason: 'Its path contains a masked secret.' },
    { kind: 'not-sent', reason: 'Its body contains a masked secret.' },
    { kind: 'not-sent', reason: 'Its path leaves the base URL.' },
    {
      kind: 'response',
      path: '/Users/of-before',
      status: 200,
      milliseconds: 0,
      differences: [],
      unknownIds: ['of-before'],
    },
  ])
})
