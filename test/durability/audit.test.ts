import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Data } from '../../bench/servers.ts'
import { serve } from '../../scripts/endure/server.ts'
import type { AuditEntry } from '../../src/domain/contract/audit.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'

/** A receiver of webhooks that never responds. `received` resolves with the first message. */
async function silentReceiver(t: Test) {
  const server = createServer().listen(0, '127.0.0.1')
  const received = once(server, 'request')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

const listEntries = async (console: string): Promise<readonly AuditEntry[]> => {
  const response = await fetch(`${console}/api/v1/audit`)
  const { items } = (await response.json()) as { readonly items: readonly AuditEntry[] }
  return items
}

/** Kills the server during an operation. */
async function describeKill(t: Test, data: Data): Promise<void> {
  const { url, received } = await silentReceiver(t)
  const server = await serve(data, { flags: [`--webhook=${url}`] })
  t.teardown(() => server.end('SIGKILL'))
  await fetch(`${server.console}/api/v1/faults/none`, { method: 'DELETE' })
  const request = fetch(`${server.console}/api/v1/webhooks/test`, { method: 'POST' }).catch(() => 'lost')
  await received
  const during = await listEntries(server.console)
  t.match(during[0], { operation: 'testWebhooks', status: undefined })
  await server.end('SIGKILL')
  t.equal(await request, 'lost')

  const next = await serve(data)
  t.teardown(() => next.end('SIGKILL'))
  const after = await listEntries(next.console)
  t.same(after, during)
  t.same(
    after.map(({ id: _id, at: _at, ...rest }) => rest),
    [
      {
        ...{ caller: { kind: 'open' }, operation: 'testWebhooks', objects: [], objectCount: 0 },
        address: '127.0.0.1',
      },
      {
        ...{ caller: { kind: 'open' }, operation: 'deleteFault', objects: ['none'], objectCount: 1 },
        ...{ status: 404, problem: 'not-found', address: '127.0.0.1' },
      },
    ],
  )
}

t.test('TS-170 an operation during which the server is killed has an entry without a status', async t => {
  await describeKill(t, `${t.testdir()}/scimulator.db`)
})

t.test('TS-170 the same on PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  await describeKill(t, await createSchema(t))
})
