import type { JWK } from 'jose'
import t from 'tap'
import { createKeySets, type KeySource } from '../../../../src/auth/issuers/key-sets.ts'
import { createSafeFetch, IssuerFetchError } from '../../../../src/auth/issuers/safe-fetch.ts'
import type { Json } from '../../../../src/scim/json.ts'
import { createSigningKey, startIssuer } from '../../../support/jwt-issuer.ts'

const minute = 60_000
const hour = 60 * minute
const source: KeySource = { kind: 'jwks', url: 'https://id.example.com/keys' }

const [first, second] = [await createSigningKey('first'), await createSigningKey('second')]
const withKid = (kid: string | undefined) => ({ alg: 'ES256' as const, ...(kid !== undefined && { kid }) })

/** Keys of an issuer that the test controls, by a clock that it moves. */
function openKeys(from = source) {
  let now = Date.parse('2027-01-15T12:00:00Z')
  let response: () => Promise<Json> = async () => ({ keys: [] })
  const urls: string[] = []
  const sets = createKeySets({
    safeFetch: {
      json(url) {
        urls.push(url)
        return response()
      },
    },
    clock: () => now,
    random: () => 0.5,
  })
  const set = sets.of(from)
  return {
    sets,
    set,
    urls,
    fetches: () => urls.length,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    publish: (...keys: readonly { readonly jwk: JWK }[]) => {
      response = async () => ({ keys: keys.map(({ jwk }) => jwk) }) as unknown as Json
    },
    respond: (next: () => Promise<Json>) => {
      response = next
    },
    fail: () => {
      response = async () => {
        throw new IssuerFetchError('The server cannot be reached (ECONNREFUSED).', false)
      }
    },
    /** The `kid` of the key that is found, or why there is none. */
    find: async (kid: string | undefined) => {
      const found = await set.find(withKid(kid))
      return 'key' in found ? found.key.jwk.kid : found.refusal
    },
  }
}

t.test('TS-042 an unknown key is fetched, at most every five minutes', async t => {
  const keys = openKeys()
  keys.publish(first)
  t.equal(await keys.find('first'), 'first')
  t.equal(keys.fetches(), 1)
  keys.publish(first, second)
  t.equal(await keys.find('second'), 'unknown-key', 'the first fetch counts, too')
  keys.pass(5 * minute - 1)
  t.equal(await keys.find('second'), 'unknown-key')
  t.equal(keys.fetches(), 1)
  keys.pass(1)
  t.equal(await keys.find('second'), 'second')
  t.equal(await keys.find('first'), 'first', 'old and new keys are good')
  t.equal(keys.fetches(), 2)
})

t.test('TS-042 fifty requests at once make one fetch', async t => {
  const keys = openKeys()
  keys.publish(first)
  const found = await Promise.all(Array.from({ length: 50 }, () => keys.find('first')))
  t.same(new Set(found), new Set(['first']))
  t.equal(keys.fetches(), 1)
  keys.pass(5 * minute)
  await Promise.all(Array.from({ length: 50 }, (_, at) => keys.find(`unknown ${at}`)))
  t.equal(keys.fetches(), 2)
})

t.test('TS-042 on loopback, an unknown key is fetched after a second', async t => {
  const keys = openKeys({ kind: 'jwks', url: 'http://127.0.0.1:8082/keys' })
  keys.publish(first)
  await keys.find('first')
  keys.publish(second)
  keys.pass(999)
  t.equal(await keys.find('second'), 'unknown-key')
  keys.pass(1)
  t.equal(await keys.find('second'), 'second')
})

t.test('TS-043 a withdrawn key stops working at the next fetch', async t => {
  const keys = openKeys()
  keys.publish(first, second)
  const found = await keys.set.find(withKid('first'))
  if (!('key' in found)) throw new Error('There is no key.')
  keys.publish(second)
  t.equal(await keys.find('first'), 'first')
  t.equal(keys.set.isTrusted(found.key), true)
  t.equal(await keys.set.fetch(), true)
  t.equal(await keys.find('first'), 'unknown-key')
  t.equal(keys.set.isTrusted(found.key), false)
  const replaced = { ...first, jwk: { ...second.jwk, kid: 'first' } }
  keys.publish(replaced)
  await keys.set.fetch()
  t.equal(keys.set.isTrusted(found.key), false, 'another key with the same kid is another key')
})

t.test('TS-040 TS-041 TS-045 in an outage, known keys work for 24 hours', async t => {
  const keys = openKeys()
  keys.publish(first)
  await keys.find('first')
  keys.fail()
  keys.pass(hour)
  await keys.sets.fetchDue()
  const { unreachableSince } = keys.set.status()
  t.match(keys.set.status(), { failures: 1, reason: 'The server cannot be reached (ECONNREFUSED).' })
  t.equal(await keys.find('first'), 'first')
  t.equal(await keys.find('second'), 'keys-unreachable', 'it may be a new key')
  keys.pass(23 * hour - 1)
  t.equal(await keys.find('first'), 'first')
  t.equal(keys.set.status().unreachableSince, unreachableSince)
  keys.pass(1)
  t.equal(await keys.find('first'), 'keys-unreachable')
  keys.publish(first)
  keys.pass(10_000)
  t.equal(await keys.find('first'), 'first')
  t.match(keys.set.status(), { unreachableSince: undefined, reason: undefined })
})

t.test('without any keys, a fetch is tried every ten seconds', async t => {
  const keys = openKeys()
  keys.fail()
  t.equal(await keys.find('first'), 'keys-unreachable')
  t.equal(await keys.find('first'), 'keys-unreachable')
  keys.pass(9_999)
  t.equal(await keys.find('first'), 'keys-unreachable')
  t.equal(keys.fetches(), 1)
  keys.publish(first)
  keys.pass(1)
  t.equal(await keys.find('first'), 'first')
})

t.test('TS-040 keys in use are fetched hourly, after a failure every five minutes', async t => {
  const keys = openKeys()
  keys.publish(first)
  await keys.sets.fetchDue()
  t.equal(keys.fetches(), 0, 'never used')
  await keys.find('first')
  keys.pass(hour - 1)
  await keys.sets.fetchDue()
  t.equal(keys.fetches(), 1)
  keys.pass(1)
  await keys.sets.fetchDue()
  t.equal(keys.fetches(), 2)
  keys.fail()
  keys.pass(hour)
  await keys.sets.fetchDue()
  keys.pass(5 * minute - 1)
  await keys.sets.fetchDue()
  t.equal(keys.fetches(), 3)
  keys.pass(1)
  await keys.sets.fetchDue()
  t.equal(keys.fetches(), 4)
  keys.pass(24 * hour)
  await keys.sets.fetchDue()
  t.equal(keys.fetches(), 4, 'not used for a day')
})

t.test('TS-040 TS-043 keys of remembered tokens are in use', async t => {
  const keys = openKeys()
  keys.publish(first)
  const found = await keys.set.find(withKid('first'))
  if (!('key' in found)) throw new Error('The key was not found.')
  keys.pass(23 * hour)
  await keys.sets.fetchDue()
  t.equal(keys.set.isTrusted(found.key), true)
  keys.publish(second)
  keys.pass(2 * hour)
  await keys.sets.fetchDue()
  t.equal(keys.set.isTrusted(found.key), false, 'its withdrawal is noticed')
})

t.test('TS-044 a set is accepted whole or not at all', async t => {
  const keys = openKeys()
  keys.publish(first)
  await keys.find('first')
  const invalid: readonly (readonly [string, Json])[] = [
    ['an array', []],
    ['no keys', {}],
    ['keys that are no array', { keys: {} }],
    ['a key that is no object', { keys: [second.jwk as unknown as Json, 'key'] }],
    ['more than 1000 keys', { keys: Array.from({ length: 1001 }, () => ({ kty: 'EC' })) }],
  ]
  for (const [name, document] of invalid) {
    keys.respond(async () => document)
    t.equal(await keys.set.fetch(), false, name)
    t.equal(await keys.find('first'), 'first', 'the last good set stays in force')
  }
  t.equal(keys.set.status().failures, invalid.length)
})

t.test('TS-033 the metadata name the keys, and are read again with each fetch', async t => {
  const keys = openKeys({ kind: 'metadata', issuer: 'https://id.example.com/realm' })
  keys.respond(async () =>
    keys.urls.at(-1)?.endsWith('/keys')
      ? ({ keys: [first.jwk] } as unknown as Json)
      : { issuer: 'https://id.example.com/realm', jwks_uri: 'https://id.example.com/keys' },
  )
  t.equal(await keys.find('first'), 'first')
  t.same(keys.urls, [
    'https://id.example.com/realm/.well-known/openid-configuration',
    'https://id.example.com/keys',
  ])
  t.equal(keys.set.status().url, 'https://id.example.com/keys')
})

t.test('whatever an issuer responds with, the last good keys stay in force', async t => {
  const issuer = await startIssuer(t, first.jwk)
  const elsewhere = await startIssuer(t, second.jwk)
  const safeFetch = createSafeFetch({ userAgent: 'scimulator/test' })
  const impatient = createSafeFetch({ userAgent: 'scimulator/test', timeout: 500 })
  t.teardown(() => Promise.all([safeFetch.close(), impatient.close()]))
  let now = Date.parse('2027-01-15T12:00:00Z')
  let json = safeFetch.json
  const set = createKeySets({ safeFetch: { json: url => json(url) }, clock: () => now }).of({
    kind: 'jwks',
    url: issuer.jwks,
  })
  const find = async (kid: string) => {
    const found = await set.find(withKid(kid))
    return 'key' in found ? found.key.jwk.kid : found.refusal
  }
  /** The results for a known key, an unknown one, and once more, each with the number of fetches so far. */
  const findAll = async () => {
    const results: unknown[] = []
    for (const kid of ['first', 'second', 'second']) results.push(await find(kid), issuer.fetches())
    return results
  }
  t.equal(await find('first'), 'first')

  const tooLarge = JSON.stringify({ keys: [first.jwk, second.jwk], x: 'x'.repeat(2_000_000) })
  const bad: readonly (readonly [Parameters<typeof issuer.respondWith>[0], reason: string])[] = [
    [
      { status: 302, headers: { location: elsewhere.jwks } },
      'The server responded with status 302; expected 200.',
    ],
    [
      { status: 301, headers: { location: elsewhere.jwks } },
      'The server responded with status 301; expected 200.',
    ],
    [{ body: '<html>' }, 'The response is not JSON.'],
    [{ headers: { 'content-type': 'text/html' } }, 'The response is not application/json.'],
    [{ body: '{"keys":{}}' }, 'The response is not a JWK set: it has no array "keys".'],
    [{ body: tooLarge }, 'The response has more than 512 KiB.'],
    [{ status: 500 }, 'The server responded with status 500; expected 200.'],
    ['silence', 'The server did not respond within 0.5 seconds.'],
  ]
  for (const [at, [response, reason]] of bad.entries()) {
    issuer.respondWith(response)
    if (response === 'silence') json = impatient.json
    now += 1000
    const [before, after] = [at + 1, at + 2]
    t.same(await findAll(), ['first', before, 'keys-unreachable', after, 'keys-unreachable', after], reason)
    t.equal(set.status().reason, reason)
  }
  t.equal(elsewhere.fetches(), 0)

  const failed = issuer.fetches()
  now += 24 * hour
  t.equal(await find('first'), 'keys-unreachable', '24 hours later')
  t.equal(issuer.fetches(), failed + 1)
  json = safeFetch.json
  issuer.respondWith(undefined)
  issuer.publish(first.jwk, second.jwk)
  now += 1000
  t.same(
    await findAll(),
    ['first', failed + 2, 'second', failed + 2, 'second', failed + 2],
    'both keys are good after a rollover',
  )
  issuer.publish(second.jwk)
  t.equal(await set.fetch(), true)
  t.equal(await find('first'), 'unknown-key', 'withdrawn')
})
