import type { Logger } from 'pino'
import t from 'tap'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import { createFailureLog, startJobLog } from '../../src/server/job-log.ts'
import { buildTestConsole } from './console/console-app.ts'

type Line = Readonly<Record<string, unknown>> & { readonly msg: string }

function collectLines() {
  const lines: Line[] = []
  const log = {
    info: (facts: object, msg: string) => void lines.push({ ...facts, msg }),
  } as unknown as Logger
  return { lines, log }
}

const probe = (end: string) => `/Users?filter=userName+eq+%2200000000-0000-4000-8000-00000000000${end}%22`
const nameOf = (userName: string, displayName = userName) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  ...{ userName, displayName, active: true, name: { givenName: 'A', familyName: 'B' } },
})

t.test('a cycle that has ended and an object that begins to fail have a line each', async t => {
  const { asEntra, client, deps, advance, tenant, callApi } = await buildTestConsole(t, 'aws')
  const { lines, log } = collectLines()
  t.teardown(startJobLog({ ...deps, clock: Date.now }, log))
  const analyzed = () => callApi('GET', '/api/v1/findings')

  await asEntra.get(probe('1'))
  await asEntra.create('Users', nameOf('lisa'))
  for (const _attempt of ['first', 'second']) await asEntra.post('/Users', nameOf('bart', ''))
  await client.post('/Users', nameOf('moe', ''))
  await analyzed()
  const { items } = await deps.journal.page({ limit: 10 })
  const refused = items.findLast(({ status }) => status === 400)
  t.same(lines, [
    {
      ...{ tenant: tenant.id, request: refused?.id, action: 'create user', status: 400, type: 'User' },
      ...{ rule: 'aws/no-empty-text', msg: 'an object began to fail' },
    },
  ])

  await advance(40 * 60_000)
  await asEntra.get(probe('2'))
  await analyzed()
  t.match(lines.slice(1), [
    {
      ...{ tenant: tenant.id, cycle: String, kind: 'cycle', client: 'entra', requests: 4 },
      ...{ created: 1, modified: 0, disabled: 0, deleted: 0, failed: 2 },
      ...{ milliseconds: Number, msg: 'a cycle ended' },
    },
  ])
  t.notMatch(JSON.stringify(lines), /bart|lisa/)
})

t.test('an object that fails again after a success is reported again, and a throttled one never', t => {
  const { lines, log } = collectLines()
  const { see } = createFailureLog(log)
  const request = (status: number) => ({
    ...{
      id: '1',
      tenant: 'acme',
      method: 'PATCH',
      action: 'disable user',
      status,
      notes: { client: 'entra' },
    },
    target: { type: 'User', id: 'u1', label: 'bart' },
  })
  for (const status of [429, 400, 400, 204, 400]) see(request(status) as Exchange)
  t.equal(lines.length, 2)
  t.match(lines[0], { object: 'u1', status: 400 })
  t.end()
})

t.test('only a hundred objects a minute have a line of their own', t => {
  const { lines, log } = collectLines()
  const { see, summarize } = createFailureLog(log)
  for (let at = 0; at < 250; at++) {
    const target = { type: 'User', label: `user ${at}` }
    see({
      id: '1',
      method: 'POST',
      action: 'create user',
      status: 400,
      notes: { client: 'entra' },
      target,
    } as Exchange)
  }
  summarize()
  t.equal(lines.length, 101)
  t.same(lines.at(-1), { objects: 150, msg: 'more objects began to fail' })
  summarize()
  t.equal(lines.length, 101)
  t.end()
})
