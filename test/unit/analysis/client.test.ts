import t from 'tap'
import { detectClient, isSuccessfulProbe } from '../../../src/analysis/client.ts'
import type { Exchange } from '../../../src/journal/exchange.ts'
import { anExchange } from '../../contract/journal.ts'

const guid = '%22d2c1b0a9-0000-4000-8000-000000000001%22'
const users = '/acme/scim/v2/Users'

const shown = (userAgent: string, rest: Partial<Exchange> = {}) =>
  detectClient(anExchange(1, { request: { headers: { 'user-agent': userAgent } }, ...rest }))

t.test('a client is identified by its User-Agent', async t => {
  for (const [userAgent, kind, name] of [
    ['curl/8.5.0', 'ad-hoc', 'curl'],
    ['k6/0.49.0 (https://k6.io/)', 'ad-hoc', 'k6'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'ad-hoc', 'Mozilla'],
    ['Okta SCIM Client 1.0.0', 'service', 'Okta SCIM Client'],
    ['Google-Auto-Provisioning', 'service', 'Google-Auto-Provisioning'],
    ['authentik@2026.1', 'service', 'authentik@2026.1'],
  ] as const) {
    t.same(shown(userAgent), { kind, name, certain: true }, userAgent)
  }
  t.same(shown('scim-compliance'), { kind: 'compliance', certain: true })
  t.same(shown('Microsoft-Azure-SCIM'), { kind: 'entra', certain: true })
  t.equal(shown(`x${' '.repeat(16_000)}1`)?.name, 'x', 'a long name')
})

t.test(
  'a client without a User-Agent is Entra ID if it writes as Entra ID does, or looks up a GUID',
  async t => {
    const request = (headers: Record<string, string>, body?: object) => ({
      request: { headers, ...(body && { body: JSON.stringify(body) }) },
    })
    const charset = { 'content-type': 'application/scim+json; charset=utf-8' }
    const certain = { kind: 'entra', certain: true }
    t.same(shown('', { method: 'POST', url: users, ...request(charset) }), certain)
    t.same(
      shown('', {
        method: 'PATCH',
        ...request({}, { Operations: [{ op: 'Replace', path: 'title', value: 'Mayor' }] }),
      }),
      certain,
    )
    t.same(shown('', { url: `${users}?filter=userName+eq+${guid}` }), { kind: 'entra', certain: false })
    t.equal(shown('', { url: users }), undefined)
    t.equal(
      shown('', { method: 'POST', url: users, ...request({ 'content-type': 'application/json' }) }),
      undefined,
    )
    t.same(shown('', { method: 'PUT', ...request(charset) }), { kind: 'ad-hoc', certain: true })
  },
)

t.test('requests with the mark of the compliance suite belong to it, whatever their User-Agent', async t => {
  const url = `${users}?filter=userName+eq+%22scim-check-k3f9a-17%22`
  for (const userAgent of ['', 'curl/8.5.0']) {
    t.same(shown(userAgent, { url }), { kind: 'compliance', certain: true })
  }
})

t.test('a successful probe returns an empty list', async t => {
  const probe = (url: string, status: number, totalResults: number) =>
    isSuccessfulProbe(
      anExchange(1, { url, status, response: { headers: {}, body: JSON.stringify({ totalResults }) } }),
    )
  const byName = `${users}?filter=userName+eq+${guid}`
  t.equal(probe(byName, 200, 0), true)
  t.equal(probe(byName.replaceAll('+', '%20'), 200, 0), true)
  t.equal(probe(byName, 200, 1), false)
  t.equal(probe(byName, 404, 0), false)
  t.equal(probe(`${users}?filter=externalId+eq+${guid}`, 200, 0), false, 'an objectId that is looked up')
  t.equal(probe(`${users}?filter=userName+eq+%22marge%22`, 200, 0), false)
})
