import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const focused = (page: Page): Locator => page.locator(':focus')

/** Waits until the element has the focus. */
async function isFocused(t: Test, element: Locator, name: string): Promise<void> {
  const match = element.and(focused(element.page()))
  await match.waitFor({ timeout: 5000 }).catch(async () => {
    t.comment(
      `focused instead: ${await focused(element.page())
        .evaluateAll(String)
        .catch(() => 'nothing')}`,
    )
  })
  t.equal(await match.count(), 1, name)
}

const rowAt = (page: Page, at: number) => page.locator(`[data-row="${at}"] :is(a, button)`).first()

story('the activity list works by keyboard', async (t, { server, page }) => {
  await provisioningOf(server).job.runCycle({ directory: await springfield() })
  await page.goto('/activity')
  await rowAt(page, 0).waitFor()
  const { keyboard } = page

  await keyboard.press('Tab')
  await isFocused(
    t,
    page.getByRole('link', { name: 'Skip to main content' }),
    'the first stop skips the menu',
  )
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await isFocused(t, page.getByRole('button', { name: 'Pause' }), 'then the page')
  for (const _ of ['Export', 'Requests', 'Cycles', 'Console changes', 'the search'])
    await keyboard.press('Tab')
  const field = page.getByRole('searchbox', { name: 'Search requests' })
  await isFocused(t, field, 'then the search')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await isFocused(t, rowAt(page, 0), 'then the list')

  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await isFocused(t, rowAt(page, 2), 'arrow keys move from row to row')
  await keyboard.press('ArrowUp')
  await isFocused(t, rowAt(page, 1), 'and back')
  await keyboard.press('End')
  const count = Number(await page.locator('[data-row]').first().getAttribute('aria-setsize'))
  t.ok(count > 40, 'there are more rows than fit')
  await isFocused(t, rowAt(page, count - 1), 'End moves to the last row')
  await keyboard.press('PageUp')
  t.ok(Number(await focused(page).evaluate(rowIndex)) < count - 5, 'Page Up moves by many rows')
  await keyboard.press('Home')
  await isFocused(t, rowAt(page, 0), 'Home moves to the first row')

  await keyboard.press('Enter')
  await page.locator('[data-row]').nth(1).waitFor({ state: 'detached' })
  await keyboard.press('x')
  await rowAt(page, 1).waitFor()
  await keyboard.press('ArrowDown')
  const action = await rowAt(page, 1).textContent()
  await keyboard.press('Enter')
  await page.getByRole('region', { name: 'Messages' }).waitFor()
  const heading = page.getByRole('heading', { level: 1 })
  await isFocused(t, heading, 'a request opens with the focus on its heading')
  t.equal((await heading.textContent())?.toLowerCase(), action)
  t.match(await page.title(), /^(?!Request).+ · Scimulator$/, 'the title names the action')

  await page.goBack()
  await rowAt(page, 0).waitFor()
  await isFocused(t, page.getByRole('heading', { name: 'Activity' }), 'Back focuses the heading, too')
})

// Run in the page.
const rowIndex = (element: { closest(selector: string): { dataset: { row?: string } } | null }) =>
  element.closest('[data-row]')?.dataset.row

story('Escape closes menus and dialogs and restores the focus', async (t, { server, page }) => {
  await provisioningOf(server).job.testConnection()
  const { keyboard } = page
  await page.goto('/activity')
  await rowAt(page, 0).waitFor()
  const filters = page.getByText('Filters', { exact: true })
  await filters.focus()
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await isFocused(t, page.getByRole('button', { name: 'status:4xx' }), 'the panel is the next stop')
  await keyboard.press('Escape')
  await page.getByRole('button', { name: 'status:4xx' }).waitFor({ state: 'hidden' })
  await isFocused(t, filters, 'Escape returns to its button')

  const dialogs: readonly (readonly [address: string, button: string])[] = [
    ['/lab', 'Arm a fault…'],
    ['/lab', 'Set…'],
    ['/lab', 'Take a snapshot…'],
    ['/server', 'New tenant…'],
    ['/server', 'Reset all…'],
    ['/server', 'Open…'],
    ['/tenants/acme', 'Reset tenant…'],
    ['/tenants/acme', 'Delete tenant…'],
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
    await isFocused(t, button, `${name}: the focus returns to the button`)
  }
})

story('keys change the tab, filter the list, share, and explain themselves', async (t, { page }) => {
  const { keyboard } = page
  await page.goto('/server')
  await page.getByRole('row').filter({ hasText: 'acme' }).waitFor()
  await keyboard.press(']')
  await page.waitForURL('**/server?view=settings')
  await keyboard.press(']')
  await page.waitForURL('**/server?view=access')
  await keyboard.press('[')
  await page.waitForURL('**/server?view=settings')
  await keyboard.press('s')
  const copy = page.getByRole('button', { name: 'Copy link' })
  await copy.click()
  await page.getByText('Link copied.').waitFor()
  t.equal(await page.evaluate('navigator.clipboard.readText()'), `Server\n${page.url()}`)
  await copy.focus()
  await keyboard.press('Escape')
  await page.getByRole('button', { name: 'Copy link' }).waitFor({ state: 'hidden' })
  await keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await sheet.getByText('The previous and the next tab').waitFor()
  await keyboard.press(']')
  t.match(page.url(), /view=settings$/, 'a dialog keeps its keys')
  await keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  await page.goto('/activity')
  const field = page.getByRole('searchbox').first()
  await field.waitFor()
  await keyboard.press('/')
  await isFocused(t, field, '/ goes to the filter')
  await keyboard.type('/[s')
  t.equal(await field.inputValue(), '/[s', 'and is a character there')
})

story('the palette finds actions, and keeps the selected one', async (t, { page }) => {
  const { keyboard } = page
  await page.goto('/lab')
  await page.getByRole('heading', { name: 'Lab' }).waitFor()
  await keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'User, group, request, page or action' })
  const selected = page.getByRole('dialog').getByRole('option', { selected: true })
  for (const [text, first] of [
    ['clo', 'Page Clock'],
    ['use the d', 'Action Use the dark theme'],
    ['export', 'Action Export what this page shows as a file'],
    ['advance', 'Action Advance the clock by 40 min'],
  ] as const) {
    await field.fill(text)
    await page.getByRole('option', { name: first }).waitFor()
    t.equal((await selected.textContent())?.trim(), first)
  }
  await keyboard.press('ArrowDown')
  await page.getByRole('option', { name: 'by 1 day', selected: true }).waitFor()
  await keyboard.press('Enter')
  await page
    .getByText('1 d ahead')
    .or(page.getByText('24 h ahead'))
    .or(page.getByText('1 day ahead'))
    .first()
    .waitFor()
})

story('a phone has the first pages at its lower edge, and More', async (t, { open }) => {
  const page = await open({ viewport: { width: 390, height: 844 } })
  await page.goto('/findings')
  const groups = page.getByRole('link', { name: 'Groups' })
  const more = page.getByRole('button', { name: 'More' })
  await more.waitFor()
  t.equal(await page.getByRole('link', { name: 'Users' }).isVisible(), true)
  t.equal(await groups.isVisible(), false)
  await more.focus()
  await page.keyboard.press('Enter')
  t.equal(await more.getAttribute('aria-expanded'), 'true')
  await groups.waitFor()
  await page.keyboard.press('Escape')
  await groups.waitFor({ state: 'hidden' })
  await isFocused(t, more, 'Escape closes it')

  await page.keyboard.press('Enter')
  await groups.focus()
  await page.keyboard.press('Enter')
  await isFocused(t, page.getByRole('heading', { name: 'Groups' }), 'a page opens from the menu')
  t.equal(await groups.isVisible(), false, 'and the menu closes')
  t.equal(await more.getAttribute('aria-expanded'), 'false')
})

story('every page, a list and the film strip are used without a pointer', async (t, { server, page }) => {
  await provisioningOf(server).job.runCycle({ directory: await springfield() })
  const { keyboard } = page
  await page.goto('/server')
  await page.getByRole('row').filter({ hasText: 'acme' }).waitFor()
  for (const [label, address] of [
    ['Activity', '/activity'],
    ['Findings', '/findings'],
    ['Groups', '/tenants/acme/groups'],
    ['Access', '/tenants/acme/access'],
    ['Connect', '/tenants/acme/connect'],
    ['Lab', '/lab'],
    ['Server', '/server'],
    ['Users', '/tenants/acme/users'],
  ] as const) {
    await keyboard.press('Control+k')
    await page.locator('dialog[open] .palette-field').and(focused(page)).waitFor()
    await keyboard.type(label)
    await page.getByRole('option', { name: `Page ${label}`, exact: true, selected: true }).waitFor()
    await keyboard.press('Enter')
    await isFocused(
      t,
      page.getByRole('heading', { name: label, exact: true }),
      `${label} opens at its heading`,
    )
    t.equal(new URL(page.url()).pathname, address)
  }

  const links = page.getByRole('table', { name: 'users' }).locator('tbody').getByRole('link')
  await links.nth(3).waitFor()
  await links.first().focus()
  await keyboard.press('j')
  await keyboard.press('ArrowDown')
  const third = (await links.nth(2).textContent()) ?? ''
  await isFocused(t, links.nth(2), 'keys move from row to row')
  await keyboard.press('Enter')
  await page.getByRole('navigation', { name: third }).or(page.getByText(third).first()).first().waitFor()
  await page.waitForURL('**/users/*')
  await page.goBack()
  await isFocused(t, page.getByRole('link', { name: third, exact: true }), 'Back returns to the row')

  await page
    .getByRole('button', { name: /^Modified|^Last modified|^Changed/ })
    .first()
    .focus()
  await keyboard.press('Enter')
  await page.waitForURL(/sort=/)
  t.equal(await page.locator('th[aria-sort]').count(), 1, 'Enter sorts by a column')
  await keyboard.press('/')
  await keyboard.type('barney')
  await keyboard.press('Enter')
  await links.nth(1).waitFor({ state: 'detached' })
  t.match(await links.first().textContent(), /barney/i, 'the list is filtered')

  await keyboard.press('Control+k')
  await page.locator('dialog[open] .palette-field').and(focused(page)).waitFor()
  await keyboard.type('Overview')
  await keyboard.press('Enter')
  await isFocused(t, page.getByRole('heading', { level: 1 }), 'Overview opens at its sentence')
  const strip = page.getByRole('group', { name: 'One column for each cycle' }).getByRole('link')
  await strip.last().waitFor()
  for (let stops = 0; stops < 20 && (await strip.last().and(focused(page)).count()) === 0; stops++)
    await keyboard.press('Tab')
  await isFocused(t, strip.last(), 'the strip is a stop')
  await keyboard.press('ArrowLeft')
  await isFocused(t, strip.first(), 'its first cycle has none before it')
  await keyboard.press('Enter')
  await page.getByRole('region', { name: 'What it changed' }).waitFor()
})
