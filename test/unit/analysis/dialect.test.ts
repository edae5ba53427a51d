import t from 'tap'
import { detectDialect } from '../../../src/analysis/client.ts'
import type { Exchange } from '../../../src/journal/exchange.ts'
import { anExchange } from '../../contract/journal.ts'
import { patchOp } from '../../support/scim.ts'

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
