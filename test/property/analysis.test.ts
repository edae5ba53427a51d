import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import type { Cycle, TokenClient } from '../../src/domain/ports/analysis.ts'
import type { UnanalyzedExchange } from '../../src/domain/ports/journal.ts'
import { analyzeBatch, indexByClient } from '../../src/insight/analysis/batch.ts'
import { createTokenClients } from '../../src/insight/analysis/client.ts'
import { anExchange } from '../contract/journal.ts'
import { assertProperty } from '../support/property.ts'

const patched = (op: string): Partial<Exchange> => ({
  method: 'PATCH',
  operation: 'update',
  request: { headers: {}, body: JSON.stringify({ Operations: [{ op, path: 'title', value: 'Mayor' }] }) },
})

const guid = '%22d2c1b0a9-0000-4000-8000-000000000001%22'
const probe: Partial<Exchange> = {
  url: `/acme/scim/v2/Users?filter=userName+eq+${guid}`,
  response: { headers: {}, body: '{"totalResults":0}' },
}
const named = (name: string): Partial<Exchange> => ({ request: { headers: { 'user-agent': name } } })

const pocketIdList: Partial<Exchange> = {
  url: '/acme/scim/v2/Users?count=1000&startIndex=1',
  ...named('Go-http-client/1.1'),
}

const sent: fc.Arbitrary<Partial<Exchange>> = fc.constantFrom<Partial<Exchange>>(
  probe,
  probe,
  { url: '/acme/scim/v2/Schemas' },
  named('curl/8.5.0'),
  named('Okta SCIM Client 1.0.0'),
  named('Google-Auto-Provisioning'),
  named('Go-http-client/1.1'),
  pocketIdList,
  named('scim-compliance'),
  { url: '/acme/scim/v2/Users?filter=userName+eq+%22scim-check-k3f9a-1%22' },
  { method: 'PUT', status: 200 },
  { operation: 'look-up' },
  { method: 'POST', status: 201, operation: 'create' },
  { method: 'POST', status: 409, operation: 'create' },
  { method: 'DELETE', status: 204, operation: 'delete' },
  { status: 401, refusal: 'expired', operation: 'rejected' },
  { parent: 'bulk', method: 'POST', status: 201, operation: 'create' },
  { replayOf: 'exchange-1' },
  patched('Replace'),
  patched('replace'),
)

/** Requests of clients in the order of their responses: some after a pause, some before an earlier one. */
const journals: fc.Arbitrary<readonly UnanalyzedExchange[]> = fc
  .array(
    fc.record({
      what: sent,
      tenant: fc.constantFrom('acme', 'other'),
      token: fc.constantFrom('t1', 't2', undefined),
      gap: fc.constantFrom(-500, 0, 10, 1000, 40_000, 400_000),
    }),
    { maxLength: 40 },
  )
  .map(list => {
    let at = 0
    return list.map(({ what, tenant, token, gap }, index) => {
      at += gap
      const rest = {
        tenant,
        at,
        tenantTime: at,
        ...(token !== undefined && { token: { id: token, ending: 'k3f9' } }),
        ...what,
      }
      return { position: index + 1, exchange: anExchange(index + 1, rest) }
    })
  })

/** Analyzes a journal in batches of these lengths, repeated; returns the stored result. */
async function analyzed(journal: readonly UnanalyzedExchange[], lengths: readonly number[]) {
  const cycles = new Map<string, Cycle>()
  const notes: unknown[] = []
  const stored = new Map<string, TokenClient>()
  let last = indexByClient([])
  const clients = createTokenClients({
    tokenClients: async tokens =>
      tokens.flatMap(({ tenant, token }) => stored.get(`${tenant} ${token}`) ?? []),
  })
  for (let turn = 0; notes.length < journal.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1
    const rows = journal.slice(notes.length, notes.length + length)
    if (turn % 3 === 2) clients.clear()
    await clients.load(rows.map(({ exchange }) => exchange))
    const portion = await analyzeBatch(rows, last, {
      clients: clients.startBatch(),
      diagnose: ({ action }) => [{ id: action, detail: action }],
      atOnce: (turn % 3) + 1,
      isPending: () => false,
      pause: () => Promise.resolve(),
    })
    for (const cycle of portion.cycles) cycles.set(cycle.id, cycle)
    for (const client of portion.tokenClients) stored.set(`${client.tenant} ${client.token}`, client)
    clients.markSaved(portion.tokenClients)
    notes.push(...portion.items.map(({ position, exchange }) => [position, exchange.notes]))
    last = portion.latestCycles
  }
  return { cycles: [...cycles.values()], notes, tokens: [...stored.values()], last: [...last] }
}

t.test('the size of batches has no effect on cycles and notes', async () => {
  await assertProperty(
    fc.asyncProperty(
      journals,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      async (journal, lengths) => {
        assert.deepEqual(await analyzed(journal, lengths), await analyzed(journal, [journal.length]))
      },
    ),
  )
})

t.test('each request of a client is counted in one cycle', async () => {
  await assertProperty(
    fc.asyncProperty(journals, async journal => {
      const { cycles, notes } = await analyzed(journal, [3])
      const counted = cycles.reduce((sum, { requests }) => sum + requests, 0)
      const inCycles = journal.filter(
        ({ exchange }, at) =>
          exchange.parent === undefined && (notes[at] as [number, Exchange['notes']])[1]?.cycle !== undefined,
      )
      assert.equal(counted, inCycles.length)
      assert.ok(cycles.every(({ started, last }) => started <= last))
    }),
  )
})
