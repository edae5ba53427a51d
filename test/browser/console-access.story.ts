import type { Page } from 'playwright-core'
import { fillWithEvents } from '../../scripts/screenshots/eventful-directory.ts'
import { pageViews, show, trackRequests } from '../../scripts/screenshots/views.ts'
import { story } from '../support/browser.ts'

story('a console token is created, shown once, and deleted', async (t, { server, page }) => {
  await page.goto('/console-access')
  await page.getByText('anyone on this machine can use the console').waitFor()
  await page.getByRole('button', { name: 'Create console token…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('prometheus')
  await dialog.getByLabel('Scope').selectOption('metrics')
  await page.keyboard.press('Enter')
  await dialog.getByText('Copy the token now').waitFor()
  const token = (await dialog.locator('code').first().textContent()) ?? ''
  await dialog.getByRole('button', { name: 'Done' }).click()
  const row = page.getByRole('row', { name: /prometheus/ })
  await row.getByText('metrics').waitFor()
  t.notMatch(await page.content(), token)
  const metrics = await fetch(`${server.console}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  t.equal(metrics.status, 200)

  await row.getByRole('button', { name: 'Delete prometheus' }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await row.waitFor({ state: 'detached' })
})

story(
  'a caller that may only read sees each page without buttons that change something',
  async (t, { server, page }) => {
    const eventful = await fillWithEvents(server)
    await actAsReader(page)
    trackRequests(page)
    const names = new Set<string>()
    for (const view of pageViews(eventful)) {
      await show(page, view)
      for (const name of await enabledButtons(page)) if (!isHarmless(name)) names.add(`${view.name}: ${name}`)
    }
    t.same([...names], [])
  },
  { awsAuth: 'any' },
)

const isHarmless = (name: string): boolean => /^(Copy|Export|Pause|Play|Previous|Next|Show) ?/.test(name)

/** The page behaves as for a caller that may only read, whatever the server would allow. */
const actAsReader = (page: Page) =>
  page.route('**/api/v1/me', route =>
    route.fulfill({ json: { signIn: false, caller: { kind: 'token', name: 'reader', level: 'read' } } }),
  )

const enabledButtons = (page: Page): Promise<readonly string[]> =>
  page
    .getByRole('main')
    .locator('button:enabled:not([aria-pressed], [aria-expanded], .dropdown-content button)')
    .evaluateAll(buttons =>
      buttons.map(button => (button.getAttribute('aria-label') ?? button.textContent ?? '').trim()),
    )
