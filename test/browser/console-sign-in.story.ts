import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { sharedBrowser, skipWithoutChromium, storyTests } from '../support/browser.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.ts'
import { startWith } from '../support/started-server.ts'

type Stage = {
  readonly provider: OpenIdProvider
  /** The URL of the console for browsers. */
  readonly console: string
  /** Opens a page in a new context of the browser. */
  open(): Promise<Page>
}

/** A server whose console uses a real OpenID provider, and a real browser. */
async function setStage(t: Test, flags: readonly string[] = []): Promise<Stage> {
  const provider = await startOpenIdProvider(t)
  const writer = { name: 'Anna Berg', roles: ['Scimulator.Write'] }
  provider.users.set('anna', writer).set('bert', { name: 'Bert', roles: ['Scimulator.Read'] })
  provider.users.set('carl', { name: 'Carl', groups: ['g-1'] }).set('dora', { hasgroups: true })
  provider.login({ accountId: 'anna' })
  const server = await startWith(t, [
    '--memory',
    '--tenant=acme',
    `--console-issuer=${provider.issuer}`,
    `--console-client-id=${provider.clientId}`,
    `--console-client-secret=${provider.clientSecret}`,
    ...flags,
  ])
  const browser: Browser = await sharedBrowser()
  const contexts: BrowserContext[] = []
  t.teardown(async () => {
    for (const context of contexts) await context.close()
  })
  return {
    provider,
    console: `http://localhost:${new URL(server.console).port}`,
    async open() {
      const context = await browser.newContext()
      contexts.push(context)
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      return page
    },
  }
}

type CallResult = { readonly status: number; readonly body: unknown }

/** Sends a request to the console from a page of it. */
const call = (page: Page, method: string, path: string, body?: object): Promise<CallResult> =>
  page.evaluate(
    async ([method, path, body]) => {
      const response = await fetch(path, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body }),
      })
      return { status: response.status, body: await response.json().catch(() => undefined) }
    },
    [method, path, body && JSON.stringify(body)] as const,
  )

const story = (name: string, run: (t: Test) => Promise<void>) =>
  storyTests().test(name, { skip: skipWithoutChromium }, run)

story('a person signs in, works, and signs out', async t => {
  const { console, open } = await setStage(t)
  const page = await open()
  await page.goto(`${console}/auth/sign-in?return=/tenants/acme/connect`)
  t.equal(page.url(), `${console}/tenants/acme/connect`)
  t.match(await call(page, 'GET', '/api/v1/me'), {
    body: { signIn: true, caller: { kind: 'person', level: 'destroy', name: 'Anna Berg', recent: true } },
  })
  t.match(await call(page, 'POST', '/api/v1/tenants', { id: 'other' }), { status: 201 })
  const readable = await page.evaluate('document.cookie')
  t.equal(readable, '', 'scripts of the page cannot read the cookies')

  const { status, body } = await call(page, 'POST', '/auth/sign-out')
  t.equal(status, 200)
  t.match(body, { location: /\/session\/end\?/ })
  t.match(await call(page, 'GET', '/api/v1/tenants'), { status: 401 })
  await page.goto(`${console}/auth/sign-in`)
  t.match(await call(page, 'GET', '/api/v1/tenants'), { status: 200 }, 'the provider signs in again at once')
})

story('a browser at 127.0.0.1 is sent to localhost before it signs in', async t => {
  const { console, open } = await setStage(t)
  const page = await open()
  await page.goto(`${console.replace('localhost', '127.0.0.1')}/auth/sign-in`)
  t.equal(page.url(), `${console}/`)
  t.match(await call(page, 'GET', '/api/v1/me'), { body: { caller: { name: 'Anna Berg' } } })
})

story('roles come from roles and groups; nobody else has a session', async t => {
  const { console, provider, open } = await setStage(t, [
    '--console-readers=roles=Scimulator.Read groups=g-1',
  ])
  const signIn = async (accountId: string) => {
    provider.login({ accountId })
    const page = await open()
    const response = await page.goto(`${console}/auth/sign-in`)
    return { page, status: response?.status() }
  }
  for (const account of ['bert', 'carl']) {
    const { page } = await signIn(account)
    t.match(await call(page, 'GET', '/api/v1/me'), { body: { caller: { level: 'read' } } }, account)
    t.match(await call(page, 'POST', '/api/v1/tenants', {}), { status: 403 }, account)
  }
  provider.users.set('eve', { roles: ['<img src=x onerror=alert(1)>'] })
  const { page, status } = await signIn('eve')
  t.equal(status, 403)
  t.match(await page.textContent('main'), /neither --console-readers nor --console-writers/)
  t.match(await page.textContent('dl'), /<img src=x onerror=alert\(1\)>/)
  t.equal(await page.locator('img').count(), 0)
  const dora = await signIn('dora')
  t.equal(dora.status, 403)
  t.match(await dora.page.textContent('main'), /too many groups.*Use app roles/)
})

story('a response of the provider is good in the browser that started, once', async t => {
  const { console, open } = await setStage(t)
  const [page, other] = [await open(), await open()]
  const callbacks: string[] = []
  page.on('request', request => {
    if (request.url().includes('/auth/callback')) callbacks.push(request.url())
  })
  await page.goto(`${console}/auth/sign-in`)
  const [callback = ''] = callbacks
  t.match(callback, /\?code=.*&state=.*&iss=/)
  for (const again of [other, page]) {
    const response = await again.goto(callback)
    t.equal(response?.status(), 400)
    t.match(await again.textContent('main'), /not started in this browser, was completed already/)
  }
  await page.goto(console)
  t.match(await call(page, 'GET', '/api/v1/tenants'), { status: 200 }, 'the session continues')
  await other.goto(console)
  t.match(await call(other, 'GET', '/api/v1/tenants'), { status: 401 })
})

story('a response with another state, issuer or code does not sign the person in', async t => {
  const { console, open } = await setStage(t)
  const page = await open()
  /** The address of the response to another sign-in, which the browser has not opened. */
  const startAnother = async () => {
    let address = `${console}/auth/sign-in`
    while (!address.startsWith(`${console}/auth/callback`)) {
      const redirect = await page.context().request.get(address, { maxRedirects: 0 })
      address = new URL(redirect.headers().location ?? '', address).href
    }
    return new URL(address)
  }
  const foreign = await startAnother()
  const changes = [
    ['state', foreign.searchParams.get('state')],
    ['iss', 'https://evil.example'],
    ['code', foreign.searchParams.get('code')],
    ['code', 'guessed'],
  ] as const
  for (const [name, value] of changes) {
    const response = await startAnother()
    response.searchParams.set(name, value ?? '')
    t.equal((await page.goto(response.href))?.status(), 400, `${name} ${value}`)
    await page.goto(console)
    t.match(await call(page, 'GET', '/api/v1/tenants'), { status: 401 })
  }
})

story('return leads to no other site', async t => {
  const { console, open } = await setStage(t)
  for (const path of ['//evil.example', 'https://evil.example', '/%5Cevil.example']) {
    const page = await open()
    await page.goto(`${console}/auth/sign-in?return=${path}`)
    t.equal(page.url(), `${console}/`, path)
  }
})

story('a purge asks for a recent sign-in, and is done at the second press', async t => {
  const { console, provider, open } = await setStage(t)
  provider.login({ accountId: 'anna', age: 3600 })
  const page = await open()
  await page.goto(`${console}/auth/sign-in`)
  const purge = '/api/v1/tenants/acme/stale/purge'
  const unused = '/tenants/acme/users?view=unused'
  t.match(await call(page, 'POST', purge, { all: true, preview: true }), { status: 200 })
  t.match(await call(page, 'POST', purge, { all: true }), {
    status: 401,
    body: { type: 'urn:scimulator:problem:recent-sign-in-needed' },
  })
  const stepUp = async (account: Parameters<OpenIdProvider['login']>[0]) => {
    provider.login(account)
    // The provider has no session of an earlier account.
    await page.context().clearCookies({ domain: '127.0.0.1' })
    return page.goto(`${console}/auth/step-up?return=${encodeURIComponent(unused)}`)
  }
  t.equal((await stepUp({ accountId: 'anna', age: 600 }))?.status(), 403, 'an old auth_time')
  t.equal((await stepUp({ accountId: 'bert' }))?.status(), 403, 'another person')
  await page.goto(console)
  t.match(await call(page, 'POST', purge, { all: true }), { status: 401 })
  await stepUp({ accountId: 'anna' })
  t.equal(page.url(), `${console}${unused}`)
  t.match(await call(page, 'POST', purge, { all: true }), { status: 200 })
})

story('a step-up with an authentication context needs that context', async t => {
  const { console, provider, open } = await setStage(t, ['--console-acr=c1'])
  const page = await open()
  await page.goto(`${console}/auth/sign-in`)
  t.match(await call(page, 'POST', '/api/v1/reset'), { status: 401 })
  const weaker = await page.goto(`${console}/auth/step-up?return=/server`)
  t.equal(weaker?.status(), 403, 'the provider responded from its session, without the context')
  await page.context().clearCookies({ domain: '127.0.0.1' })
  provider.login({ accountId: 'anna', acr: 'c1' })
  await page.goto(`${console}/auth/step-up?return=/server`)
  t.equal(page.url(), `${console}/server`)
  t.match(await call(page, 'POST', '/api/v1/reset'), { status: 200 })
})
