import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

/** What has the focus, in the words of who hears it. */
const focused = (page: Page): Locator => page.locator(':focus')

/** Waits until that has the focus. */
async function comesTo(t: Test, wanted: Locator, what: string): Promise<void> {
  const isIt = wanted.and(wanted.page().locator(':focus'))
  await isIt.waitFor({ timeout: 5000 }).catch(async () => {
    t.comment(
      `instead: ${await focused(wanted.page())
        .evaluateAll(String)
        .catch(() => 'nothing')}`,
    )
  })
  t.equal(await isIt.count(), 1, what)
}

const lineOf = (page: Page, at: number) => page.locator(`[data-row="${at}"] :is(a, button)`).first()

story('the activity is gone through by keyboard', async (t, { server, page }) => {
  await provisioningOf(server).job.runCycle({ directory: await springfield() })
  await page.goto('/')
  await lineOf(page, 0).waitFor()
  const { keyboard } = page

  await keyboard.press('Tab')
  await comesTo(
    t,
    page.getByRole('link', { name: 'Skip to main content' }),
    'the first stop leads past the menu',
  )
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await comesTo(t, page.getByRole('button', { name: 'Pause' }), 'the page follows')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  const field = page.getByRole('searchbox', { name: 'Search requests' })
  await comesTo(t, field, 'then the search')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await comesTo(t, lineOf(page, 0), 'then the list')

  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await comesTo(t, lineOf(page, 2), 'arrow keys go from line to line')
  await keyboard.press('ArrowUp')
  await comesTo(t, lineOf(page, 1), 'and back')
  await keyboard.press('End')
  const count = Number(await page.locator('[data-row]').first().getAttribute('aria-setsize'))
  t.ok(count > 40, 'there are more lines than fit')
  await comesTo(t, lineOf(page, count - 1), 'End goes to the last one')
  await keyboard.press('PageUp')
  t.ok(Number(await focused(page).evaluate(lineNumber)) < count - 5, 'a page up is many lines')
  await keyboard.press('Home')
  await comesTo(t, lineOf(page, 0), 'Home goes to the first one')

  await keyboard.press('Enter')
  await page.locator('[data-row]').nth(1).waitFor({ state: 'detached' })
  await keyboard.press('Enter')
  await lineOf(page, 1).waitFor()
  await keyboard.press('ArrowDown')
  const words = await lineOf(page, 1).textContent()
  await keyboard.press('Enter')
  await page.getByRole('region', { name: 'Messages' }).waitFor()
  const heading = page.getByRole('heading', { level: 1 })
  await comesTo(t, heading, 'an exchange opens, and who reads by ear is at its heading')
  t.equal((await heading.textContent())?.toLowerCase(), words)
  t.match(await page.title(), /^(?!Exchange).+ · Scimulator$/, 'the title says it too')

  await page.goBack()
  await lineOf(page, 0).waitFor()
  await comesTo(t, page.getByRole('heading', { name: 'Activity' }), 'the way back does the same')
})

// Run in the page.
const lineNumber = (element: { closest(selector: string): { dataset: { row?: string } } | null }) =>
  element.closest('[data-row]')?.dataset.row

story('what opens is closed with Escape, and one is where one was', async (t, { server, page }) => {
  await provisioningOf(server).job.testConnection()
  const { keyboard } = page
  await page.goto('/')
  await lineOf(page, 0).waitFor()
  const terms = page.getByText('Filters', { exact: true })
  await terms.focus()
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await comesTo(t, page.getByRole('button', { name: 'status:4xx' }), 'what drops down is next')
  await keyboard.press('Escape')
  await page.getByRole('button', { name: 'status:4xx' }).waitFor({ state: 'hidden' })
  await comesTo(t, terms, 'Escape leads back to what opened it')

  const dialogs: readonly (readonly [address: string, button: string])[] = [
    ['/faults', 'New fault…'],
    ['/tenants', 'New tenant…'],
    ['/tenants', 'Reset all tenants…'],
    ['/tenants/acme', 'Reset tenant…'],
    ['/tenants/acme', 'Delete tenant…'],
    ['/tenants/acme/tokens', 'Generate token'],
    ['/tenants/acme/tokens', 'Rotate…'],
    ['/tenants/acme/tokens', 'Expire now…'],
    ['/tenants/acme/stale', 'Purge all deleted…'],
  ]
  for (const [address, name] of dialogs) {
    await page.goto(address)
    const button = page.getByRole('button', { name, exact: true })
    await button.focus()
    await keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    t.equal(await dialog.locator(':focus').count(), 1, `${name}: the focus is in the dialog`)
    await keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await comesTo(t, button, `${name}: and back at the button`)
  }
})

story('on a phone the menu is a button away', async (t, { open }) => {
  const page = await open({ viewport: { width: 390, height: 844 } })
  await page.goto('/findings')
  const users = page.getByRole('link', { name: 'Users' })
  const menu = page.getByRole('button', { name: 'Menu' })
  await menu.waitFor()
  t.equal(await users.isVisible(), false)
  await menu.focus()
  await page.keyboard.press('Enter')
  t.equal(await menu.getAttribute('aria-expanded'), 'true')
  await users.waitFor()
  await page.keyboard.press('Escape')
  await users.waitFor({ state: 'hidden' })
  await comesTo(t, menu, 'Escape closes it')

  await page.keyboard.press('Enter')
  await users.focus()
  await page.keyboard.press('Enter')
  await comesTo(t, page.getByRole('heading', { name: 'Users' }), 'a page is chosen from it')
  t.equal(await users.isVisible(), false, 'and it closes')
  t.equal(await menu.getAttribute('aria-expanded'), 'false')
})
