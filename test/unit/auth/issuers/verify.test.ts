import { createHmac } from 'node:crypto'
import { exportSPKI, type JWTPayload } from 'jose'
import t from 'tap'
import { createKeySets } from '../../../../src/auth/issuers/key-sets.ts'
import type { JwtRules } from '../../../../src/auth/issuers/rules.ts'
import { rulesOf } from '../../../../src/auth/issuers/rules.ts'
import { createJwtVerifier } from '../../../../src/auth/issuers/verify.ts'
import { jwtAlgorithms } from '../../../../src/domain/tenants/issuers.ts'
import type { Json } from '../../../../src/scim/json.ts'
import { createSigningKey, forgeJwt, type SigningKey, signJwt } from '../../../support/jwt-issuer.ts'

const issuer = 'https://id.example.com'
const audience = 'https://scim.example.com/acme/scim/v2'
const now = Date.parse('2027-01-15T12:00:00Z')
const seconds = now / 1000

const ec = await createSigningKey('ec')
const rsa = await createSigningKey('rsa', 'RS256')
const unpublished = await createSigningKey('ec')

const rules: JwtRules = {
  issuers: [issuer],
  audiences: [audience],
  algorithms: jwtAlgorithms,
  keys: { kind: 'jwks', url: `${issuer}/keys` },
  access: 'full',
}
const claims: JWTPayload = {
  iss: issuer,
  aud: audience,
  sub: 'entra-scim',
  client_id: 'entra-scim',
  iat: seconds,
  exp: seconds + 3600,
}

const verifierWith = (...keys: readonly SigningKey[]) =>
  createJwtVerifier(
    createKeySets({
      safeFetch: { json: async () => ({ keys: keys.map(({ jwk }) => jwk) }) as unknown as Json },
      clock: () => now,
    }),
  )

/** The reason of the rejection, or the access. */
async function verify(text: string, changed: Partial<JwtRules> = {}, keys = [ec, rsa]): Promise<string> {
  const result = await verifierWith(...keys).verify(text, { ...rules, ...changed }, now)
  return 'refusal' in result ? result.refusal : result.access
}

t.test('TS-011 a token that is signed with an accepted algorithm is accepted', async t => {
  t.equal(await verify(await signJwt(ec, claims)), 'full')
  t.equal(await verify(await signJwt(rsa, claims)), 'full')
  for (const alg of ['PS256', 'ES384', 'ES512', 'EdDSA']) {
    const key = await createSigningKey('another', alg)
    t.equal(await verify(await signJwt(key, claims), {}, [key]), 'full', alg)
  }
  t.equal(
    await verify(await signJwt(rsa, claims), { algorithms: ['ES256'] }),
    'weak-algorithm',
    'an issuer may name fewer',
  )
})

t.test('TS-011 neither "none" nor an HMAC with the public key is accepted', async t => {
  t.equal(await verify(forgeJwt({ alg: 'none' }, claims)), 'weak-algorithm')
  t.equal(await verify(forgeJwt({ alg: 'None', kid: 'rsa' }, claims)), 'weak-algorithm')
  const input = forgeJwt({ alg: 'HS256', kid: 'rsa' }, claims).slice(0, -1)
  const signature = createHmac('sha256', await exportSPKI(rsa.publicKey))
    .update(input)
    .digest('base64url')
  t.equal(await verify(`${input}.${signature}`), 'weak-algorithm')
})

t.test('TS-012 keys come from the issuer alone', async t => {
  const { jwk } = unpublished
  for (const header of [
    { jwk },
    { jku: 'https://evil.example/keys' },
    { x5u: 'https://evil.example/cert' },
    { x5c: ['MII'] },
  ]) {
    t.equal(
      await verify(await signJwt(unpublished, claims, header)),
      'bad-signature',
      JSON.stringify(header).slice(0, 20),
    )
    t.equal(await verify(await signJwt(ec, claims, header)), 'full', 'they are ignored')
  }
  const input = (await signJwt(ec, claims)).split('.')
  const forged = forgeJwt({ alg: 'ES256', kid: 'ec', crit: ['exp'], exp: 1 }, claims).split('.')
  t.equal(await verify([forged[0], input[1], input[2]].join('.')), 'malformed', 'an unknown crit')
})

t.test('TS-012 an RSA key of less than 2048 bits is refused', async t => {
  // Of 2047 bits: the first bit is not set.
  const modulus = Buffer.alloc(256, 0xff)
  modulus[0] = 0x7f
  const short = { ...rsa, jwk: { ...rsa.jwk, n: modulus.toString('base64url') } }
  t.equal(await verify(await signJwt(rsa, claims), {}, [short]), 'weak-algorithm')
})

t.test('TS-013 the key is selected by kid; without one, only a single key that fits is used', async t => {
  const second = await createSigningKey('second')
  t.equal(await verify(await signJwt(second, claims), {}, [ec, second]), 'full')
  t.equal(await verify(await signJwt(second, claims)), 'unknown-key')
  t.equal(await verify(await signJwt(ec, claims, { kid: undefined })), 'full', 'one fits the algorithm')
  t.equal(
    await verify(await signJwt(ec, claims, { kid: undefined }), {}, [ec, second]),
    'unknown-key',
    'two fit',
  )
  t.equal(await verify(await signJwt(ec, claims, { kid: 'EC' })), 'unknown-key', 'compared exactly')
  const forEncryption = { ...ec, jwk: { ...ec.jwk, use: 'enc' } }
  t.equal(await verify(await signJwt(ec, claims), {}, [forEncryption]), 'unknown-key')
  t.equal(
    await verify(await signJwt(ec, claims), {}, [{ ...ec, jwk: { ...ec.jwk, alg: 'ES384' } }]),
    'unknown-key',
  )
  const broken = { ...ec, jwk: { ...ec.jwk, x: 'AA' } }
  t.equal(await verify(await signJwt(ec, claims), {}, [broken]), 'unknown-key', 'a key that cannot be read')
})

t.test('a token with a wrong or changed signature is refused', async t => {
  t.equal(await verify(await signJwt(unpublished, claims)), 'bad-signature')
  const [header, , signature] = (await signJwt(ec, claims)).split('.')
  const [, others] = (await signJwt(ec, { ...claims, sub: 'somebody-else' })).split('.')
  t.equal(await verify([header, others, signature].join('.')), 'bad-signature')
})

t.test('TS-014 required claims, and audiences that are equal', async t => {
  const without = async (name: string) => {
    const { [name]: _, ...rest } = claims
    return verify(await signJwt(ec, rest))
  }
  t.equal(await without('iss'), 'unknown-issuer')
  t.equal(await without('aud'), 'malformed')
  t.equal(await without('exp'), 'malformed')
  t.equal(await without('sub'), 'full', 'client_id is sufficient')
  t.equal(await without('iat'), 'full')
  const { sub: _sub, client_id: _client, ...nobody } = claims
  t.equal(await verify(await signJwt(ec, nobody)), 'malformed')
  for (const appid of ['azp', 'appid']) {
    const token = await signJwt(ec, { ...nobody, [appid]: 'x' })
    t.equal(await verify(token), 'full', appid)
  }
  const withAudience = async (aud: unknown, audiences = rules.audiences) =>
    verify(await signJwt(ec, { ...claims, aud: aud as string }), { audiences })
  t.equal(await withAudience(['x', audience]), 'full', 'in an array')
  t.equal(await withAudience(['x', 'y']), 'wrong-audience')
  t.equal(await withAudience([]), 'wrong-audience')
  t.equal(await withAudience(`${audience}/`), 'wrong-audience')
  t.equal(await withAudience(audience.toUpperCase()), 'wrong-audience')
  t.equal(await withAudience('https://scim.example.com'), 'wrong-audience', 'no prefix')
  const guid = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'
  t.equal(await withAudience(guid.toUpperCase(), [guid]), 'full', 'a GUID without case')
})

t.test('TS-010 the issuer is compared character by character', async t => {
  for (const iss of [
    `${issuer}/`,
    issuer.toUpperCase(),
    'https://id.example.co',
    'https://id.example.com.evil.example',
  ]) {
    t.equal(await verify(await signJwt(ec, { ...claims, iss })), 'unknown-issuer', iss)
  }
})

t.test('TS-015 exp, nbf and iat by the machine’s clock, with 300 seconds', async t => {
  const withTimes = async (times: JWTPayload) => verify(await signJwt(ec, { ...claims, ...times }))
  t.equal(await withTimes({ exp: seconds - 299 }), 'full')
  t.equal(await withTimes({ exp: seconds - 301 }), 'expired')
  t.equal(await withTimes({ nbf: seconds + 299 }), 'full')
  t.equal(await withTimes({ nbf: seconds + 301 }), 'not-yet-valid')
  t.equal(await withTimes({ iat: seconds + 299 }), 'full')
  t.equal(await withTimes({ iat: seconds + 301 }), 'not-yet-valid')
  t.equal(await verify(await signJwt(ec, { ...claims, exp: 'tomorrow' as unknown as number })), 'malformed')
})

t.test('TS-016 access tokens only: types, and no ID tokens', async t => {
  const typed = async (typ: string | undefined, accessTokensOnly = false) =>
    verify(await signJwt(ec, claims, { typ }), { accessTokensOnly })
  for (const typ of ['at+jwt', 'application/at+jwt', 'JWT', 'AT+JWT', undefined])
    t.equal(await typed(typ), 'full', String(typ))
  for (const typ of ['dpop+jwt', 'secevent+jwt', 'logout+jwt']) t.equal(await typed(typ), 'malformed', typ)
  t.equal(await typed('at+jwt', true), 'full')
  t.equal(await typed('JWT', true), 'malformed')
  t.equal(await typed(undefined, true), 'malformed')
  t.equal(await verify(await signJwt(ec, { ...claims, nonce: 'n' })), 'malformed')
  t.equal(await verify(await signJwt(ec, { ...claims, at_hash: 'h' })), 'malformed')
})

t.test('TS-018 callers and subjects may be restricted', async t => {
  const token = (more: JWTPayload) => signJwt(ec, { ...claims, ...more })
  t.equal(await verify(await token({}), { clients: ['entra-scim'] }), 'full')
  t.equal(await verify(await token({}), { clients: ['another'] }), 'wrong-caller')
  const azpOnly = await token({ client_id: undefined, azp: 'workload', appid: 'another' })
  t.equal(await verify(azpOnly, { clients: ['workload'] }), 'full', 'azp before appid')
  t.equal(await verify(azpOnly, { clients: ['another'] }), 'wrong-caller')
  t.equal(await verify(await token({}), { subjects: ['entra-scim'] }), 'full')
  t.equal(await verify(await token({}), { subjects: ['somebody'] }), 'wrong-caller')
})

t.test('TS-019 scopes as a text, in scp and in roles', async t => {
  const scopes = { read: 'scim.read', write: 'scim.write' }
  const granted = async (more: object, access: 'full' | 'read' = 'full') =>
    verify(await signJwt(ec, { ...claims, ...more }), { scopes, access })
  t.equal(await granted({ scope: 'openid scim.write' }), 'full')
  t.equal(await granted({ scope: 'scim.read' }), 'read')
  t.equal(await granted({ scp: 'scim.read scim.write' }), 'full')
  t.equal(await granted({ scp: ['scim.write'] }), 'full')
  t.equal(await granted({ roles: ['scim.read'] }), 'read')
  t.equal(await granted({ scope: 'scim.writer' }), 'insufficient-scope')
  t.equal(await granted({}), 'insufficient-scope')
  t.equal(await granted({ scope: 'scim.write' }, 'read'), 'read', 'the issuer’s access is the most')
})

t.test('TS-030 Entra’s own tokens, of version 1 and 2', async t => {
  const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'
  const entra = rulesOf({ kind: 'entra', directory, cloud: 'global', name: 'Entra', access: 'full' })
  t.same(entra.keys, {
    kind: 'jwks',
    url: `https://login.microsoftonline.com/${directory}/discovery/v2.0/keys`,
  })
  const syncFabric = '00000014-0000-0000-c000-000000000000'
  const aud = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'
  const v1 = {
    ...claims,
    client_id: undefined,
    iss: `https://sts.windows.net/${directory}/`,
    aud,
    appid: syncFabric,
    tid: directory,
    ver: '1.0',
  }
  const v2 = {
    ...v1,
    iss: `https://login.microsoftonline.com/${directory}/v2.0`,
    appid: undefined,
    azp: syncFabric,
    ver: '2.0',
  }
  const asEntra = async (more: object) =>
    verify(await signJwt(rsa, { ...v1, ...more }, { typ: 'JWT' }), entra)
  t.equal(await asEntra({}), 'full')
  t.equal(await asEntra(v2), 'full')
  t.equal(await asEntra({ tid: undefined }), 'full')
  t.equal(await asEntra({ ver: '2.0' }), 'malformed', 'a version that does not fit')
  t.equal(await asEntra({ ...v2, ver: '1.0' }), 'malformed')
  t.equal(await asEntra({ tid: aud }), 'wrong-caller', 'of another directory')
  t.equal(await asEntra({ appid: aud }), 'wrong-caller', 'of another application')
  t.equal(await asEntra({ aud: syncFabric }), 'wrong-audience')
  t.equal(await asEntra({ iss: `https://sts.windows.net/${aud}/` }), 'unknown-issuer')
})

t.test('what cannot be read is malformed', async t => {
  t.equal(await verify('eyJ.e30.x'), 'malformed')
  t.equal(await verify(`eyJhbGciOiJFUzI1NiJ9.${'A'.repeat(9000)}.x`), 'malformed', '9 KB')
  t.equal(await verify(forgeJwt({ alg: 'ES256', kid: 1 }, claims, 'x')), 'malformed')
  t.equal(await verify(forgeJwt([], claims, 'x')), 'malformed')
  const deep = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`.slice(0, 6000)).toString('base64url')}.x`
  t.equal(await verify(deep), 'malformed', 'nested deeply')
})
