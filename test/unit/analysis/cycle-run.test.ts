import t from 'tap'
import type { Cycle } from '../../../src/analysis/cycle.ts'
import { clientOf, clientOfCycle, cycleWith } from '../../../src/analysis/cycle-run.ts'
import type { Exchange } from '../../../src/journal/exchange.ts'
import { anExchange } from '../../contract/journal.ts'

const minute = 60_000
const token = { id: 't1', ending: 'k3f9' }
const guid = '%22d2c1b0a9-0000-4000-8000-000000000001%22'

type Sent = Partial<Exchange> & { readonly after?: number }

const probe: Sent = {
  method: 'GET',
  action: 'test connection',
  url: `/acme/scim/v2/Users?filter=userName+eq+${guid}`,
}
const lookUp: Sent = { method: 'GET', action: 'look up user by userName' }
const create: Sent = { method: 'POST', status: 201, action: 'create user' }
const change: Sent = { method: 'PATCH', status: 200, action: 'change title of user' }
const schemas: Sent = { method: 'GET', action: 'read schemas' }
const pause = (milliseconds: number, sent: Sent): Sent => ({ ...sent, after: milliseconds })

/** The cycles of one client, oldest first, that these requests make; each a second after the one before. */
function cyclesOf(...sent: readonly Sent[]): readonly Cycle[] {
  const cycles = new Map<string, Cycle>()
  let at = 0
  let open: Cycle | undefined
  for (const [number, { after = 1000, ...rest }] of sent.entries()) {
    at += after
    open = cycleWith(
      open,
      anExchange(number + 1, { id: `e${number + 1}`, tenant: 'acme', token, at, status: 200, ...rest }),
    )
    cycles.set(open.id, open)
  }
  return [...cycles.values()]
}

const shortOf = (cycles: readonly Cycle[]) =>
  cycles.map(({ id, kind, requests }) => `${id} ${kind} ${requests}`)

t.test('probes and what follows are a cycle', async t => {
  t.same(cyclesOf(probe, probe, lookUp, create, change), [
    {
      id: 'e1',
      tenant: 'acme',
      token,
      kind: 'cycle',
      started: 1000,
      last: 5000,
      requests: 5,
      created: 1,
      changed: 1,
      disabled: 0,
      deleted: 0,
      failed: 0,
    },
  ])
})

t.test(
  'probes alone are a test of the connection, also with the schemas that the portal asks for',
  async t => {
    t.same(shortOf(cyclesOf(probe, probe, probe)), ['e1 test-connection 3'])
    t.same(shortOf(cyclesOf(schemas, probe, probe, schemas)), ['e1 test-connection 4'])
  },
)

t.test('probes after work begin a cycle, however soon', async t => {
  t.same(shortOf(cyclesOf(probe, probe, change, probe, probe, change, change)), ['e1 cycle 3', 'e4 cycle 4'])
})

t.test('probes after a pause are those of another test', async t => {
  t.same(shortOf(cyclesOf(probe, probe, pause(31_000, probe), probe)), [
    'e1 test-connection 2',
    'e3 test-connection 2',
  ])
})

t.test('work is part of the run that its probes began, also when it takes a while', async t => {
  t.same(shortOf(cyclesOf(probe, probe, pause(4 * minute, create))), ['e1 cycle 3'])
})

t.test('silence ends a cycle, and requests without a probe begin one', async t => {
  t.same(shortOf(cyclesOf(change, change, pause(6 * minute, change))), ['e1 cycle 2', 'e3 cycle 1'])
  t.same(shortOf(cyclesOf(change, pause(5 * minute, change))), ['e1 cycle 2'])
})

t.test('a clock that is set back far ends a cycle; requests that overlap do not', async t => {
  t.same(shortOf(cyclesOf(pause(60 * minute, change), pause(-30 * minute, change))), [
    'e1 cycle 1',
    'e2 cycle 1',
  ])
  const [overlapping] = cyclesOf(pause(minute, change), pause(-2000, change))
  t.match(overlapping, { started: minute - 2000, last: minute, requests: 2 })
})

t.test('a probe that fails is still one', async t => {
  const refused: Sent = { ...probe, status: 401, refusal: 'expired', action: 'refused: token expired' }
  t.same(shortOf(cyclesOf(refused, refused)), ['e1 test-connection 2'])
  t.same(shortOf(cyclesOf(change, refused, refused)), ['e1 cycle 1', 'e2 test-connection 2'])
  const spoiled: Sent = { ...probe, status: 500, action: 'look up user by userName' }
  t.same(shortOf(cyclesOf(spoiled)), ['e1 test-connection 1'])
})

t.test('a look-up of an object id that fails amidst of work begins nothing', async t => {
  const throttled: Sent = { ...probe, status: 429, action: 'look up user by externalId' }
  t.same(shortOf(cyclesOf(probe, create, throttled, create)), ['e1 cycle 4'])
})

t.test('UUIDs that another client looks up begin nothing', async t => {
  const headers = { 'user-agent': 'curl/8' }
  const looking: Sent = { ...probe, request: { headers } }
  t.same(
    shortOf(cyclesOf({ ...create, request: { headers } }, looking, { ...create, request: { headers } })),
    ['e1 cycle 3'],
  )
})

t.test('counts what became of requests, each once', async t => {
  const [cycle] = cyclesOf(
    create,
    { ...create, status: 409 },
    change,
    { ...change, action: 'disable user, change title of user' },
    { method: 'PUT', status: 200, action: 'replace user (disabled)' },
    { method: 'PUT', status: 200, action: 'replace user (enabled)' },
    { method: 'PATCH', status: 204, action: 'change disabledBy of user' },
    { method: 'DELETE', status: 204, action: 'delete user' },
    { method: 'GET', status: 404, action: 'read user' },
    { method: 'POST', status: 200, action: 'search everything' },
    { method: 'GET', status: 304, action: 'read user' },
  )
  t.match(cycle, { requests: 11, created: 1, changed: 3, disabled: 2, deleted: 1, failed: 2 })
})

t.test('a bulk request is one, and what it does is counted by its operations', async t => {
  const parent = 'e3'
  const [cycle] = cyclesOf(
    { ...create, parent },
    { ...create, parent, status: 400 },
    { method: 'POST', status: 200, action: 'bulk of 2 operations', url: '/acme/scim/v2/Bulk' },
  )
  t.match(cycle, { requests: 1, created: 1, failed: 1, dialect: 'other' })
})

t.test('speaks the dialect that was told last', async t => {
  const written = (op: string): Sent => ({
    ...change,
    request: { headers: {}, body: JSON.stringify({ Operations: [{ op, path: 'title', value: 'Mayor' }] }) },
  })
  t.same(
    cyclesOf(probe, written('Replace'), lookUp).map(({ dialect }) => dialect),
    ['default'],
  )
  t.same(
    cyclesOf(written('Replace'), written('replace')).map(({ dialect }) => dialect),
    ['aadOptscim062020'],
  )
  t.same(
    cyclesOf(probe, create).map(({ dialect }) => dialect),
    [undefined],
  )
})

t.test('belongs to a tenant and a token; what is sent again from the console belongs to none', async t => {
  const exchange = anExchange(1, { tenant: 'acme', token })
  t.equal(clientOf(exchange), clientOfCycle(cycleWith(undefined, exchange)))
  t.not(clientOf(exchange), clientOf({ ...exchange, tenant: 'other' }))
  t.not(clientOf(exchange), clientOf({ ...exchange, token: { id: 't2', ending: 'k3f9' } }))
  t.equal(clientOf({ ...exchange, replayOf: 'e0' }), undefined)
  const { token: _token, ...stranger } = exchange
  t.equal(clientOf({ ...stranger, refusal: 'missing', status: 401 }), undefined)
  t.equal(clientOf({ ...stranger, action: 'read schemas' }), undefined)
  t.equal(clientOf(stranger), clientOfCycle(cycleWith(undefined, stranger)), 'the sample has no token')
  const { tenant: _tenant, ...nowhere } = exchange
  t.equal(clientOf(nowhere), undefined)
})
