import { existsSync, readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { request } from 'undici'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { ended, linesOf, start } from '../http/cli/run.ts'
import { flagsOf, storedTexts, testDatabase } from '../support/database.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'
import { aUser } from '../support/samples.ts'
import { decompress } from '../support/session-file.ts'
import { receiveWebhooks } from '../support/webhook-receiver.ts'

type Headers = Readonly<Record<string, string>>
type Received = {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

const audience = 'https://scim.example/acme'
const consoleAudience = 'the-api-of-the-console'

/** The addresses of the console that return data. */
const views = [
  ...[
    '/me',
    '/sessions',
    '/console-tokens',
    '/audit',
    '/audit/export?format=ndjson',
    '/audit/export?format=csv',
  ],
  ...['/settings', '/tenants', '/tenants/acme', '/tenants/acme/tokens', '/tenants/acme/clients'],
  ...['/tenants/acme/access-tokens', '/tenants/acme/issuers', '/tenants/acme/setup', '/tenants/acme/users'],
  ...['/exchanges?limit=200', '/exchanges/export?format=ndjson', '/exchanges/export?format=har'],
  ...['/exchanges/export?format=csv', '/findings', '/cycles', '/faults', '/webhooks', '/snapshots'],
  ...[
    '/exchanges/export?format=recording&tenant=acme',
    '/exchanges/export?format=cloudtrail',
    '/tenants/acme/overview',
  ],
  ...['/tenants/acme/session', '/tenants/acme/stale', '/tenants/acme/types', '/tenants/acme/groups'],
  ...['/tenants/acme-session', '/tenants/acme-session/session', '/tenants/acme-session/setup'],
  ...['/exchanges?tenant=acme-session&limit=200', '/exchanges/export?format=har&tenant=acme-session'],
]

t.test('no credential is in a log, response, export, entry, metric or file', async t => {
  const provider = await startIdentityProvider(t)
  const logged: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk))
      done()
    },
  })
  /** Every credential of the run, by what it is. */
  const hidden = new Map<string, string>()
  const hide = (name: string, text: string | undefined): string => {
    if (!text) throw new Error(`There is no ${name}.`)
    hidden.set(name, text)
    return text
  }
  hide('secret of the console at the provider', provider.clientSecret)
  hide('access token of the provider', 'an-access-token-of-the-provider')
  const consoleToken = hide('token of the settings', 'console-token-of-the-settings')
  const scimToken = hide('token of the first tenant', 'scim-token-of-the-settings')

  const receiver = await receiveWebhooks(t)
  const webhookSecret = hide('secret of the webhook', `whsec_${btoa('secret of the webhook 012')}`)
  const webhookPath = hide('address of the webhook', 'path-that-only-the-receiver-knows')
  const firstSecret = hide('client secret of the settings', 'client-secret-of-the-settings')

  const database = await testDatabase(t, `${t.testdir()}/scimulator.db`)
  const config = readConfig({
    args: [
      ...[...flagsOf(database), '--port=0', '--console-port=0', '--aws-port=0', '--log-level=trace'],
      ...['--tenant=acme', '--profile=rfc', '--client-id=ci', `--console-audience=${consoleAudience}`],
      ...[`--console-issuer=${provider.issuer}`, `--console-client-id=${provider.clientId}`],
    ],
    environment: {
      SCIMULATOR_TOKEN: scimToken,
      SCIMULATOR_CLIENT_SECRET: firstSecret,
      SCIMULATOR_CONSOLE_TOKEN: consoleToken,
      SCIMULATOR_CONSOLE_CLIENT_SECRET: provider.clientSecret,
      SCIMULATOR_WEBHOOK: `${receiver.url}/${webhookPath}`,
      SCIMULATOR_WEBHOOK_SECRET: webhookSecret,
    },
    isTerminal: false,
  })
  const server = await startServer(config, pino({ level: 'trace' }, sink))
  t.teardown(server.close)
  const { port } = new URL(server.console)
  const origin = `http://localhost:${port}`

  const send = async (url: string, method: string, headers: Headers, body?: string): Promise<Received> => {
    const response = await request(url, { method, headers, ...(body !== undefined && { body }) } as object)
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() }
  }
  /** What anybody can see. */
  const received: string[] = []
  const see = async (...parts: Parameters<typeof send>): Promise<Received> => {
    const response = await send(...parts)
    received.push(`${JSON.stringify(response.headers)} ${decompress(response.text)}`)
    return response
  }
  const asBrowser = (path: string, cookies: readonly string[], headers: Headers = {}) =>
    send(`${server.console}${path}`, 'GET', {
      ...{ host: `localhost:${port}`, accept: 'text/html', cookie: cookies.join('; ') },
      ...{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      ...headers,
    })
  const cookiesOf = ({ headers }: Received) =>
    [headers['set-cookie'] ?? []].flat().map(cookie => cookie.split(';', 1)[0] ?? '')

  // A person signs in.
  const started = await asBrowser('/auth/sign-in', [])
  const location = String(started.headers.location)
  const [attempt = ''] = cookiesOf(started)
  hide('cookie of the attempt', attempt.split('=')[1])
  const back = provider.authorize(location, { claims: { roles: ['Scimulator.Write'] } })
  hide('authorization code', back.searchParams.get('code') ?? '')
  hide('state', back.searchParams.get('state') ?? '')
  hide('nonce', new URL(location).searchParams.get('nonce') ?? '')
  const callback = back.pathname + back.search
  const signedIn = await asBrowser(callback, [attempt], { 'sec-fetch-site': 'cross-site' })
  t.equal(signedIn.status, 302, signedIn.text)
  const session = cookiesOf(signedIn).find(cookie => cookie.startsWith(`scimulator-${port}=`)) ?? ''
  hide('cookie of the session', session.split('=')[1])
  await asBrowser(callback, [attempt], { 'sec-fetch-site': 'cross-site' })
  await asBrowser(callback, [])

  // The person makes credentials of every kind.
  const host = { host: `localhost:${port}` }
  const asPerson = { ...host, origin, cookie: session, 'content-type': 'application/json' }
  const api = `${server.console}/api/v1`
  const create = async (path: string, body: object) => {
    const { status, text } = await send(`${api}${path}`, 'POST', asPerson, JSON.stringify(body))
    t.equal(status, 201, `${path}: ${text}`)
    return JSON.parse(text)
  }
  const named = await create('/console-tokens', { name: 'ci', scope: 'destroy' })
  hide('named console token', named.value)
  const { value: ownToken } = await create('/tenants/acme/tokens', {})
  hide('access token of the tenant', ownToken)
  const client = await create('/tenants/acme/clients', { name: 'a client' })
  hide('client secret', client.secret.value)
  const issuer = await create('/tenants/acme/issuers', {
    ...{ kind: 'oauth', issuer: provider.issuer, audiences: [audience] },
  })
  const federated = await create('/tenants/acme/clients', {
    assertion: {
      ...{
        kind: 'issuer',
        issuer: provider.issuer,
        subject: 'workload',
        audiences: ['https://scim.example/token'],
      },
      jwks: `${provider.issuer}/keys`,
    },
  })
  const secondSecret = await create(`/tenants/acme/clients/${client.id}/secrets`, {})
  hide('second client secret', secondSecret.value)

  const events = new AbortController()
  const stream = await fetch(`${api}/events`, {
    headers: { authorization: `Bearer ${consoleToken}` },
    signal: events.signal,
  })
  let reported = ''
  const reading = (async () => {
    for await (const chunk of stream.body ?? []) reported += Buffer.from(chunk).toString()
  })().catch(() => undefined)

  // Clients use them, in the right places and in wrong ones.
  const token = async (secret: string) => {
    const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: secret }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { text } = await send(client.tokenEndpoint, 'POST', headers, new URLSearchParams(form).toString())
    return JSON.parse(text)
  }
  const accessToken = hide(
    'access token of the token endpoint',
    (await token(client.secret.value)).access_token,
  )
  await token(`${client.secret.value}x`)
  const basic = btoa(`${client.id}:${secondSecret.value}`)
  hide(
    'second access token',
    JSON.parse(
      (
        await send(
          client.tokenEndpoint,
          'POST',
          { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
          'grant_type=client_credentials',
        )
      ).text,
    ).access_token,
  )
  hide('basic credentials', basic)
  const jwt = await provider.accessToken({ aud: audience, sub: 'robot' })
  const wrongJwt = await provider.accessToken({ aud: 'elsewhere', sub: 'robot' })
  const identity = await provider.accessToken({
    aud: consoleAudience,
    sub: 'robot',
    roles: ['Scimulator.Write'],
  })
  for (const [name, text] of Object.entries({ jwt, wrongJwt, identity })) {
    hide(name, text)
    hide(`signature of ${name}`, text.split('.')[2])
  }
  const workload = hide(
    'assertion',
    await provider.accessToken({ aud: 'https://scim.example/token', sub: 'workload' }),
  )
  hide('signature of the assertion', workload.split('.')[2])
  const assert = (assertion: string) =>
    send(
      client.tokenEndpoint,
      'POST',
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: federated.id,
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }).toString(),
    )
  const refused = await assert(wrongJwt)
  t.equal(refused.status, 401)
  received.push(refused.text)
  const granted = await assert(workload)
  t.equal(granted.status, 200, granted.text)
  hide('access token for an assertion', JSON.parse(granted.text).access_token)

  const everyText = [...hidden.values()]
  const scim = server.endpoint
  for (const text of [scimToken, ownToken, accessToken, jwt]) {
    const { status } = await see(`${scim}/Users`, 'GET', { authorization: `Bearer ${text}` })
    t.equal(status, 200)
  }
  // The console delays each of these, and all later requests: they are sent at once.
  await Promise.all(
    everyText.flatMap(text => [
      see(`${scim}/Users`, 'GET', { authorization: `Bearer ${text}` }),
      see(`${scim}/Users?access_token=${encodeURIComponent(text)}`, 'GET', {
        authorization: `Bearer ${text}`,
      }),
      see(`${api}/tenants`, 'GET', { ...host, authorization: `Bearer ${text}` }),
      see(`${api}/tenants`, 'GET', { ...host, authorization: `Basic ${btoa(`x:${text}`)}` }),
    ]),
  )
  const { status: listed } = await see(`${api}/tenants`, 'GET', {
    ...host,
    authorization: `Bearer ${identity}`,
  })
  t.equal(listed, 200)
  // Another console token in the place of an ID.
  const asScript = { ...host, authorization: `Bearer ${named.value}` }
  const misplaced = await see(
    `${api}/faults/${encodeURIComponent(consoleToken.slice(0, 3))}`,
    'DELETE',
    asScript,
  )
  t.equal(misplaced.status, 404)
  for (const text of [
    ...[named.value, client.secret.value, accessToken, identity],
    ...[consoleToken, scimToken, firstSecret],
  ]) {
    await send(`${api}/console-tokens/${text}`, 'DELETE', asScript)
    await send(`${api}/tenants/acme/tokens/${text}`, 'DELETE', asScript)
    await send(`${api}/tenants/${text}/tokens`, 'POST', asScript)
  }
  await see(
    `${scim}/Users`,
    'POST',
    { authorization: `Bearer ${accessToken}`, 'content-type': 'application/scim+json' },
    JSON.stringify(aUser('marge')),
  )
  await send(`${server.console}/auth/sign-out`, 'POST', asPerson, '{}')
  await see(`${api}/tenants`, 'GET', { ...host, cookie: session })
  await see(
    `${api}/tenants/acme/issuers/${issuer.id}/check`,
    'POST',
    { ...asScript, 'content-type': 'application/json' },
    JSON.stringify({ token: wrongJwt }),
  )

  // Everything that can be read: also a session file that is opened again, snapshots and webhooks.
  await see(`${api}/snapshots`, 'POST', asScript)
  await see(`${api}/webhooks/test`, 'POST', asScript)
  const { text: exported } = await see(`${api}/tenants/acme/session`, 'GET', asScript)
  const opened = await see(
    `${api}/tenants/open-session?id=acme-session`,
    'POST',
    { ...asScript, 'content-type': 'text/html' },
    exported,
  )
  t.equal(opened.status, 201, opened.text)
  await Promise.all(
    views.map(async view => {
      const { status, text } = await see(`${api}${view}`, 'GET', asScript)
      t.equal(status, 200, `${view}: ${text.slice(0, 200)}`)
    }),
  )
  await see(`${server.console}/metrics`, 'GET', asScript)
  const { items } = JSON.parse((await see(`${api}/exchanges?limit=200`, 'GET', asScript)).text)
  const ofExchange = ['', '/explanation', '/export?format=curl', '/export?format=har']
  await Promise.all(
    items.flatMap(({ id }: { id: string }) =>
      ofExchange.map(view => see(`${api}/exchanges/${id}${view}`, 'GET', asScript)),
    ),
  )
  const { items: entries } = JSON.parse((await see(`${api}/audit?limit=200`, 'GET', asScript)).text)
  const operations = new Set(entries.map(({ operation }: { operation: string }) => operation))
  for (const operation of ['signIn', 'signOut', 'createConsoleToken', 'createClient', 'createIssuer']) {
    t.ok(operations.has(operation), `${operation} is in the audit log`)
  }
  events.abort()
  await reading
  await server.close()

  const delivered = await Promise.all(Array.from({ length: receiver.count() }, receiver.next))
  const places = {
    responses: received.join('\n'),
    events: reported,
    webhooks: delivered.map(({ headers, text }) => JSON.stringify(headers) + text).join('\n'),
    log: logged.join(''),
    database: (await storedTexts(database)).join(''),
  }
  t.match(places.events, /event: exchange/)
  t.match(places.webhooks, /"test"/)
  t.match(places.responses, /marge/)
  t.match(places.database, /marge/)
  t.ok(places.log.length > 0)
  for (const [place, text] of Object.entries(places)) {
    const found = [...hidden].filter(
      ([, secret]) =>
        text.includes(secret) || text.includes(btoa(secret)) || text.includes(encodeURIComponent(secret)),
    )
    t.same(
      found.map(([name]) => name),
      [],
      `no credential is in the ${place}`,
    )
  }
})

t.test(
  'no credential is in the arguments of a process',
  { skip: !existsSync('/proc/self/cmdline') && 'There is no /proc.' },
  async t => {
    const secrets = {
      SCIMULATOR_TOKEN: 'scim-token-of-the-environment',
      SCIMULATOR_CLIENT_SECRET: 'client-secret-of-the-environment',
      SCIMULATOR_CONSOLE_TOKEN: 'console-token-of-the-environment',
      SCIMULATOR_CONSOLE_CLIENT_SECRET: 'secret-of-the-console-at-the-provider',
    }
    const child = start(
      [
        ...['--memory', '--port=0', '--console-port=0', '--no-aws', '--profile=entra', '--tenant=acme'],
        ...['--client-id=ci', '--console-client-id=console', '--console-issuer=http://127.0.0.1:9'],
        '--log-format=json',
      ],
      secrets,
    )
    t.teardown(() => child.kill('SIGKILL'))
    const { value: ready } = await linesOf(child.stdout).next()
    const { endpoint } = JSON.parse(String(ready))
    const client = start(
      [
        ...[
          'entra',
          'test-connection',
          '--url',
          endpoint,
          '--auth',
          'client-credentials',
          '--client-id',
          'ci',
        ],
        ...['--token-endpoint', endpoint.replace('scim/v2', 'oauth2/token')],
      ],
      { SCIMULATOR_ENTRA_CLIENT_SECRET: secrets.SCIMULATOR_CLIENT_SECRET },
    )
    const argumentsOf = ({ pid }: { readonly pid?: number | undefined }) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const args = [argumentsOf(child), argumentsOf(client)].join('\n')
    const { code, out, err } = await ended(client)
    t.equal(code, 0, err)
    t.match(args, /client-id=ci.*\n.*test-connection/)
    const shown = [args, out, err, ready].join('\n')
    for (const secret of Object.values(secrets)) t.notOk(shown.includes(secret))
  },
)
