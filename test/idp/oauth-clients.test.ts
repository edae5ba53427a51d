import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { flagsOf, testDatabase } from '../support/database.ts'
import { createSigningKey, startIssuer } from '../support/jwt-issuer.ts'
import { selfSigned } from '../support/self-signed.ts'
import { startWith } from '../support/started-server.ts'
import { createServer } from '../support/test-server.ts'

const secret = 'ci-secret-of-my-tests'
const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const clients = [{ id: 'ci', secret: { value: secret } }]

const failing = (members: object) => members as unknown as Error

/** The users of a server, read with an access token. */
const readUsers = (url: string, token: string): Promise<number> =>
  fetch(`${url}/Users`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status)

const createUser = (url: string, token: string): Promise<number> =>
  fetch(`${url}/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ schemas: [userSchema], userName: 'marge' }),
  }).then(({ status }) => status)

const callConsole = async (console: string, method: string, path: string, body?: object) => {
  const response = await fetch(`${console}/api/v1${path}`, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}

const run = promisify(execFile)
const msalProcess = fileURLToPath(new URL('../support/msal-process.ts', import.meta.url))

t.test('MSAL gets a token over TLS, and the next one from its cache', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'msal-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [cert, key] = ['cert.pem', 'key.pem'].map(name => join(folder, name)) as [string, string]
  writeFileSync(cert, selfSigned.cert)
  writeFileSync(key, selfSigned.key)
  const server = await startWith(t, [
    ...flagsOf(await testDatabase(t)),
    `--tls-cert=${cert}`,
    `--tls-key=${key}`,
    '--host=localhost',
    '--profile=entra',
    '--tenant=acme',
    '--client-id=ci',
    `--client-secret=${secret}`,
  ])
  const tokenEndpoint = server.tokenEndpoint?.replace('127.0.0.1', 'localhost')
  const ask = async (clientSecret: string, scopes: readonly (readonly string[])[]) => {
    const input = JSON.stringify({ tokenEndpoint, clientId: 'ci', clientSecret, scopes })
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: cert }
    const { stdout } = await run(process.execPath, [msalProcess, input], { env })
    return JSON.parse(stdout)
  }
  const [first, second, third, fourth] = await ask(secret, [
    ['scim'],
    ['scim'],
    ['api://scim/.default'],
    ['api://scim/.default'],
  ])
  t.match(first, { token: /^scimulator-access-[\w-]{43}$/, fromCache: false })
  t.same(second, { token: first.token, fromCache: true })
  t.match(third, { fromCache: false })
  t.same(fourth, { token: third.token, fromCache: true }, 'a scope that this server does not know')
  const [wrong] = await ask('another-secret', [['scim']])
  t.match(wrong, { error: 'invalid_client' })

  const agent = new Agent({ connect: { ca: selfSigned.cert } })
  t.teardown(() => agent.close())
  const users = `${server.endpoint.replace('127.0.0.1', 'localhost')}/Users`
  const headers = { authorization: `Bearer ${first.token}`, 'content-type': 'application/scim+json' }
  const body = JSON.stringify({ schemas: [userSchema], userName: 'marge' })
  const created = await request(users, { method: 'POST', headers, body, dispatcher: agent })
  await created.body.dump()
  t.equal(created.statusCode, 201, 'a user with the token')

  const { items } = await callConsole(server.console, 'GET', '/exchanges?q=operation:token')
  t.same(
    items.map(({ status }: { status: number }) => status),
    [401, 200, 200],
  )
})

/** A server for clients without TLS. */
async function open(t: Test) {
  const server = await createServer({ profile: 'rfc', tenant: 'acme', clients })
  t.teardown(server.close)
  const tokenEndpoint = server.tokenEndpoint ?? ''
  t.equal(tokenEndpoint, server.url.replace('/scim/v2', '/oauth2/token'))
  t.same(server.clients, [{ id: 'ci', secret }])
  return { server, tokenEndpoint, metadata: { issuer: server.url, token_endpoint: tokenEndpoint } }
}

t.test('openid-client gets a token with its secret in the body and as Basic', async t => {
  const { server, metadata } = await open(t)
  for (const authentication of [openid.ClientSecretPost(secret), openid.ClientSecretBasic(secret)]) {
    const config = new openid.Configuration(metadata, 'ci', {}, authentication)
    openid.allowInsecureRequests(config)
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'scim' })
    t.match(tokens, { token_type: 'bearer', expires_in: 3600, scope: 'scim' })
    t.equal(await readUsers(server.url, tokens.access_token), 200)
  }
  const wrong = new openid.Configuration(metadata, 'ci', {}, openid.ClientSecretBasic('another-secret'))
  openid.allowInsecureRequests(wrong)
  await t.rejects(openid.clientCredentialsGrant(wrong), failing({ status: 401 }))
})

t.test('rotation with an overlap loses no request; a deleted secret ends at once', async t => {
  const { server, metadata } = await open(t)
  const getToken = async (value: string) => {
    const config = new openid.Configuration(metadata, 'ci', {}, openid.ClientSecretPost(value))
    openid.allowInsecureRequests(config)
    return (await openid.clientCredentialsGrant(config)).access_token
  }
  const old = await getToken(secret)
  t.equal(await createUser(server.url, old), 201)
  const path = '/tenants/acme/clients/ci'
  const { value } = await callConsole(server.console, 'POST', `${path}/secrets`)
  const fresh = await getToken(value)
  t.same(await Promise.all([old, fresh].map(token => readUsers(server.url, token))), [200, 200])
  const { secrets } = await callConsole(server.console, 'GET', path)
  await callConsole(server.console, 'DELETE', `${path}/secrets/${secrets[1].id}`)
  t.same(await Promise.all([old, fresh].map(token => readUsers(server.url, token))), [401, 200])
  await t.rejects(getToken(secret), failing({ error: 'invalid_client' }))
})

t.test('oauth4webapi gets a token with every way of authentication', async t => {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const { server, metadata } = await open(t)
  const as = metadata as oauth.AuthorizationServer
  await callConsole(server.console, 'POST', '/tenants/acme/clients', {
    id: 'signing',
    assertion: {
      kind: 'issuer',
      issuer: 'signing',
      subject: 'signing',
      audiences: [as.issuer],
      jwks: issuer.jwks,
    },
  })
  const requestToken = async (id: string, authentication: oauth.ClientAuth) => {
    const client = { client_id: id }
    const parameters = new URLSearchParams({ scope: 'scim' })
    const options = { [oauth.allowInsecureRequests]: true }
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      authentication,
      parameters,
      options,
    )
    return oauth.processClientCredentialsResponse(as, client, response)
  }
  for (const [id, authentication] of [
    ['ci', oauth.ClientSecretPost(secret)],
    ['ci', oauth.ClientSecretBasic(secret)],
    ['signing', oauth.PrivateKeyJwt({ key: key.privateKey, kid: key.kid })],
  ] as const) {
    const { access_token, scope } = await requestToken(id, authentication)
    t.equal(scope, 'scim')
    t.equal(await readUsers(server.url, access_token), 200)
  }
  await t.rejects(
    requestToken('ci', oauth.ClientSecretPost('another-secret')),
    failing({ error: 'invalid_client' }),
  )
  await t.rejects(requestToken('ci', oauth.ClientSecretBasic('another-secret')), failing({ status: 401 }))
  await t.rejects(
    requestToken('ci', oauth.PrivateKeyJwt(key.privateKey)),
    failing({ error: 'invalid_client' }),
  )
})

t.test('createServer rejects clients of a tenant of aws', async t => {
  await t.rejects(
    createServer({ profile: 'aws', clients }),
    /clients\[0\]: AWS takes its own access tokens only/,
  )
  await t.rejects(createServer({ clients: [{ id: 'with blanks' }], profile: 'rfc' }), /client ID/)
})
