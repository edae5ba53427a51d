import t from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { Cycle, TokenClient } from '../../../../src/domain/ports/analysis.ts'
import { createTokenClients, settle } from '../../../../src/insight/analysis/client.ts'
import { assignCycle, cycleClientKey } from '../../../../src/insight/analysis/cycles.ts'
import { anExchange } from '../../../contract/journal.ts'

const token = { id: 't1', ending: 'k3f9' }
const nothing: TokenClient = { tenant: 'acme', token: 't1', named: [] }

type Sent = Partial<Exchange>

const from = (userAgent: string, rest: Sent = {}): Sent => ({
  ...rest,
  request: { ...rest.request, headers: { ...rest.request?.headers, 'user-agent': userAgent } },
})
const go = 'Go-http-client/1.1'
const remove: Sent = { method: 'DELETE', url: '/acme/scim/v2/Users/1', status: 204 }
const list: Sent = { method: 'GET', url: '/acme/scim/v2/Users?count=1000&startIndex=1' }
const oktaTest: Sent = {
  method: 'GET',
  url: '/acme/scim/v2/Users?startIndex=1&count=2',
  request: { headers: { 'accept-charset': 'utf-8' } },
}
const oktaMark: Sent = { method: 'GET', url: '/acme/scim/v2/Users?startIndex=1&count=2' }
const entraPatch: Sent = {
  method: 'PATCH',
  request: { headers: {}, body: '{"Operations":[{"op":"Replace","path":"title","value":"x"}]}' },
}
const put: Sent = { method: 'PUT', url: '/acme/scim/v2/Users/1' }

const exchanges = (sent: readonly Sent[]) =>
  sent.map((rest, at) => anExchange(at + 1, { tenant: 'acme', token, ...rest }))

/** The client of each request of one token, and what is known afterwards. */
function settled(...sent: readonly Sent[]) {
  let known = nothing
  const clients = exchanges(sent).map(exchange => {
    const { settled, after } = settle(known, exchange)
    known = after
    return settled
  })
  return {
    clients: clients.map(({ client }) => client && `${client.product} ${client.evidence}`),
    shared: clients.map(({ sharedWith }) => sharedWith),
    known,
  }
}

t.test('OC-003 a name settles the client of a token at once', async t => {
  const { clients, known } = settled(remove, from('Okta SCIM Client 1.0.0'), remove, oktaMark)
  t.same(clients, [undefined, 'okta named', 'okta named', 'okta named'])
  t.same(known, { ...nothing, recognized: { product: 'okta', evidence: 'named' }, named: ['okta'] })
})

t.test(
  'OC-003 three shaped requests that agree settle it; unmarked ones in between change nothing',
  async t => {
    const { clients, known } = settled(oktaTest, remove, oktaTest, oktaMark, oktaTest, remove, oktaMark)
    t.same(clients, [
      'okta shaped',
      undefined,
      'okta shaped',
      'okta perhaps',
      'okta shaped',
      'okta shaped',
      'okta shaped',
    ])
    t.same(known, { ...nothing, recognized: { product: 'okta', evidence: 'shaped' } })
  },
)

t.test('OC-003 another shape starts the count again', async t => {
  const { clients, known } = settled(oktaTest, oktaTest, entraPatch, oktaTest, remove)
  t.same(clients.at(-1), undefined)
  t.same(known, { ...nothing, candidate: { product: 'okta', exchanges: 1 } })
})

t.test('OC-003 once settled, only a name settles it again', async t => {
  const { clients, known } = settled(
    ...[oktaTest, oktaTest, oktaTest, entraPatch, entraPatch, entraPatch, remove],
    ...[from('Okta SCIM Client 1.0.0'), remove],
  )
  t.same(clients.slice(3), [
    'entra shaped',
    'entra shaped',
    'entra shaped',
    'okta shaped',
    'okta named',
    'okta named',
  ])
  t.same(known.recognized, { product: 'okta', evidence: 'named' })
})

t.test('OC-003 once settled, marks that are alike change nothing', async t => {
  const disable: Sent = {
    method: 'PATCH',
    url: '/acme/scim/v2/Users/1',
    request: {
      headers: { 'content-type': 'application/scim+json; charset=utf-8' },
      body: '{"Operations":[{"op":"replace","value":{"active":false}}]}',
    },
  }
  t.same(settled(disable).clients, ['entra shaped'])
  t.same(settled(oktaTest, oktaTest, oktaTest, disable).clients.at(-1), 'okta shaped')
  t.same(settled(from('Okta SCIM Client 1.0.0'), disable).clients.at(-1), 'okta named')
})

t.test('OC-003 a later name of another vendor shares the token, once each', async t => {
  const okta = from('Okta SCIM Client 1.0.0')
  const google = from('Google-Auto-Provisioning')
  t.same(settled(okta, okta, google, google, okta, google).shared, [
    undefined,
    undefined,
    'okta',
    undefined,
    undefined,
    undefined,
  ])
  t.same(settled(oktaTest, oktaTest, google).shared, [undefined, undefined, undefined], 'not settled')
  t.same(settled(oktaTest, oktaTest, oktaTest, google).shared.at(-1), 'okta', 'settled by its shape')
  t.same(settled(oktaTest, oktaTest, oktaTest, okta).shared.at(-1), undefined, 'the same product')
  t.same(settled(okta, google).known, {
    ...nothing,
    recognized: { product: 'google', evidence: 'named' },
    named: ['okta', 'google'],
  })
})

t.test('tools neither settle whose token it is nor share it', async t => {
  const curl = from('curl/8.5.0')
  t.same(settled(curl, remove, from('Okta SCIM Client 1.0.0'), curl, remove), {
    clients: ['curl named', undefined, 'okta named', 'curl named', 'okta named'],
    shared: [undefined, undefined, undefined, undefined, undefined],
    known: { ...nothing, recognized: { product: 'okta', evidence: 'named' }, named: ['okta'] },
  })
})

t.test('OC-004 a request that the client can’t send doesn’t inherit it', async t => {
  const okta = settled(from('Okta SCIM Client 1.0.0'), from('MyScript/1.0', remove), from(go, remove))
  t.same(okta.clients, ['okta named', undefined, undefined])
  const entra = settled(entraPatch, entraPatch, entraPatch, put, remove, from('MyScript/1.0', remove))
  t.same(entra.clients.slice(3), [undefined, 'entra shaped', undefined])
  const pocketId = settled(from(go, list), from(go, list), from(go, list), from(go, put), from('x/1', put))
  t.same(pocketId.clients.slice(3), ['pocket-id shaped', undefined])
})

t.test(
  'the state of a token is read once, kept after a batch is stored, and read again when cleared',
  async t => {
    const stored = new Map<string, TokenClient>()
    const reads: string[][] = []
    const clients = createTokenClients({
      async tokenClients(tokens) {
        reads.push(tokens.map(({ token }) => token))
        return tokens.flatMap(({ token }) => stored.get(token) ?? [])
      },
    })
    const [named, unmarked, replay, sample, aws, stranger, tokenRequest] = exchanges([
      from('Okta SCIM Client 1.0.0'),
      remove,
      { ...oktaTest, replayOf: 'exchange-1' },
      { ...oktaTest, token: undefined },
      { ...oktaTest, api: 'identity-store' },
      { ...oktaTest, token: undefined, refusal: 'unknown', status: 401 },
      from('Okta SCIM Client 1.0.0', { operation: 'token' }),
    ] as Sent[])
    if (!(named && unmarked && replay && sample && aws && stranger && tokenRequest))
      throw new Error('missing')
    await clients.load([named, unmarked, replay, sample, aws, stranger, tokenRequest])
    const lost = clients.startBatch()
    t.match(lost.settle(named).client, { product: 'okta' })
    const batch = clients.startBatch()
    t.same(batch.settle(unmarked), {}, 'the batch before was not stored')
    batch.settle(named)
    t.match(batch.settle(unmarked).client, { product: 'okta', evidence: 'named' })
    for (const other of [replay, sample, aws]) t.same(batch.settle(other), {})
    t.match(batch.settle(stranger).client, { product: 'okta', evidence: 'shaped' })
    t.match(batch.settle(tokenRequest).client, { product: 'okta', evidence: 'named' })
    t.same(
      batch.changed().map(({ token, named }) => [token, named]),
      [['t1', ['okta']]],
    )
    clients.markSaved(batch.changed())
    await clients.load([unmarked])
    t.match(clients.startBatch().settle(unmarked).client, { product: 'okta' })
    clients.clear()
    await clients.load([unmarked])
    t.same(clients.startBatch().settle(unmarked), {}, 'nothing was stored')
    t.same(reads, [['t1'], ['t1']])
  },
)

/** The cycles of these requests of one token, a second apart, as `id client product requests`. */
function cyclesOf(...sent: readonly Sent[]): readonly string[] {
  const cycles = new Map<string, Cycle>()
  const last = new Map<string, Cycle>()
  let known = nothing
  for (const [at, exchange] of exchanges(sent).entries()) {
    const timed = { ...exchange, at: 1000 * at, tenantTime: 1000 * at }
    const { settled, after } = settle(known, timed)
    known = after
    const { cycle, formerKey } = assignCycle(timed, last, settled.likely)
    if (!cycle) continue
    if (formerKey !== undefined) last.delete(formerKey)
    last.set(cycleClientKey(cycle), cycle)
    cycles.set(cycle.id, cycle)
  }
  return [...cycles.values()].map(
    ({ id, client, kind, recognized, requests }) =>
      `${id} ${client} ${kind} ${recognized?.product} ${recognized?.evidence} ${requests}`,
  )
}

t.test('requests before a client was recognized belong to its cycle', async t => {
  t.same(cyclesOf(remove, oktaMark, oktaTest, remove), ['exchange-1 service cycle okta shaped 4'])
  t.same(cyclesOf(from(go, remove), from(go, list), from(go, remove), from(go, list)), [
    'exchange-1 service cycle pocket-id shaped 4',
  ])
})

t.test('clients of one token and User-Agent have cycles of their own if their shapes differ', async t => {
  const ssosync: Sent = from(go, {
    method: 'GET',
    url: '/acme/scim/v2/Users?filter=userName+eq+%22ines%22',
    request: { headers: { 'content-type': 'application/scim+json' } },
  })
  t.same(cyclesOf(from(go, list), ssosync, from(go, list), ssosync), [
    'exchange-1 service cycle pocket-id shaped 2',
    'exchange-2 service cycle ssosync shaped 2',
  ])
})

t.test('a request that names its client names the cycle', async t => {
  t.same(cyclesOf(entraPatch, from('Microsoft-Azure', remove), entraPatch), [
    'exchange-1 entra cycle entra named 3',
  ])
  t.same(cyclesOf(from('curl/8.5.0', remove), from('Okta SCIM Client 1.0.0', remove)), [
    'exchange-1 ad-hoc ad-hoc curl named 1',
    'exchange-2 service cycle okta named 1',
  ])
})
