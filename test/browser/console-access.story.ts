import type { Page } from 'playwright-core'
import { fillWithEvents } from '../../scripts/screenshots/eventful-directory.ts'
import { otherViews, pageViews, show, trackRequests } from '../../scripts/screenshots/views.ts'
import { story } from '../support/browser.ts'

story('a console token is created, shown once, and deleted', async (t, { server, page }) => {
  await page.goto('/server?view=access')
  await page.getByText('anyone on this machine can use the console').waitFor()
  await page.getByRole('button', { name: 'Create console token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('prometheus')
  await dialog.getByLabel('Scope').selectOption('metrics')
  await page.keyboard.press('Enter')
  await dialog.getByText('You won’t be able to see it again').waitFor()
  const token = (await dialog.locator('code').first().textContent()) ?? ''
  await dialog.getByRole('button', { name: 'Done' }).click()
  const row = page.getByRole('row', { name: /prometheus/ })
  await row.getByText('metrics').waitFor()
  t.notMatch(await page.content(), token)
  const metrics = await fetch(`${server.console}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  t.equal(metrics.status, 200)

  await row.getByRole('button', { name: 'Delete…' }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await row.waitFor({ state: 'detached' })
})

story(
  'a caller that may only read sees each page and view without buttons that change something',
  async (t, { server, page, provokes }) => {
    provokes(/404 \(Not Found\)|400 \(Bad Request\)/)
    const eventful = await fillWithEvents(server)
    await actAsReader(page)
    trackRequests(page)
    const names = new Set<string>()
    const views = [...pageViews(eventful), ...otherViews(eventful).filter(({ open }) => !open)]
    for (const [at, view] of views.entries()) {
      await show(page, view, { loads: at === 0 })
      for (const name of await enabledButtons(page)) if (!isHarmless(name)) names.add(`${view.name}: ${name}`)
    }
    t.same([...names], [])
  },
  { awsAuth: 'any' },
)

/** "Try with Springfield" checks an example, which needs no more than reading. */
const isHarmless = (name: string): boolean =>
  /^(Clear|Copy|CSV|Export|Next|Older|Pause|Play|Previous|Search|Show|Try with Springfield|Use status)( |$)/.test(
    name,
  )

/** The page behaves as for a caller that may only read, whatever the server would allow. */
const actAsReader = (page: Page) =>
  page.route('**/api/v1/me', route =>
    route.fulfill({ json: { signIn: false, caller: { kind: 'token', name: 'reader', level: 'read' } } }),
  )

/** Without those that sort a list, unfold something or choose what is shown. */
const enabledButtons = (page: Page): Promise<readonly string[]> =>
  page
    .getByRole('main')
    .locator('button:enabled:not([aria-pressed], [aria-expanded], thead button, .dropdown-content button)')
    .evaluateAll(buttons =>
      buttons.map(button => (button.getAttribute('aria-label') ?? button.textContent ?? '').trim()),
    )
