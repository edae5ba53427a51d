import { readFileSync } from 'node:fs'
import t from 'tap'
import { detectClient, detectDialect } from '../../../../src/insight/analysis/client.ts'
import { isConvincing, products, type RecognizedClient } from '../../../../src/scim/recognition/products.ts'
import { canSend, fingerprints, recognize } from '../../../../src/scim/recognition/recognize.ts'
import { anExchange } from '../../../contract/journal.ts'
import { type ClientFixture, clientFixtures } from '../../../support/client-fixtures.ts'
import { patchOp } from '../../../support/scim.ts'

type Sent = Pick<ClientFixture, 'method' | 'path' | 'headers' | 'body'>

const exchangeOf = ({ method, path, headers = {}, body }: Sent, userAgent?: string) =>
  anExchange(1, {
    method,
    url: `/acme/scim/v2${path}`,
    request: {
      headers: { ...headers, ...(userAgent !== undefined && { 'user-agent': userAgent }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
  })

const label = ({ rule, product, method, path }: ClientFixture) => `${rule} ${product}: ${method} ${path}`
const shown = (product: RecognizedClient['product'], evidence: RecognizedClient['evidence'] | undefined) =>
  evidence && { product, evidence }

t.test('each product is recognized by its User-Agent, and by its marks without one', async t => {
  for (const fixture of clientFixtures) {
    const { product, userAgent, evidence, withoutName } = fixture
    t.same(recognize(exchangeOf(fixture, userAgent)), shown(product, evidence), label(fixture))
    const { 'user-agent': _empty, ...headers } = fixture.headers ?? {}
    const isEmpty = fixture.headers?.['user-agent'] === ''
    t.same(
      recognize(exchangeOf(isEmpty ? fixture : { ...fixture, headers })),
      shown(product, withoutName),
      `${label(fixture)}, without a User-Agent`,
    )
  }
  t.same(
    [...new Set(clientFixtures.map(({ rule }) => rule))],
    Array.from({ length: 14 }, (_, at) => `OC-0${at + 10}`),
  )
})

t.test('OC-004 marks never overrule the name of another vendor', async t => {
  for (const fixture of clientFixtures) {
    for (const [userAgent, named] of [
      ['Google-Auto-Provisioning', 'google'],
      ['okta scim client/2.0', 'okta'],
    ] as const) {
      t.same(recognize(exchangeOf(fixture, userAgent)), { product: named, evidence: 'named' }, label(fixture))
    }
  }
})

t.test('OC-004 a User-Agent that names nobody contradicts clients with a known one', async t => {
  for (const fixture of clientFixtures) {
    const found = recognize(exchangeOf(fixture, 'MyScript/1.0'))
    t.ok(found === undefined || ['jumpcloud', 'onelogin'].includes(found.product), label(fixture))
  }
})

t.test('OC-005 names match in any case and of any version', async t => {
  const get = { method: 'GET', path: '/Users' } as const
  for (const [userAgent, product] of [
    ['Okta SCIM Client/2.0', 'okta'],
    ['OKTA scim client', 'okta'],
    ['OneLogin SCIM Provisioner/2.0', 'onelogin'],
    ['JumpCloud SCIM Client/2.0', 'jumpcloud'],
    ['authentik/2024.10.5', 'authentik'],
    ['Azure Active Directory SCIM Client', 'entra'],
    ['curl/8.5.0', 'curl'],
    ['PostmanRuntime/7.39.0', 'postman'],
    ['scim-compliance', 'scim-compliance'],
  ] as const)
    t.same(recognize(exchangeOf(get, userAgent)), { product, evidence: 'named' }, userAgent)
  for (const userAgent of ['SailPoint-IdentityNow', 'python-requests/2.32', 'libcurl-agent/1.0', go])
    t.equal(recognize(exchangeOf(get, userAgent)), undefined, userAgent)
})

const go = 'Go-http-client/1.1'

t.test('every product has one fingerprint, and every mark tells it from the bare request', async t => {
  t.same(fingerprints.map(({ product }) => product).sort(), [...products].sort())
  const bare = exchangeOf({ method: 'GET', path: '/Users/1' })
  t.equal(recognize(bare), undefined)
  for (const { product } of fingerprints) t.equal(canSend(product, bare), true, product)
})

type Line = Sent & { readonly name: string }

const recorded: readonly Line[] = readFileSync(
  new URL('../../../idp/entra-wire.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map(line => {
    const { headers, ...rest } = JSON.parse(line)
    const lower = Object.entries(headers as Record<string, string>).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ])
    return { ...rest, headers: Object.fromEntries(lower) }
  })

t.test('Entra ID’s recorded requests stay Entra ID’s', async t => {
  t.ok(recorded.length > 70)
  for (const line of recorded) {
    const exchange = exchangeOf(line)
    t.ok([undefined, 'entra'].includes(recognize(exchange)?.product), line.name)
    t.ok([undefined, 'entra'].includes(detectClient(exchange)?.kind), line.name)
    t.not(detectDialect(exchange), 'other', line.name)
  }
})

t.test('what Okta sends without a User-Agent is in none of Entra ID’s formats', async t => {
  const patch = (...operations: readonly object[]) =>
    exchangeOf({ method: 'PATCH', path: '/Groups/1', body: patchOp(...operations) })
  const rename = { op: 'replace', value: { id: '1', displayName: 'Ops' } }
  const add = { op: 'add', path: 'members', value: [{ value: '2', display: 'ines' }] }
  const whole = { op: 'replace', value: { displayName: 'Ops', members: add.value } }
  for (const operation of [rename, add, whole]) {
    t.equal(detectDialect(patch(operation)), undefined, JSON.stringify(operation))
    t.not(detectClient(patch(operation))?.kind, 'entra')
  }
  t.equal(detectDialect(patch(rename, add)), 'other', 'two marks')
  t.same(detectClient(patch(rename, add)), {
    kind: 'service',
    recognized: { product: 'okta', evidence: 'shaped' },
    certain: true,
  })
})

t.test('OC-004 without a User-Agent, capitalized operations are Entra ID’s, whatever else fits', async t => {
  const exchange = exchangeOf({
    method: 'PATCH',
    path: '/Groups/1',
    headers: { 'accept-charset': 'utf-8' },
    body: patchOp(
      { op: 'Add', path: 'members', value: [{ value: '2', display: 'ines' }] },
      { op: 'replace', value: { id: '1', displayName: 'Ops' } },
    ),
  })
  t.same(recognize(exchange), { product: 'entra', evidence: 'shaped' })
  t.equal(detectDialect(exchange), 'default')
})

t.test('OC-002 only names and shapes are convincing', async t => {
  t.same(
    (['named', 'shaped', 'perhaps'] as const).filter(evidence => isConvincing({ product: 'okta', evidence })),
    ['named', 'shaped'],
  )
})

t.test('a request can be Entra ID’s only with Microsoft’s name or none, and never a PUT', async t => {
  const put = { method: 'PUT', path: '/Users/1' } as const
  const get = { method: 'GET', path: '/Users/1' } as const
  t.equal(canSend('entra', exchangeOf(put)), false)
  t.equal(canSend('entra', exchangeOf(get, '')), true)
  t.equal(canSend('entra', exchangeOf(get, 'Microsoft-Azure')), true)
  t.equal(canSend('entra', exchangeOf(get, 'python-requests/2.32')), false)
  t.equal(canSend('ssosync', exchangeOf(get, go)), true)
  t.equal(canSend('okta', exchangeOf(get, go)), false)
  t.equal(canSend('jumpcloud', exchangeOf(get, go)), true)
  t.equal(canSend('jumpcloud', exchangeOf(get, 'Okta SCIM Client 1.0.0')), false)
})

t.test('bodies of any kind, and truncated ones, are harmless', async t => {
  for (const body of [
    '',
    '[1]',
    '{"Operations":',
    '{"Operations":[null,{"op":1}]}',
    '{"schemas":5,"emails":"x"}',
  ])
    for (const method of ['POST', 'PUT', 'PATCH'])
      t.equal(
        recognize(anExchange(1, { method, request: { headers: {}, body } })),
        undefined,
        `${method} ${body}`,
      )
  const cut = '{"schemas":["x"],"Operations":[{"op":"Add","path":"members","value":[{"val'
  t.same(
    recognize(anExchange(1, { method: 'PATCH', request: { headers: {}, body: cut, cutFrom: 99_999 } })),
    {
      product: 'entra',
      evidence: 'shaped',
    },
  )
})
