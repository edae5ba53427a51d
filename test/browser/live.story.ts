import type { Page } from 'playwright-core'
import type { TestServer } from '../../src/index.ts'
import { story } from '../support/browser.ts'
import { proxyOf } from '../support/interruptible-proxy.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'
import { startWith } from '../support/started-server.ts'

const rowsOf = (page: Page) =>
  page.getByRole('list', { name: 'Requests, newest first' }).getByRole('listitem')
const rowCountOf = async (page: Page) => Number(await rowsOf(page).first().getAttribute('aria-setsize'))

/** Waits until the list has this many rows. */
const hasRows = (page: Page, count: number) => page.locator(`[aria-setsize="${count}"]`).first().waitFor()

async function listUsers({ url, token }: TestServer, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const response = await fetch(`${url}/Users?startIndex=${time + 1}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await response.arrayBuffer()
  }
}

story(
  'the page shows a lost connection, reconnects and loads missed requests',
  async (t, { server, page, open, provokes }) => {
    provokes(/net::ERR_/)
    const proxy = await proxyOf(t, server.console)
    const { job } = provisioningOf(server)
    await job.testConnection()
    await page.goto(`${proxy.address}/activity`)
    const status = page.getByRole('banner').getByRole('status')
    await status.getByText('Live', { exact: true }).waitFor()
    await rowsOf(page).filter({ hasText: 'test connection' }).first().waitFor()

    proxy.interrupt()
    await status.getByText('Offline since').waitFor()
    await job.runCycle({ directory: await springfield() })
    t.equal(await rowsOf(page).filter({ hasText: 'create user' }).count(), 0, 'nothing arrives meanwhile')
    proxy.resume()
    await status.getByText('Live', { exact: true }).waitFor()
    await rowsOf(page).filter({ hasText: 'add 1 member' }).first().waitFor()

    const fresh = await open()
    await fresh.goto('/activity')
    await rowsOf(fresh).first().waitFor()
    await hasRows(page, await rowCountOf(fresh))
    t.pass('the missed requests are in the list')
  },
)

story('the scroll position stays when requests arrive', async (t, { server, page }) => {
  await provisioningOf(server).job.runCycle({ directory: await springfield() })
  await page.goto('/activity')
  await rowsOf(page).first().waitFor()
  const before = await rowCountOf(page)
  const list = page.locator('.virtual-list')
  await list.evaluate(scrollBy, 700)
  const line = page.locator('[data-row="32"]')
  await line.waitFor()
  t.equal(await list.evaluate(scrolled), 700, 'the list keeps the offset')
  const address = (await line.getByRole('link').getAttribute('href')) ?? ''
  const same = page.locator(`[data-row] a[href="${address}"]`)
  const place = (await same.boundingBox())?.y ?? Number.NaN

  await listUsers(server, 20)
  // Ad-hoc requests have a heading of their own.
  await hasRows(page, before + 21)
  const now = (await same.boundingBox())?.y ?? Number.NaN
  t.ok(Math.abs(now - place) < 1, `the row keeps its place: ${place}, ${now}`)
  await list.evaluate(scrollBy, -5000)
  await rowsOf(page).filter({ hasText: 'list users' }).first().waitFor()
  await listUsers(server, 1)
  await hasRows(page, before + 22)
  t.equal(await list.evaluate(scrolled), 0, 'scrolled to the start, the list shows new requests')
})

// Run in the page.
type Scrolling = { scrollTop: number }
const scrollBy = (element: Scrolling, by: number) => {
  element.scrollTop += by
}
const scrolled = ({ scrollTop }: Scrolling) => scrollTop

/** Chromium without a window shows all tabs; the page sees this one as hidden. */
const setHidden = (page: Page, isHidden: boolean) =>
  page.evaluate(`{
    Object.defineProperty(document, 'visibilityState', { value: '${isHidden ? 'hidden' : 'visible'}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }`)

declare const document: { readonly title: string }
const hasTitle = (wanted: string) => document.title === wanted

const refuse = ({ url }: TestServer) =>
  fetch(`${url}/Users`, { headers: { authorization: 'Bearer unknown' } }).then(response =>
    response.arrayBuffer(),
  )

story(
  'a tab in the background counts refused requests in its title, and notifies only if it is turned on',
  async (t, { server, page }) => {
    await page.context().grantPermissions(['notifications'], { origin: server.console })
    await page.addInitScript(`{
      const Real = Notification
      window.shown = []
      window.Notification = class extends Real {
        constructor(title, options) { super(title, options); shown.push([title, options.body, options.silent]) }
      }
    }`)
    await page.clock.install()
    const titled = (wanted: string) => page.waitForFunction(hasTitle, wanted)
    await page.goto('/activity')
    const status = (of: Page) => of.getByRole('banner').getByRole('status')
    await status(page).getByText('Live', { exact: true }).waitFor()
    const icon = () => page.locator('link[rel=icon]').getAttribute('href')
    const plain = await icon()

    await refuse(server)
    await rowsOf(page).filter({ hasText: '401' }).first().waitFor()
    t.equal(await page.title(), 'Activity · Scimulator', 'a visible tab counts nothing')
    await setHidden(page, true)
    await listUsers(server, 1)
    await refuse(server)
    await refuse(server)
    await titled('(2) Activity · Scimulator')
    const marked = (await icon()) ?? ''
    t.not(marked, plain)
    t.match(await (await page.request.get(marked)).text(), /<circle/)
    t.same(await page.evaluate('shown'), [])
    await setHidden(page, false)
    await titled('Activity · Scimulator')
    t.equal(await icon(), plain)

    await page.keyboard.press('?')
    await page.getByRole('checkbox', { name: /Notify me/ }).check()
    await page.keyboard.press('Escape')
    await setHidden(page, true)
    await refuse(server)
    await titled('(1) Activity · Scimulator')
    t.same(await page.evaluate('shown'), [['1 refused request', '401 rejected: unknown token', true]])

    const other = await page.context().newPage()
    await other.goto('/findings')
    await status(other).getByText('Live', { exact: true }).waitFor()
    await setHidden(other, true)
    await page.clock.fastForward(31_000)
    const both = [status(page), status(other)]
    await Promise.any(both.map(each => each.getByText('Paused (tab hidden)').waitFor()))
    const labels = await Promise.all(both.map(each => each.textContent()))
    t.same(labels.sort(), [' Live', ' Paused (tab hidden)'], 'one hidden tab stays connected')
  },
)

story('the console token is requested once', async (t, { page, provokes }) => {
  provokes(/401 \(Unauthorized\)/)
  const { console } = await startWith(t, ['--memory', '--console-token=let-me-look-at-it'])
  const live = page.getByRole('banner').getByText('Live', { exact: true })
  const field = page.getByRole('textbox', { name: 'Console token' })
  await page.goto(`${console}/tenants`)
  await field.fill('let-me-in')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Invalid token.').waitFor()
  t.equal(await page.getByRole('row').count(), 0, 'nothing is shown without it')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Enter token' }).click()
  await field.fill('let-me-look-at-it')
  await page.keyboard.press('Enter')
  await live.waitFor()
  await page.getByRole('row').nth(1).waitFor()
  await page.reload()
  await live.waitFor()
  await page.getByRole('row').nth(1).waitFor()
  t.equal(await page.getByRole('dialog').count(), 0)
})
