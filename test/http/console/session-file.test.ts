import { createHash } from 'node:crypto'
import t from 'tap'
import { exportSession } from '../../../src/console/export/session.ts'
import { sessionViewer } from '../../../src/console/routes/session-file.ts'
import { createSampleRuns } from '../../../src/console/sample-runs.ts'
import type { Exchange } from '../../../src/domain/journal/exchange.ts'
import { anExchange } from '../../contract/journal.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { itemsOf } from '../../support/session-file.ts'
import { buildTestConsole } from './console-app.ts'

const hostile = '</script><script>alert(1)</script><!--'

const policyOf = (html: string) => /content-security-policy" content="([^"]*)"/.exec(html)?.[1] ?? ''
const sourceOf = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

t.test('a session file has requests, cycles, findings, and resources with their history', async t => {
  const { tenant, client, callApi, console } = await buildTestConsole(t)
  const anna = (await client.post('/Users', aUser('anna', { displayName: hostile }))).body
  const group = (await client.post('/Groups', aGroup('Sales', [anna.id]))).body
  await client.patch(`/Users/${anna.id}`, patchOp({ op: 'replace', path: 'active', value: false }))
  await client.delete(`/Groups/${group.id}`)
  const response = await console.inject(`/api/v1/tenants/${tenant.id}/session`)
  t.equal(response.statusCode, 200)
  t.match(response.headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-disposition': `attachment; filename="${tenant.id}-session.html"`,
    'content-security-policy': /default-src 'none'/,
  })
  const html = response.body
  const get = async (path: string) => (await callApi('GET', `/api/v1${path}`)).body

  t.match(itemsOf(html).session, [
    {
      tenant: tenant.id,
      profile: 'rfc',
      version: '1.2.3',
      types: [{ name: 'User', plural: 'Users' }, { name: 'Group' }],
      headline: /^[A-Z0-9].*\.$/,
      test: undefined,
    },
  ])
  const requests = itemsOf(html).requests
  const listed = (await get(`/exchanges?tenant=${tenant.id}`)).items
  t.equal(requests.length, 4)
  t.same(
    requests,
    await Promise.all(listed.map(({ id }: { id: string }) => get(`/exchanges/${id}`))),
    'the requests are those of the journal',
  )
  t.same(itemsOf(html).cycles, (await get(`/cycles?tenant=${tenant.id}`)).items)
  t.same(itemsOf(html).findings, (await get(`/findings?tenant=${tenant.id}`)).items)
  const resources = itemsOf(html).resources
  t.same(
    resources.map(({ resource }) => [resource.type, resource.id]),
    [
      ['User', anna.id],
      ['Group', group.id],
    ],
    'deleted ones are included',
  )
  const withoutCauses = ({ items }: { items: { cause?: unknown }[] }) =>
    items.map(({ cause: _cause, ...entry }) => entry)
  t.same(resources[0]?.history, withoutCauses(await get(`/tenants/${tenant.id}/users/${anna.id}/history`)))
  t.same(resources[1]?.history, withoutCauses(await get(`/tenants/${tenant.id}/groups/${group.id}/history`)))

  t.test('text of a client is data', async t => {
    t.equal(resources[0]?.resource.display, hostile)
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes = '']) => attributes.trim())
    t.same(
      new Set(scripts.map(attributes => attributes.replace(/data-block="\w+"/, 'data-block'))),
      new Set(['type="application/json" data-block', 'type="application/gzip" data-block', 'type="module"']),
    )
    t.notMatch(html, '<!--')
  })

  t.test('only the viewer runs, and nothing is loaded', async t => {
    const script = /<script type="module">(.*?)<\/script>/s.exec(html)?.[1]
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1]
    t.equal(
      policyOf(html),
      `default-src 'none'; base-uri 'none'; form-action 'none'; script-src ${sourceOf(script)}; style-src ${sourceOf(style)}; require-trusted-types-for 'script'`,
    )
    t.notMatch(script, /\bfetch\(|XMLHttpRequest|EventSource|import\(/)
    t.ok(html.endsWith('</script>\n</body>\n</html>\n'), 'the viewer is last')
  })
})

t.test('a query selects the requests of a session file', async t => {
  const { tenant, client, callApi, console } = await buildTestConsole(t)
  await client.post('/Users', aUser('anna'))
  await client.get('/Users')
  const html = (await console.inject(`/api/v1/tenants/${tenant.id}/session?q=method%3AGET`)).body
  t.match(itemsOf(html).session, [{ q: 'method:GET' }])
  t.same(
    itemsOf(html).requests.map(({ method }) => method),
    ['GET'],
  )
  t.equal(itemsOf(html).resources.length, 1)
  t.match(await callApi('GET', `/api/v1/tenants/${tenant.id}/session?q=colour%3Ared`), {
    status: 400,
    body: { type: 'urn:scimulator:problem:invalid-query' },
  })
  t.match(await callApi('GET', '/api/v1/tenants/nobody/session'), {
    status: 404,
    body: { type: 'urn:scimulator:problem:not-found' },
  })
})

t.test('a session file has no requests of other tenants', async t => {
  const { tenant, client, deps, console } = await buildTestConsole(t)
  deps.journal.record(anExchange(1, { tenant: 'other' }))
  await client.get('/Users')
  const html = (await console.inject(`/api/v1/tenants/${tenant.id}/session`)).body
  t.same(
    itemsOf(html).requests.map(({ tenant }) => tenant),
    [tenant.id],
  )
})

t.test('100,000 requests are exported in portions, and other work runs in between', async t => {
  const { tenant, deps } = await buildTestConsole(t)
  const exchange = anExchange(1, { tenant: tenant.id })
  async function* batches(): AsyncGenerator<readonly Exchange[]> {
    for (let number = 0; number < 1000; number++) yield new Array<Exchange>(100).fill(exchange)
  }
  const scope = {
    tenant,
    types: [],
    search: [],
    q: undefined,
    headline: '',
    test: undefined,
    signal: new AbortController().signal,
  }
  const journal = { ...deps.journal, batches }
  let turns = 0
  const countTurn = () => {
    turns++
    turn = setImmediate(countTurn)
  }
  let turn = setImmediate(countTurn)
  const portions: string[] = []
  const file = exportSession(scope, await sessionViewer(), {
    ...deps,
    journal,
    version: '1.2.3',
    sampleRuns: createSampleRuns(Date.now),
  })
  for await (const portion of file) portions.push(portion)
  clearImmediate(turn)
  t.equal(itemsOf(portions.join('')).requests.length, 100_000)
  const longest = Math.max(...portions.map(({ length }) => length))
  t.ok(longest < 300 * 1024, `the longest portion has ${longest} characters`)
  t.ok(turns > 20, `${turns} turns of the event loop`)
})

t.test('the session of a failed test has its name, as text', async t => {
  const { tenant, console } = await buildTestConsole(t)
  const query = new URLSearchParams({ test: hostile })
  const { body } = await console.inject(`/api/v1/tenants/${tenant.id}/session?${query}`)
  t.match(itemsOf(body).session, [{ test: hostile, headline: /^Nothing has connected yet\./ }])
  t.notMatch(body, hostile)
})
