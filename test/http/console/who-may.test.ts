import t from 'tap'
import { operations } from '../../../src/contract/index.ts'
import type { Need, Operation } from '../../../src/contract/operation.ts'
import { levels } from '../../../src/ports/console-tokens.ts'
import type { TestResponse } from '../../support/scim.ts'
import { buildTestConsole } from './console-app.ts'
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

t.test('TS-160, TS-166 operations need what their effect requires', async t => {
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
    ['checkSignIn', 'preflight', 'reconcile'],
    'their files do not fit into a URL',
  )
  t.same(
    idsOf(({ method, needs }) => method === 'DELETE' && needs !== 'destroy'),
    ['deleteFault', 'deleteFaults', 'deleteTypes', 'unmuteFinding'],
    'these can be created again',
  )
  t.same(
    idsOf(({ method, needs }) => method !== 'DELETE' && needs === 'destroy'),
    ['createIssuer', 'expireToken', 'purgeStale', 'reset', 'restoreSnapshot', 'rotateToken', 'updateIssuer'],
  )
})

t.test('TS-T10 who may do what', async t => {
  const { openBrowser, signIn, callApi, deps, wait } = await buildSignInConsole(
    t,
    {},
    { token: 'the-token-of-the-console' },
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
  const callers: ReadonlyMap<string, ReturnType<typeof withToken>> = new Map([
    ['nobody', (method, path, body) => callApi(method as 'GET', path, body)],
    ['open', (method, path, body) => open.callApi(method as 'GET', path, body)],
    ...tokens,
    ['console token', withToken('the-token-of-the-console')],
    ['reader', withCookie(reader)],
    ['writer', withCookie(writer)],
    ['recent writer', withCookie(recentWriter)],
  ])

  const all = 'admitted'
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
  }

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
        const expected = table[name]?.[needed]
        if (outcome !== expected) found.push(`${id} (${needed}): ${outcome} instead of ${expected}`)
      }
    }
    t.same(found, [], name)
  }
})

t.test('TS-T10 addresses that do not exist are told to nobody, and need read', async t => {
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
  })
})
