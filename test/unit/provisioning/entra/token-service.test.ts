import { request as httpRequest } from 'node:http'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { tokenRequester } from '../../../../src/provisioning/entra/credentials/create-credentials.ts'
import {
  provisioningObjectId,
  rotationUrl,
  workloadAppId,
  workloadObjectId,
} from '../../../../src/provisioning/entra/credentials/microsoft.ts'
import {
  startTokenService,
  type TokenServiceOptions,
} from '../../../../src/provisioning/entra/token-service.ts'

const tenantId = '01234567-89ab-4def-8123-456789abcdef'
const now = Date.parse('2026-11-27T08:00:00Z')

async function service(t: Test, more: Partial<TokenServiceOptions> = {}) {
  const started = await startTokenService({ port: 0, tenantId, clock: () => now, ...more })
  t.teardown(() => started.close())
  return started
}

// biome-ignore lint/suspicious/noExplicitAny: a response is any JSON
const json = async (url: string, init?: RequestInit): Promise<any> => (await fetch(url, init)).json()
const form = (parameters: Record<string, string>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(parameters),
})

/** The text of a token that the client requests. */
async function tokenOf(request: ReturnType<typeof tokenRequester>): Promise<string> {
  const result = await request()
  if (result.kind === 'none') throw new Error(result.text)
  return result.text
}

const verified = async (token: string, keys: string) => {
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), {
    currentDate: new Date(now),
  })
  return { payload, protectedHeader }
}

t.test('TS-083 discovery has Entra’s paths and, by default, its own address as the issuer', async t => {
  const { address, issuers, keys } = await service(t)
  const origin = new URL(address).origin
  t.same(
    [address, issuers, keys],
    [
      `${origin}/${tenantId}`,
      { v1: `${origin}/${tenantId}/`, v2: `${origin}/${tenantId}/v2.0` },
      `${origin}/${tenantId}/discovery/v2.0/keys`,
    ],
  )
  t.match(await json(`${address}/.well-known/openid-configuration`), {
    issuer: issuers.v1,
    jwks_uri: `${address}/discovery/keys`,
    token_endpoint: `${address}/oauth2/token`,
  })
  t.match(await json(`${issuers.v2}/.well-known/openid-configuration`), {
    issuer: issuers.v2,
    jwks_uri: keys,
    token_endpoint: `${address}/oauth2/v2.0/token`,
  })
  const set = await json(keys)
  t.match(set, { keys: [{ kty: 'RSA', use: 'sig', e: 'AQAB' }] })
  t.same(Object.keys(set.keys[0]).sort(), ['e', 'kid', 'kty', 'n', 'use', 'x5t'], 'nothing private')
  t.same(await json(`${address}/discovery/keys`), set)
})

t.test('TS-083 the token for an empty Secret Token has the claims that Entra’s has', async t => {
  const { address, issuers, keys } = await service(t)
  const token = await tokenOf(
    tokenRequester({ auth: 'entra-token', issuer: address, refreshOn401: true }, {}),
  )
  const { payload, protectedHeader } = await verified(token, keys)
  const { kid } = decodeProtectedHeader(token)
  t.same(protectedHeader, { typ: 'JWT', alg: 'RS256', x5t: kid, kid })
  const { uti, ...claims } = payload
  t.type(uti, 'string')
  const seconds = now / 1000
  t.same(claims, {
    aud: '8adf8e6e-67b2-4cf2-a259-e3dc5476c621',
    iss: issuers.v1,
    iat: seconds - 300,
    nbf: seconds - 300,
    exp: seconds - 300 + 29_100,
    appid: '00000014-0000-0000-c000-000000000000',
    appidacr: '2',
    idp: issuers.v1,
    oid: provisioningObjectId,
    sub: provisioningObjectId,
    tid: tenantId,
    ver: '1.0',
  })
})

t.test('TS-083 TS-084 the assertion of federation, in Microsoft’s name', async t => {
  const { address, issuers, keys } = await service(t, { asMicrosoft: true })
  t.same(issuers, {
    v1: `https://sts.windows.net/${tenantId}/`,
    v2: `https://login.microsoftonline.com/${tenantId}/v2.0`,
  })
  const metadata = await json(`${address}/v2.0/.well-known/openid-configuration`)
  t.match(metadata, { issuer: issuers.v2, jwks_uri: keys }, 'its keys are its own')
  const response = await json(
    `${address}/oauth2/v2.0/token`,
    form({
      grant_type: 'client_credentials',
      client_id: workloadAppId,
      scope: `api://${workloadAppId}/.default`,
    }),
  )
  const { access_token: token, ...rest } = response
  t.same(rest, { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600 })
  const { payload } = await verified(token, keys)
  const { uti, ...claims } = payload
  const seconds = now / 1000
  t.same(claims, {
    aud: `api://${workloadAppId}`,
    iss: issuers.v2,
    iat: seconds - 300,
    nbf: seconds - 300,
    exp: seconds - 300 + 65 * 60,
    azp: workloadAppId,
    azpacr: '2',
    idp: issuers.v2,
    oid: workloadObjectId,
    sub: provisioningObjectId,
    tid: tenantId,
    ver: '2.0',
  })
})

t.test('TS-083 after a rotation the new key signs and the previous one stays published once', async t => {
  const { address, keys, rotateKeys } = await service(t)
  const request = tokenRequester({ auth: 'entra-token', issuer: address, refreshOn401: true }, {})
  const kids = async () => (await json(keys)).keys.map(({ kid }: { kid: string }) => kid)
  const [first] = await kids()
  const old = await tokenOf(request)
  const { kid: second } = await json(rotationUrl(address), { method: 'POST' })
  t.same(await kids(), [second, first])
  t.equal(decodeProtectedHeader(await tokenOf(request)).kid, second)
  await t.resolves(verified(old, keys), 'the old token is still good')
  const third = await rotateKeys()
  t.same(await kids(), [third, second])
  await t.rejects(verified(old, keys), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

t.test('TS-083 mistakes in requests are refused as OAuth errors', async t => {
  const { address } = await service(t)
  const v1 = `${address}/oauth2/token`
  const v2 = `${address}/oauth2/v2.0/token`
  const cases: readonly (readonly [string, RequestInit, string])[] = [
    [v1, form({ grant_type: 'password' }), 'unsupported_grant_type'],
    [v1, form({ grant_type: 'client_credentials', client_id: 'a' }), 'invalid_request'],
    [v2, form({ grant_type: 'client_credentials', client_id: 'a', scope: 'scim' }), 'invalid_scope'],
    [v2, { method: 'POST' }, 'invalid_request'],
    [`${new URL(address).origin}/common/oauth2/token`, form({}), 'invalid_tenant'],
  ]
  for (const [url, init, error] of cases) {
    const response = await fetch(url, init)
    t.match([response.status, await response.json()], [400, { error }])
  }
})

t.test('TS-083 it listens on loopback and refuses foreign hosts and pages', async t => {
  const { address } = await service(t)
  const { hostname, port, pathname } = new URL(address)
  t.equal(hostname, '127.0.0.1')
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const path = `${pathname}/discovery/keys`
      httpRequest({ host: hostname, port, path, headers }, response => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  t.same(
    await Promise.all([
      status({ host: `localhost:${port}` }),
      status({ host: `127.0.0.1:${port}` }),
      status({ host: `rebound.example:${port}` }),
      status({ host: `localhost.rebound.example:${port}` }),
      status({ host: `127.0.0.1:${port}`, origin: 'http://page.example' }),
    ]),
    [200, 200, 400, 400, 400],
  )
})
