import t from 'tap'
import { createTenantRegister, type TokenRecord } from '../../src/persistence/tenant-register.ts'
import type { Token } from '../../src/tenants/tenant.ts'
import { hashToken } from '../../src/tenants/tokens.ts'
import { buildTestConsole } from '../http/console/console-app.ts'
import { aUser } from '../support/samples.ts'
import { createScimClient } from '../support/scim.ts'

/** Strings similar to the token, and forms of its stored hash. */
const guessesAt = (token: string): readonly string[] => [
  ...Array.from({ length: 50 }, (_, at) => token.slice(0, token.length - at - 1)),
  ...Array.from({ length: 50 }, (_, at) => `${token.slice(0, at)}!${token.slice(at + 1)}`),
  ...[`${token}=`, token.toUpperCase(), token.toLowerCase(), [...token].reverse().join('')],
  ...(['hex', 'base64', 'base64url', 'latin1'] as const).map(as => hashToken(token).toString(as)),
  ...['undefined', 'null', 'true', '[object Object]', '*', '%', "' or 1=1 --", '__proto__', 'constructor'],
]

t.test('each guess returns the same error and has no effect', async t => {
  const { app, deps, tenant, token, client } = await buildTestConsole(t)
  await client.create('Users', aUser('marge'))
  const guesses = guessesAt(token)
  const reported = new Set<string>()
  for (const guess of guesses) {
    const { status, body, headers } = await createScimClient(app, `/${tenant.id}/scim/v2`, guess).post(
      '/Users',
      aUser('intruder'),
    )
    reported.add(JSON.stringify([status, body, headers['www-authenticate']]))
  }
  t.equal(reported.size, 1)
  t.match([...reported][0], /^\[401,/)
  t.equal((await client.get('/Users')).body.totalResults, 1)
  const { items } = await deps.journal.page({ limit: 200 })
  const rejected = items.filter(({ status }) => status === 401)
  t.equal(rejected.length, guesses.length, 'each is in the journal')
  t.ok(
    rejected.every(({ refusal }) => refusal === 'unknown'),
    'as an unknown token',
  )
})

t.test('a stored token hash is not compared with a guess', t => {
  let looks = 0
  const token = { id: '1', tenant: 1, ending: '', access: 'full', created: 0, expires: 1, uses: 0 } as Token
  const hash = hashToken('The Right One')
  const held: TokenRecord = {
    token,
    get hash() {
      looks++
      return hash
    },
  }
  const register = createTenantRegister(() => {})
  register.setToken(held)
  looks = 0
  for (const guess of guessesAt('The Right One')) register.admit(guess, undefined, 0)
  t.equal(looks, 0, 'a guess is found by its hash only')
  register.admit('The Right One', undefined, 0)
  t.equal(looks, 1, 'a found hash is compared in constant time')
  t.end()
})

t.test('SCIM tokens are rejected by the console, and the console token by tenants', async t => {
  const { app, callApi, tenant, token } = await buildTestConsole(t, 'rfc', {
    token: 'the-token-of-the-console',
  })
  const withToken = (text: string) => ({ authorization: `Bearer ${text}` })
  for (const text of [
    token,
    'the-token-of-the-consol',
    'the-token-of-the-consolE',
    hashToken(token).toString('hex'),
  ])
    t.equal((await callApi('GET', '/api/v1/tenants', undefined, withToken(text))).status, 401)
  t.equal(
    (await callApi('GET', '/api/v1/tenants', undefined, withToken('the-token-of-the-console'))).status,
    200,
  )
  t.equal(
    (await createScimClient(app, `/${tenant.id}/scim/v2`, 'the-token-of-the-console').get('/Users')).status,
    401,
  )
})
