import fc from 'fast-check'
import t from 'tap'
import {
  findCredentials,
  shownEnding,
  tokenPatterns,
  toTokenSecret,
} from '../../../../src/domain/journal/credentials.ts'
import { credentialsInForm, redactRecorded } from '../../../../src/domain/journal/redact-recorded.ts'
import { createRequestIdGenerator, newRequestId } from '../../../../src/domain/journal/request-id.ts'
import { findStrayTokens } from '../../../../src/domain/journal/stray-tokens.ts'
import { newTokenText } from '../../../../src/domain/tenants/tokens.ts'
import { createRedactor } from '../../../../src/scim/redaction/redactor.ts'
import { assertProperty } from '../../../support/property.ts'
import { aRecorded } from '../../../support/recorded.ts'

const token = 'AbC/d+e=f-0123456789k3f9'
const shown = '***…k3f9'
const hide = createRedactor([toTokenSecret(token)])

const percented = (text: string) =>
  [...text].map(character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
const escapedInJson = (text: string) =>
  [...text].map(character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

t.test('a token is removed in every form', async t => {
  const forms: Readonly<Record<string, string>> = {
    'as it is': token,
    'percent-encoded': encodeURIComponent(token),
    'percent-encoded in lower case': encodeURIComponent(token)
      .toLowerCase()
      .replace(/^.*$/, percented(token)),
    'percent-encoded twice': encodeURIComponent(encodeURIComponent(token)),
    'with slashes escaped, as PHP writes JSON': token.replaceAll('/', '\\/'),
    'with escapes of JSON': escapedInJson(token),
    'in JSON within a JSON string': JSON.stringify(escapedInJson(token)).slice(1, -1),
  }
  for (const [form, text] of Object.entries(forms)) {
    t.equal(createRedactor([]).redact(text), text)
    t.ok(hide.mayContainSecret(['x', `left ${text} right`]), form)
    t.equal(hide.redact(`left ${text} right ${text}`), `left ${shown} right ${shown}`, form)
  }
  t.notOk(hide.mayContainSecret(['/acme/scim/v2/Users', '', '{"a":"\\u0041 %41"}']))
})

t.test('a token is removed from base64, at any position', async t => {
  for (const before of ['', 'x', 'xy', 'xyz', 'user:'])
    for (const after of ['', 'z', 'zz'])
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`${before}${token}${after}`).toString(encoding)
        t.ok(hide.mayContainSecret([text]))
        t.equal(hide.redact(`a ${text}, b`), `a ${shown}, b`, `${before}…${after} as ${encoding}`)
      }
})

t.test('the mask is percent-encoded in a URL', async t => {
  t.equal(
    hide.redactUrl(`/acme/scim/v2/Users/${encodeURIComponent(token)}?a=${token}`),
    '/acme/scim/v2/Users/***%E2%80%A6k3f9?a=***%E2%80%A6k3f9',
  )
})

t.test('a token of this server is recognized by its form, even if it was not presented', async t => {
  const own = newTokenText()
  const none = createRedactor([], tokenPatterns)
  const end = own.slice(-4)
  t.ok(none.mayContainSecret([own]))
  t.equal(none.redact(`{"a":"${own}"}`), `{"a":"***…${end}"}`)
  t.equal(
    none.redactUrl(`/${own}/scim/v2/Users`),
    `/***${encodeURIComponent(`…${end}`)}/scim/v2/Users`,
    'slashes in it do not end a segment',
  )
  t.equal(
    none.redactUrl(`/${encodeURIComponent(own)}/scim/v2`),
    `/***${encodeURIComponent(`…${end}`)}/scim/v2`,
  )
  const tenant = '/scimulator-production-environment/scim/v2/Users/2819c223-7f76-453a-919d-413861904646'
  t.equal(none.redactUrl(tenant), tenant, 'a tenant with such a name is not a token')
})

const toBase64url = (text: string) => Buffer.from(text).toString('base64url')

t.test(
  'TS-021 a JWT is recognized by its form, whoever issued it, and no part of its signature is shown',
  async t => {
    const jwt = `${['{"alg":"ES256"}', '{"sub":"anna"}'].map(toBase64url).join('.')}.${'s-_9'.repeat(21)}Zz`
    const { redact, redactUrl, mayContainSecret } = createRedactor([], tokenPatterns)
    t.ok(mayContainSecret([jwt]))
    t.equal(redact(`{"a":"${jwt}","b":1}`), '{"a":"***…","b":1}')
    t.equal(redact(`{"a":"x\\n${jwt}"}`), '{"a":"x\\n***…"}', 'behind an escape of JSON')
    t.equal(redact(`a=${jwt}&b=${jwt}; c`), 'a=***…&b=***…; c')
    t.equal(
      redactUrl(`/acme/scim/v2/Users?filter=a%20eq%20%22${jwt}%22`),
      '/acme/scim/v2/Users?filter=a%20eq%20%22***%E2%80%A6%22',
    )
    const encrypted = `${toBase64url('{"alg":"dir","enc":"A256GCM"}')}..${'i'.repeat(16)}.${'c'.repeat(40)}.${'t'.repeat(22)}`
    t.equal(redact(`x ${encrypted} y`), 'x ***… y')
    for (const text of [
      'eyJhbGciOiJub25lIn0',
      'eyJhbGciOiJub25lIn0.eyJ9',
      'survEyJohnson12.example.organization',
    ])
      t.equal(redact(text), text)
    t.same([jwt, `Bearer ${jwt}`, `JWT ${jwt}`].map(shownEnding), ['', '', ''])
  },
)

t.test('a long text without spaces is searched for JWTs once', async t => {
  const text = 'eyJ'.repeat(300_000)
  t.equal(createRedactor([], tokenPatterns).redact(text), text)
})

t.test('the escapes of a long text are decoded once for all secrets', async t => {
  const many = Array.from({ length: 600 }, (_, at) => toTokenSecret(`t${String(at).padStart(7, '0')}`))
  const body = `${'\\\\'.repeat(48_000)} t0000001 %740000002`
  t.equal(createRedactor(many).redact(body), body.replace(/ .*/, ' ***… ***…'))
})

t.test('the beginning of a secret is removed where an excerpt was cut within it', async t => {
  const secret = 'scimulator-cs-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'
  const { redact } = createRedactor([toTokenSecret(secret)])
  for (const length of [16, 40, secret.length - 1]) {
    const text = `Unknown path "/a/${secret.slice(0, length)}…". ${secret.slice(0, length)} and ${secret}…`
    t.equal(redact(text), `Unknown path "/a/***…DEFG…". ${secret.slice(0, length)} and ***…DEFG…`)
  }
})

t.test('overlapping secrets in an escaped text are both removed', async t => {
  const two = createRedactor([toTokenSecret('abcdefghijkl'), toTokenSecret('ijklmnopqr')])
  t.equal(two.redact('x %61bcdefgh%69jklmnopqr y'), 'x ***… y')
})

t.test('a token is removed completely from any mixture of forms', async t => {
  const characters = fc.constantFrom(...'abcXYZ019/+=-._~"\\')
  const tokens = fc.array(characters, { minLength: 8, maxLength: 40 }).map(list => list.join(''))
  const ways = fc.array(fc.constantFrom('plain', 'percent', 'json'), { minLength: 40, maxLength: 40 })
  const noise = fc.string({ unit: fc.constantFrom(...'pq %\\u{}"2'), maxLength: 20 })
  t.doesNotThrow(() =>
    assertProperty(
      fc.property(tokens, ways, noise, noise, (text, way, before, after) => {
        const written = [...text]
          .map((character, at) => {
            if (way[at] === 'percent') return percented(character)
            return way[at] === 'json' || /["\\]/.test(character) ? escapedInJson(character) : character
          })
          .join('')
        // A backslash before the token would escape its first character.
        const masked = createRedactor([toTokenSecret(text)]).redact(`${before}|${written}|${after}`)
        return !masked.includes(written)
      }),
      { numRuns: 2000 },
    ),
  )
})

t.test('credentials are found in all their places', async t => {
  const found = (url: string, headers: Record<string, string>) =>
    findCredentials(url, headers).map(({ text }) => text)
  const basic = (text: string) => Buffer.from(text).toString('base64')
  t.same(found('/acme', { authorization: `Bearer ${token}` }), [token])
  t.same(found('/acme', { authorization: token }), [token], 'without a scheme')
  t.same(found('/acme', { authorization: `Bearer Bearer ${token}` }), [`Bearer ${token}`, token])
  t.same(found('/acme', { authorization: `Basic ${basic('marge:pass-word-1')}` }), [
    basic('marge:pass-word-1'),
    'pass-word-1',
  ])
  t.same(found('/acme', { authorization: `Basic ${basic(`${token}:`)}` }), [basic(`${token}:`), token])
  t.same(found('/acme', { authorization: `Basic ${basic(token)}` }), [basic(token), token])
  const signature = '5d9bf614'.repeat(8)
  t.same(
    found('/', {
      authorization: `AWS4-HMAC-SHA256 Credential=SCIM/20261126/us-east-1/sso/aws4_request, SignedHeaders=host, Signature=${signature}`,
    }),
    [signature],
  )
  for (const name of ['x-api-key', 'X-Auth-Token', 'x-amz-security-token', 'password', 'proxy-authorization'])
    t.same(found('/acme', { [name]: token }), [token], name)
  for (const name of [
    'token',
    'access_token',
    'Access-Token',
    'x-auth-token',
    'x-amz-security-token',
    'api_key',
    'X-Amz-Signature',
    'sig',
    'code',
    'password',
  ])
    t.same(found(`/acme?a=1&${name}=${encodeURIComponent(token)}`, {}), [token], name)
  t.same(found(`http://marge:${encodeURIComponent(token)}@example.org/acme`, {}), [token])
  t.same(found('/acme', { referer: `https://x.example/?access_token=${token}` }), [token])
  t.same(
    found('/acme?token=short', { authorization: 'Bearer undef' }),
    [],
    'too short to be distinguished from words',
  )
})

t.test('a limited number of credentials is searched for, including the token', async t => {
  const url = `/acme?${Array.from({ length: 900 }, (_, at) => `token=t${String(at).padStart(7, '0')}`).join('&')}`
  const found = findCredentials(url, { 'x-api-key': 'x'.repeat(5000), authorization: `Bearer ${token}` })
  t.equal(found.length, 32)
  t.ok(found.some(({ text }) => text === token))
})

t.test('possible tokens are found in paths, parameters, headers and bodies', async t => {
  const candidatesIn = (wire: Partial<Parameters<typeof findStrayTokens>[0]>) => [
    ...new Set(
      findStrayTokens({ url: '/', headers: {}, body: undefined, ...wire }, text => text === token).map(
        ({ text }) => text,
      ),
    ),
  ]
  t.same(candidatesIn({ url: `/${token}/scim/v2/Users` }), [token], 'as the tenant')
  t.same(candidatesIn({ url: `/acme/scim/v2/Users/${encodeURIComponent(token)}` }), [token])
  t.same(candidatesIn({ url: `/acme/scim/v2/Users?count=1&what=${encodeURIComponent(token)}` }), [token])
  t.same(candidatesIn({ url: `/acme/scim/v2/Users?${encodeURIComponent(token)}` }), [token])
  t.same(candidatesIn({ headers: { 'x-anything': token } }), [token])
  t.same(candidatesIn({ headers: { 'x-anything': `a; key=${token}` } }), [token])
  t.same(candidatesIn({ headers: { 'x-anything': `Secret ${token}` } }), [token])
  t.same(candidatesIn({ headers: { origin: `https://x.example/a?b=${token}` } }), [token])
  t.same(candidatesIn({ body: JSON.stringify({ a: [{ b: token }] }) }), [token])
  t.same(candidatesIn({ body: `{"a":"${escapedInJson(token)}"` }), [token])
  t.same(candidatesIn({ body: JSON.stringify({ a: `Bearer ${token}` }) }), [token])
  t.same(candidatesIn({ body: `a=1&client_secret=${encodeURIComponent(token)}&b=2` }), [token], 'in a form')
  t.same(candidatesIn({ body: `token=${token}` }), [token])
  t.same(candidatesIn({ body: `Bearer ${token}\n` }), [token], 'in plain text')
  t.same(candidatesIn({ url: '/acme/scim/v2/Users' }), [])
})

t.test('a limited number of texts is checked, each once', async t => {
  const bodies = ['"', '\\"', '"\\', '" ', '"a"'].map(part => part.repeat(40_000))
  for (const body of bodies) {
    let lookUps = 0
    findStrayTokens(
      { url: `/${'/'.repeat(16_000)}scim${'?&'.repeat(8_000)}`, headers: { a: ' =,'.repeat(5_000) }, body },
      () => {
        lookUps += 1
        return false
      },
    )
    t.ok(lookUps <= 256)
  }
})

t.test('a request id is a UUID of version 7 that begins with the time', async t => {
  const id = createRequestIdGenerator()(Date.UTC(2026, 10, 24))
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(Number.parseInt(id.replace('-', '').slice(0, 12), 16), Date.UTC(2026, 10, 24))
})

t.test(
  'each id is greater than the previous one, within a millisecond and when the clock is set back',
  async t => {
    const next = createRequestIdGenerator()
    const ids = [
      ...Array.from({ length: 10_000 }, () => next(1_000_000)),
      next(5),
      next(1_000_001),
      next(2_000_000),
    ]
    t.same(ids, [...new Set(ids)].sort())
  },
)

t.test('all ids of a process are in one sequence', async t => {
  const first = newRequestId()
  t.ok(newRequestId() > first)
})

t.test(
  'of a form with many credentials, some are searched for everywhere, and all are masked by name',
  async t => {
    const type = 'application/x-www-form-urlencoded'
    const body = Array.from({ length: 10_000 }, (_, at) => `token=secret-${at}`).join('&')
    const credentials = credentialsInForm(type, body)
    t.equal(credentials.length, 32)
    const { request } = redactRecorded(
      aRecorded({
        url: '/?a=secret-9999',
        request: { headers: ['content-type', type], body },
      }),
    )
    t.notMatch(request.body, 'secret-')
    t.equal(request.cutFrom, body.length)
  },
)
