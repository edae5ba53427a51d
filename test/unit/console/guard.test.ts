import t from 'tap'
import { createGuessLimit } from '../../../src/console/guard.ts'
import { createPageFiles } from '../../../src/console/page.ts'
import {
  type CallRequest,
  createCall,
  InvalidIdError,
  type Item,
  type PageKey,
  toRequest,
} from '../../../src/domain/contract/client.ts'
import type { Token } from '../../../src/domain/contract/tokens.ts'

t.test('the page is bundled once for all requests', async t => {
  let bundlings = 0
  const pageFiles = createPageFiles(async () => {
    bundlings++
    return [Buffer.from('script'), Buffer.from('style')]
  })
  const [one, other] = await Promise.all([pageFiles(), pageFiles()])
  t.equal(one, other)
  t.equal(await pageFiles(), one)
  t.equal(bundlings, 1)
})

t.test('a failed bundling is repeated by the next request', async t => {
  let isBroken = true
  const pageFiles = createPageFiles(async () => {
    if (isBroken) throw new Error('A file is being written.')
    return [Buffer.from('script'), Buffer.from('style')]
  })
  await t.rejects(pageFiles(), { message: 'A file is being written.' })
  isBroken = false
  const { assets } = await pageFiles()
  t.same(
    [...assets.values()].slice(0, 2).map(({ content }) => content.toString()),
    ['script', 'style'],
  )
})

function limited() {
  let now = 1 // lru-cache takes 0 for no time
  const waits: number[] = []
  const limit = createGuessLimit({
    clock: () => now,
    pause: async milliseconds => waits.push(milliseconds),
  })
  const guess = async (address: string, times: number) => {
    for (let turn = 0; turn < times; turn += 1) {
      await limit.wait(address)
      limit.recordFailure(address)
    }
  }
  return { ...limit, guess, waits, pass: (milliseconds: number) => (now += milliseconds) }
}

t.test('after five wrong guesses, all requests of the address wait, and no others', async t => {
  const { guess, wait, waits } = limited()
  await guess('10.0.0.1', 5)
  t.same(waits, [], 'five guesses do not wait')
  await wait('10.0.0.1')
  await wait('10.0.0.1')
  await wait('10.0.0.2')
  t.same(waits, [250, 250])
})

t.test('an address is forgotten ten minutes after its last guess', async t => {
  const { guess, wait, waits, pass } = limited()
  await guess('10.0.0.1', 5)
  pass(10 * 60_000 - 1)
  await wait('10.0.0.1')
  pass(2)
  await wait('10.0.0.1')
  t.same(waits, [250])
})

t.test('the thousand addresses with the latest guesses are kept', async t => {
  const { guess, wait, waits } = limited()
  await guess('quiet', 5)
  await guess('busy', 5)
  for (let other = 0; other < 999; other += 1) await guess(`10.0.0.${other}`, 1)
  await wait('quiet')
  await wait('busy')
  t.same(waits, [250])
})

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
