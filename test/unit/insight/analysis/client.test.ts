import t from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import { detectClient, detectDialect, isSuccessfulProbe } from '../../../../src/insight/analysis/client.ts'
import type { Product } from '../../../../src/scim/recognition/products.ts'
import { anExchange } from '../../../contract/journal.ts'
import { patchOp } from '../../../support/scim.ts'

const guid = '%22d2c1b0a9-0000-4000-8000-000000000001%22'
const users = '/acme/scim/v2/Users'

const shown = (userAgent: string, rest: Partial<Exchange> = {}) =>
  detectClient(anExchange(1, { request: { headers: { 'user-agent': userAgent } }, ...rest }))

t.test('a client is identified by its User-Agent', async t => {
  const named = (product: Product | undefined) =>
    product && { recognized: { product, evidence: 'named' } as const }
  for (const [userAgent, kind, name, product] of [
    ['curl/8.5.0', 'ad-hoc', 'curl', 'curl'],
    ['k6/0.49.0 (https://k6.io/)', 'ad-hoc', 'k6', undefined],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'ad-hoc', 'Mozilla', undefined],
    ['Okta SCIM Client 1.0.0', 'service', 'Okta SCIM Client', 'okta'],
    ['Google-Auto-Provisioning', 'service', 'Google-Auto-Provisioning', 'google'],
    ['authentik@2026.1', 'service', 'authentik@2026.1', 'authentik'],
    ['SailPoint IdentityNow/3', 'service', 'SailPoint IdentityNow', undefined],
  ] as const) {
    t.same(shown(userAgent), { kind, name, certain: true, ...named(product) }, userAgent)
  }
  t.same(shown('scim-compliance'), { kind: 'compliance', certain: true })
  t.same(shown('Microsoft-Azure-SCIM'), { kind: 'entra', certain: true, ...named('entra') })
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
      { ...certain, recognized: { product: 'entra', evidence: 'shaped' } },
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

const patch = (operations: readonly object[], headers = {}, rest: Partial<Exchange> = {}) =>
  detectDialect(
    anExchange(1, {
      method: 'PATCH',
      url: '/acme/scim/v2/Users/1',
      request: { headers, body: JSON.stringify(patchOp(...operations)) },
      ...rest,
    }),
  )

const curl = { 'user-agent': 'curl/8.5.0' }

t.test('capitalized operations are of the default dialect, whatever the client', async t => {
  t.equal(patch([{ op: 'Replace', path: 'active', value: 'False' }]), 'default')
  t.equal(patch([{ op: 'Add', path: 'nickName', value: 'Babs' }], { 'user-agent': '' }), 'default')
  t.equal(patch([{ op: 'Remove', path: 'members', value: [{ value: '1' }] }]), 'default')
  t.equal(patch([{ op: 'Replace', path: 'active', value: 'False' }], curl), 'default')
})

t.test('spaces before the body are ignored', async t => {
  const body = `\n  ${JSON.stringify(patchOp({ Op: 'Replace', path: 'active', value: 'False' }), null, 2)}`
  t.equal(detectDialect(anExchange(1, { method: 'PATCH', request: { headers: {}, body } })), 'default')
})

t.test('a truncated body that begins like that is recognized, too', async t => {
  const body = '{"schemas":["x"],"Operations":[{"op":"Add","path":"members","value":[{"val'
  const cut = (op: string) =>
    detectDialect(
      anExchange(1, {
        method: 'PATCH',
        request: { headers: {}, body: body.replace('Add', op), cutFrom: 99_999 },
      }),
    )
  t.equal(cut('Add'), 'default')
  t.equal(cut('add'), undefined)
})

t.test('paths as names show the flag, whatever the client', async t => {
  const dotted = { op: 'replace', value: { 'name.givenName': 'Marge', title: 'Mayor' } }
  const urn = {
    op: 'add',
    value: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department': 'x' },
  }
  t.equal(patch([dotted]), 'aadOptscim062020')
  t.equal(patch([urn]), 'aadOptscim062020')
  t.equal(patch([dotted], curl), 'aadOptscim062020')
})

t.test(
  'operations in the flag’s format that other clients also send show the flag only without a User-Agent',
  async t => {
    for (const operation of [
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', value: { displayName: 'Marge', title: 'Mayor' } },
      { op: 'add', path: 'members', value: [{ value: '1' }] },
      { op: 'remove', path: 'members[value eq "1"]' },
      { op: 'remove', path: 'manager[value eq "1"]' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'marge@example.com' },
    ]) {
      t.equal(patch([operation]), 'aadOptscim062020', JSON.stringify(operation))
      t.equal(patch([operation], { 'user-agent': ' ' }), 'aadOptscim062020')
      t.equal(patch([operation], { 'user-agent': 'Microsoft-Azure' }), 'aadOptscim062020')
      t.equal(patch([operation], curl), 'other')
      t.equal(patch([operation], {}, { parent: 'bulk' }), 'other', 'as part of a bulk request')
    }
  },
)

t.test('requests that match neither dialect show none', async t => {
  t.equal(patch([{ op: 'replace', path: 'active', value: 'False' }]), undefined)
  t.equal(patch([{ op: 'remove', path: 'members', value: [{ value: '1' }] }]), undefined)
  t.equal(patch([{ op: 'replace', value: { name: { givenName: 'Marge' } } }]), undefined)
  t.equal(patch([{ op: 'REPLACE', path: 'active', value: true }]), undefined)
  t.equal(patch([]), undefined)
  t.equal(
    detectDialect(anExchange(1, { method: 'PATCH', request: { headers: {}, body: '{"Operations":' } })),
    undefined,
  )
  t.equal(detectDialect(anExchange(1, { method: 'PATCH', request: { headers: {}, body: '[1]' } })), undefined)
  t.equal(detectDialect(anExchange(1, { method: 'PATCH', request: { headers: {} } })), undefined)
})

t.test('requests with a User-Agent, or of a kind that Entra never sends, show another client', async t => {
  const dialectShownBy = (method: string, url: string, headers = {}) =>
    detectDialect(anExchange(1, { method, url, request: { headers } }))
  t.equal(dialectShownBy('GET', '/acme/scim/v2/Users'), undefined)
  t.equal(dialectShownBy('POST', '/acme/scim/v2/Users'), undefined)
  t.equal(dialectShownBy('GET', '/acme/scim/v2/Users', curl), 'other')
  t.equal(dialectShownBy('GET', '/acme/scim/v2/Users', { 'user-agent': 'Okta SCIM Client 1.0.0' }), 'other')
  t.equal(dialectShownBy('PUT', '/acme/scim/v2/Users/1'), 'other')
  t.equal(dialectShownBy('POST', '/acme/scim/v2/Bulk'), 'other')
  t.equal(dialectShownBy('POST', '/acme/scim/v2/Users/.search?x=1'), 'other')
})
