import { Readable } from 'node:stream'
import t from 'tap'
import { operations } from '../../../src/domain/contract/index.ts'
import type { Need, Operation } from '../../../src/domain/contract/operation.ts'
import {
  formerAddresses,
  pageAddresses,
  signInAddresses,
} from '../../../src/domain/contract/page-addresses.ts'
import { levels } from '../../../src/domain/ports/console-access.ts'
import type { TestResponse } from '../../support/scim.ts'
import { buildTestConsole, watchRoutes } from './console-app.ts'
import { buildSignInConsole } from './sign-in-app.ts'

const minute = 60_000

type Route = {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly need: Need | undefined
}

/** The routes of the OpenAPI document, with what they need. */
function routesOf({ body: document }: TestResponse): readonly Route[] {
  const paths: Readonly<Record<string, Readonly<Record<string, Record<string, string>>>>> = document.paths
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: String(operation.operationId),
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'nobody'),
      need: operation['x-needs'] as Need | undefined,
    })),
  )
}

const assertion = { kind: 'issuer', issuer: 'https://login.example', subject: 's', audiences: ['a'] }

/** Bodies of operations whose need depends on them, with what they need then. */
const bodies: Readonly<Record<string, readonly (readonly [body: object, need: Need])[]>> = {
  purgeStale: [
    [{ all: true }, 'destroy'],
    [{ all: true, preview: true }, 'read'],
  ],
  createClient: [
    [{}, 'write'],
    [{ assertion }, 'destroy'],
  ],
  updateClient: [
    [{ name: 'x' }, 'write'],
    [{ assertion }, 'destroy'],
  ],
  updateTenant: [
    [{ onDelete: 'retain' }, 'write'],
    [{ onDelete: 'remove' }, 'destroy'],
  ],
  createConsoleToken: [
    [{ name: 'ci' }, 'write'],
    [{ name: 'root', scope: 'destroy' }, 'destroy'],
  ],
}

/** How far a request came: past the guard, or the status by which it was refused. */
function outcomeOf({ status, body }: TestResponse): 'admitted' | 401 | 403 {
  const kind = String(body?.type ?? '')
    .split(':')
    .at(-1)
  const isRefusal = ['token-required', 'sign-in-needed', 'recent-sign-in-needed', 'not-allowed'].includes(
    String(kind),
  )
  return isRefusal && (status === 401 || status === 403) ? status : 'admitted'
}

t.test('TS-166 every route is an operation, or has no data', async t => {
  const { built, later } = await watchRoutes(() => buildSignInConsole(t))
  const document = (await built.callApi('GET', '/api/openapi.json')).body
  const described = Object.entries(document.paths as Readonly<Record<string, object>>).flatMap(
    ([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
  const withoutData = [
    ...[...Object.values(pageAddresses), ...Object.keys(formerAddresses)].map(path => `GET ${path}`),
    ...[
      '/api/docs',
      '/api/docs/json',
      '/api/docs/yaml',
      '/api/docs/static/start.js',
      '/api/docs/static/:file',
      '/api/openapi.json',
      '/assets/:file',
    ].map(path => `GET ${path}`),
    ...[signInAddresses.signIn, signInAddresses.stepUp, signInAddresses.callback].map(path => `GET ${path}`),
    `POST ${signInAddresses.signOut}`,
  ]
  t.same(later, [...described, ...withoutData].sort())
})

t.test('TS-166 every route states what it needs, as its operation does', async t => {
  const { callApi } = await buildTestConsole(t)
  const routes = routesOf(await callApi('GET', '/api/openapi.json'))
  const contract: readonly (readonly [string, Operation])[] = Object.entries(operations)
  t.same(Object.fromEntries(routes.map(({ id, need }) => [id, need])), {
    ...Object.fromEntries(contract.map(([id, { needs }]) => [id, needs])),
    livez: 'none',
    readyz: 'none',
    showMetrics: 'metrics',
  })
})

t.test('TS-050 TS-160 TS-166 operations need what their effect requires', async t => {
  const contract: readonly (readonly [string, Operation])[] = Object.entries(operations)
  const idsOf = (isChosen: (operation: Operation) => boolean) =>
    contract
      .filter(([, operation]) => isChosen(operation))
      .map(([id]) => id)
      .sort()
  const isReading = ({ needs }: Operation) => needs === 'read' || needs === 'none'
  t.same(
    idsOf(operation => operation.method === 'GET' && !isReading(operation)),
    ['listSessions'],
    'other people’s sessions are for writers',
  )
  t.same(
    idsOf(operation => operation.method !== 'GET' && isReading(operation)),
    ['checkSignIn', 'compareMapping', 'drift', 'preflight', 'reconcile', 'rehearse'],
    'their files do not fit into a URL',
  )
  t.same(
    idsOf(({ method, needs }) => method === 'DELETE' && needs !== 'destroy'),
    ['deleteFault', 'deleteFaults', 'unmuteFinding'],
    'these can be created again, and nothing depends on them',
  )
  t.same(
    idsOf(({ method, needs }) => method !== 'DELETE' && needs === 'destroy'),
    ['createIssuer', 'expireToken', 'purgeStale', 'reset', 'restoreSnapshot', 'rotateToken', 'updateIssuer'],
  )
})

t.test('who may do what', async t => {
  const audience = 'api://console'
  const {
    openBrowser,
    signIn,
    callApi,
    deps,
    wait,
    provider,
    token: scimToken,
  } = await buildSignInConsole(
    t,
    { audience },
    { token: 'the-token-of-the-console', guessLimit: { pause: async () => {} } },
  )
  const open = await buildTestConsole(t)
  const validity = 24 * 60 * minute
  const routes = routesOf(await callApi('GET', '/api/openapi.json')).filter(({ id }) => id !== 'streamEvents')

  const [reader, writer, recentWriter] = [openBrowser(), openBrowser(), openBrowser()]
  await signIn(reader, { roles: ['Scimulator.Read'] })
  await signIn(writer)
  wait(6 * minute)
  await signIn(recentWriter, { auth_time: Math.floor(Date.now() / 1000) + 360 })
  const withToken = (token: string) => (method: string, path: string, body?: object) =>
    callApi(method as 'GET', path, body, { authorization: `Bearer ${token}` })
  const withCookie = (browser: typeof reader) => (method: string, path: string, body?: object) =>
    browser.fetch(method as 'GET', path, body)
  const tokens = await Promise.all(
    levels.map(async level => {
      const { text } = await deps.consoleTokens.create({ name: `of-${level}`, level, validity })
      return [`token ${level}`, withToken(text)] as const
    }),
  )
  const ended = openBrowser()
  await signIn(ended)
  const { caller } = (await ended.fetch('GET', '/api/v1/me')).body
  t.equal((await recentWriter.fetch('DELETE', `/api/v1/sessions/${caller.session}`)).status, 204)
  const revoked = await deps.consoleTokens.create({ name: 'revoked', level: 'destroy', validity })
  await deps.consoleTokens.remove(revoked.token.id)
  const now = Math.floor(Date.now() / 1000)
  const identity = async (roles: readonly string[], more: object = {}) =>
    withToken(await provider.accessToken({ sub: 'service', aud: audience, roles, ...more }))
  const callers: ReadonlyMap<string, ReturnType<typeof withToken>> = new Map([
    ['nobody', (method, path, body) => callApi(method as 'GET', path, body)],
    ['open', (method, path, body) => open.callApi(method as 'GET', path, body)],
    ...tokens,
    ['console token', withToken('the-token-of-the-console')],
    ['reader', withCookie(reader)],
    ['writer', withCookie(writer)],
    ['recent writer', withCookie(recentWriter)],
    ['identity that reads', await identity(['Scimulator.Read'], { auth_time: now + 360 })],
    ['identity that writes', await identity(['Scimulator.Write'])],
    ['recent identity', await identity(['Scimulator.Write'], { auth_time: now + 360 })],
    ['identity without a role', await identity([])],
    ['identity of another audience', await identity(['Scimulator.Write'], { aud: 'api://other' })],
    ['ended session', withCookie(ended)],
    ['deleted console token', withToken(revoked.text)],
    ['token of the SCIM endpoint', withToken(scimToken)],
    [
      'Basic',
      (method, path, body) =>
        callApi(method as 'GET', path, body, {
          authorization: `Basic ${btoa('x:the-token-of-the-console')}`,
        }),
    ],
  ])

  const all = 'admitted'
  /** Credentials that are not valid are refused even where none are needed, except for the health checks. */
  const refused = { none: 401, metrics: 401, read: 401, write: 401, destroy: 401 } as const
  /** What each kind of caller may, by need. */
  const table: Readonly<Record<string, Readonly<Record<Need, ReturnType<typeof outcomeOf>>>>> = {
    nobody: { none: all, metrics: 401, read: 401, write: 401, destroy: 401 },
    open: { none: all, metrics: all, read: all, write: all, destroy: all },
    'token metrics': { none: all, metrics: all, read: 403, write: 403, destroy: 403 },
    'token read': { none: all, metrics: all, read: all, write: 403, destroy: 403 },
    'token write': { none: all, metrics: all, read: all, write: all, destroy: 403 },
    'token destroy': { none: all, metrics: all, read: all, write: all, destroy: all },
    'console token': { none: all, metrics: all, read: all, write: all, destroy: all },
    reader: { none: all, metrics: all, read: all, write: 403, destroy: 403 },
    writer: { none: all, metrics: all, read: all, write: all, destroy: 401 },
    'recent writer': { none: all, metrics: all, read: all, write: all, destroy: all },
    'identity that reads': { none: all, metrics: all, read: all, write: 403, destroy: 403 },
    'identity that writes': { none: all, metrics: all, read: all, write: all, destroy: 401 },
    'recent identity': { none: all, metrics: all, read: all, write: all, destroy: all },
    'identity without a role': { none: 403, metrics: 403, read: 403, write: 403, destroy: 403 },
    'identity of another audience': refused,
    'ended session': { none: all, metrics: 401, read: 401, write: 401, destroy: 401 },
    'deleted console token': refused,
    'token of the SCIM endpoint': refused,
    Basic: refused,
  }

  const health = ['livez', 'readyz']
  // The last ones end sessions.
  const inOrder = routes.toSorted(
    (a, b) => Number(a.path.includes('sessions')) - Number(b.path.includes('sessions')),
  )
  for (const [name, send] of callers) {
    const found: string[] = []
    for (const { id, method, path, need = 'none' } of inOrder) {
      if (id === 'endSessions' && table[name]?.destroy === all) continue
      for (const [body, needed] of bodies[id] ?? [[undefined, need] as const]) {
        const outcome = outcomeOf(await send(method, path, body))
        const expected = health.includes(id) ? all : table[name]?.[needed]
        if (outcome !== expected) found.push(`${id} (${needed}): ${outcome} instead of ${expected}`)
      }
    }
    t.same(found, [], name)
  }
})

t.test('no page of another site changes anything with the cookie of a person', async t => {
  const { openBrowser, signIn, callApi } = await buildSignInConsole(t)
  const browser = openBrowser()
  await signIn(browser)
  const routes = routesOf(await callApi('GET', '/api/openapi.json'))
  const changing = routes.filter(({ method }) => method !== 'GET')
  t.ok(changing.length > 40)
  const site = 'https://evil.example'
  const crossSite = { origin: site, 'sec-fetch-site': 'cross-site' }
  const form = { 'content-type': 'text/plain' }
  const requests: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    'without Origin': { origin: undefined, 'sec-fetch-site': undefined },
    'with a foreign Origin': { origin: site, 'sec-fetch-site': undefined },
    'with the Origin null of a sandbox': { origin: 'null', 'sec-fetch-site': undefined },
    'from another port of this machine': { origin: 'http://localhost:9999', 'sec-fetch-site': 'same-site' },
    'form of another site': { ...crossSite, ...form },
    'form of another site, in an old browser': { origin: undefined, 'sec-fetch-site': undefined, ...form },
  }
  for (const [name, headers] of Object.entries(requests)) {
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
    const cookie = [...browser.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
    const found: string[] = []
    for (const { id, method, path } of changing) {
      const { status, body } = await callApi(method as 'POST', path, '{"id":"x"}', {
        ...{ host: 'localhost:8081', cookie },
        ...(sent as Readonly<Record<string, string>>),
      })
      if (status !== 403 || body.type !== 'urn:scimulator:problem:cross-origin')
        found.push(`${id}: ${status}`)
    }
    t.same(found, [], name)
  }
  t.match(await browser.fetch('GET', '/api/v1/me'), { body: { caller: { kind: 'person' } } })
})

t.test('a token or session that ends while a body arrives changes nothing', async t => {
  const { openBrowser, signIn, console, deps } = await buildSignInConsole(t)
  const { consoleTokens, tenants } = deps
  const browser = openBrowser()
  await signIn(browser)
  const { text, token } = await consoleTokens.create({ name: 'ci', level: 'destroy', validity: minute })
  const cookie = [...browser.cookies].map(pair => pair.join('=')).join('; ')
  const createTenant = async (
    headers: Readonly<Record<string, string>>,
    meanwhile: () => Promise<unknown>,
  ) => {
    async function* slowly() {
      yield '{"id":'
      await meanwhile()
      yield '"other"}'
    }
    const { statusCode } = await console.inject({
      method: 'POST',
      url: '/api/v1/tenants',
      headers: {
        host: 'localhost:8081',
        'content-type': 'application/json',
        'content-length': '14',
        ...headers,
      },
      payload: Readable.from(slowly()),
    })
    return statusCode
  }
  const asScript = { authorization: `Bearer ${text}` }
  const asPerson = { cookie, origin: 'http://localhost:8081' }
  t.equal(await createTenant(asScript, () => consoleTokens.remove(token.id)), 401)
  t.equal(await createTenant(asPerson, () => browser.fetch('POST', '/auth/sign-out')), 401)
  t.equal(tenants.find('other'), undefined)
  await signIn(browser)
  const again = [...browser.cookies].map(pair => pair.join('=')).join('; ')
  t.equal(await createTenant({ ...asPerson, cookie: again }, async () => {}), 201)
})

t.test('addresses that do not exist are told to nobody, and need read', async t => {
  const { callApi, deps } = await buildSignInConsole(t, {}, { token: 'the-token-of-the-console' })
  const { text } = await deps.consoleTokens.create({
    name: 'm',
    level: 'metrics',
    validity: minute,
  })
  t.equal((await callApi('GET', '/api/v1/nowhere')).status, 401)
  t.equal(
    (await callApi('GET', '/api/v1/nowhere', undefined, { authorization: `Bearer ${text}` })).status,
    403,
  )
  t.equal(
    (await callApi('GET', '/api/v1/nowhere', undefined, { authorization: 'Bearer the-token-of-the-console' }))
      .status,
    404,
  )
})

t.test('a token that is wrong is refused, whatever the address needs', async t => {
  const { openBrowser, signIn, callApi } = await buildSignInConsole(t)
  const browser = openBrowser()
  await signIn(browser)
  const headers = { authorization: 'Bearer wrong' }
  t.equal((await callApi('GET', '/api/v1/me', undefined, headers)).status, 401)
  t.equal((await browser.fetch('GET', '/api/v1/tenants', undefined, headers)).status, 401)
  const { callApi: callOpen } = await buildTestConsole(t)
  t.same((await callOpen('GET', '/api/v1/me', undefined, headers)).body, {
    signIn: false,
    caller: { kind: 'open', level: 'destroy' },
    faults: [],
  })
})
