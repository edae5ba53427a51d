import type { Page } from 'playwright-core'
import { show, trackRequests } from '../../scripts/screenshots/views.ts'
import { story } from '../support/browser.ts'
import { signIn, startSignIn } from '../support/signed-in-browser.ts'

const credentials = '/tenants/acme/connect?view=credentials'

const tokenOf = (page: Page) => page.getByRole('table', { name: 'tokens', exact: true }).locator('tbody tr')

story(
  'TS-113 a reader signs in, sees no buttons that change something, and signs out',
  async (t, { page }) => {
    const { console, provider } = await startSignIn(t)
    provider.login({ accountId: 'bert' })
    await page.goto(`${console}${credentials}&from=here`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.equal(await page.getByRole('navigation').count(), 0, 'nothing else is shown before')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Connect', exact: true }).waitFor()
    t.match(
      page.url(),
      /^http:\/\/localhost:\d+\/tenants\/acme\/connect\?view=credentials&from=here$/,
      'the page that was opened',
    )
    await tokenOf(page).waitFor()
    t.same(await page.locator('main button:not(thead button)').allTextContents(), [])

    await page.getByText('Menu', { exact: true }).locator('..').click()
    await page.getByText('Bert Tal').waitFor()
    await page.getByText('Read-only', { exact: true }).waitFor()
    const providersPage = `${provider.issuer}/session/end?*`
    await page.route(providersPage, route => route.fulfill({ contentType: 'text/plain', body: 'Signed out' }))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(providersPage)
    await page.goto(console)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  },
)

story(
  'what cannot be undone asks a writer to sign in again, and is done at the second press',
  async (t, { page, provokes }) => {
    provokes(/401 \(Unauthorized\)/)
    const { console, provider } = await startSignIn(t)
    provider.login({ accountId: 'anna', age: 3600 })
    await signIn(page, `${console}${credentials}`)
    const token = tokenOf(page)
    const dialog = page.getByRole('dialog')
    const pressDelete = async () => {
      await token.getByRole('button', { name: 'Delete…' }).click()
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    }
    await pressDelete()
    const prompt = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await prompt.getByText('Sign in again to confirm this').waitFor()
    await page.keyboard.press('Escape')
    await prompt.waitFor({ state: 'detached' })
    t.equal(await dialog.count(), 1, 'the first dialog is still open')
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()

    provider.login({ accountId: 'anna' })
    await prompt.getByRole('link', { name: 'Sign in again' }).click()
    await prompt.waitFor({ state: 'detached' })
    await token.waitFor()
    t.match(page.url(), /\/tenants\/acme\/connect\?view=credentials$/, 'back on the page')
    t.equal(await dialog.count(), 0, 'nothing is carried out or prepared by the return')

    await pressDelete()
    await page.getByText(/^Token …\S+ deleted\./).waitFor()
    await token.waitFor({ state: 'detached' })
    await page.goto(new URL('/activity?view=changes', page.url()).href)
    await page
      .getByRole('row', { name: /Anna Berg.*Delete token/ })
      .first()
      .waitFor()
    t.match((await page.getByRole('row').allTextContents()).slice(1), [
      /Delete token.*204/,
      /Sign-in to confirm an action/,
      /Delete token.*401/,
      /Delete token.*401/,
      /Sign-in/,
    ])
  },
)

story('a writer sees the sessions and ends their own', async (t, { page, provokes }) => {
  provokes(/401 \(Unauthorized\)/)
  const { console, provider } = await startSignIn(t)
  provider.login({ accountId: 'anna' })
  await signIn(page, `${console}/server?view=access`)
  const row = page.getByRole('row', { name: /Anna Berg/ })
  await row.getByText('(you)').waitFor()
  t.match(await row.textContent(), /read and write/)
  await row.getByRole('button', { name: 'End…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

story(
  'a session that has ended meanwhile prompts for sign-in on the same page',
  async (t, { page, provokes }) => {
    provokes(/401 \(Unauthorized\)/)
    const { console, provider } = await startSignIn(t)
    provider.login({ accountId: 'anna' })
    trackRequests(page)
    await signIn(page, `${console}/lab`)
    await show(page, { name: 'lab', address: `${console}/lab` })
    await page.getByRole('button', { name: 'Take a snapshot' }).click()
    const take = page.getByRole('button', { name: 'Take', exact: true })
    await take.waitFor()
    await page.context().clearCookies()
    // What the page loads by itself can be the first to notice. Its prompt then covers the button.
    await take.dispatchEvent('click')
    const prompt = page.getByRole('dialog', { name: 'Your session has ended' })
    await prompt.getByRole('link', { name: 'Sign in' }).click()
    await prompt.waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Lab', exact: true }).waitFor()
    await page.getByText('None. Take one before a test that changes many records.').waitFor()
    t.match(page.url(), /\/lab$/)
  },
)
