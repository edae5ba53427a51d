import t from 'tap'
import {
  type CallRequest,
  createCall,
  InvalidIdError,
  type Item,
  type PageKey,
  toRequest,
} from '../../../src/contract/client.ts'
import type { Token } from '../../../src/contract/tokens.ts'

t.test('calls of an operation', async t => {
  t.test('a call fills the path, adds the query and omits undefined values', async t => {
    t.same(
      toRequest('GET /tenants/:tenant/tokens', {
        params: { tenant: 'acme' },
        query: { limit: 5, cursor: undefined },
      }),
      { method: 'GET', path: '/api/v1/tenants/acme/tokens?limit=5' },
    )
  })

  t.test('a call encodes ids, including lone surrogates', async t => {
    const { path } = toRequest('DELETE /tenants/:tenant/tokens/:token', {
      params: { tenant: 'a/b?c', token: '\ud800' },
    })
    t.equal(path, '/api/v1/tenants/a%2Fb%3Fc/tokens/%EF%BF%BD')
  })

  t.test('a call rejects ids that address something else', async t => {
    for (const tenant of ['', '.', '..'])
      t.throws(() => toRequest('GET /tenants/:tenant/tokens', { params: { tenant } }), InvalidIdError)
  })

  t.test('a call sends the body and the signal, and returns the result of the transport', async t => {
    const sent: CallRequest[] = []
    const call = createCall(async request => {
      sent.push(request)
      return { value: 'secret' }
    })
    const { signal } = new AbortController()
    const issued = await call('POST /tenants/:tenant/tokens', {
      params: { tenant: 'acme' },
      body: { access: 'read' },
      signal,
    })
    t.equal(issued.value, 'secret')
    t.same(sent, [{ method: 'POST', path: '/api/v1/tenants/acme/tokens', body: { access: 'read' }, signal }])
  })

  t.test('a list of pages has the keys of its items', async t => {
    const key: PageKey = 'GET /tenants/:tenant/tokens'
    const id = (token: Item<typeof key>): string => (token satisfies Token).id
    t.type(id, 'function')
  })
})
