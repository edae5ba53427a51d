import type { Page } from 'playwright-core'
import type { TestServer } from '../../src/index.ts'
import { story } from '../support/browser.ts'

const listUsers = (server: TestServer, token: string) =>
  fetch(`${server.url}/Users`, { headers: { authorization: `Bearer ${token}` } })

/** Requests an access token as a client would, with the values that the page showed. */
async function requestToken([endpoint = '', id = '', secret = '']: readonly string[]) {
  const response = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
  })
  const body = (await response.json()) as { readonly access_token?: string; readonly error?: string }
  return { status: response.status, token: body.access_token ?? '', error: body.error }
}

const rowsOf = (page: Page, list: string) =>
  page.getByRole('table', { name: list, exact: true }).locator('tbody').getByRole('row')

const shownValues = (page: Page) => page.getByRole('dialog').locator('.labeled-copy code').allTextContents()

story(
  'a client of the token endpoint is created, gets a second secret, and is deleted',
  async (t, { server, page }) => {
    await page.goto('/tenants/acme/connect?view=credentials')
    await page.getByRole('button', { name: 'Create client…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Entra ID')
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await dialog.getByText('Copy the client secret now').waitFor()
    const values = await shownValues(page)
    t.match(values, [
      server.url.replace('/scim/v2', '/oauth2/token'),
      /^client_[\w-]{22}$/,
      /^scimulator-secret-[\w-]{43}$/,
    ])
    await dialog.getByRole('button', { name: 'Done' }).click()
    t.notMatch(await page.content(), values[2] ?? '', 'the secret is not shown again')

    const { token } = await requestToken(values)
    t.equal((await listUsers(server, token)).status, 200)
    await page.reload()
    const row = rowsOf(page, 'clients').filter({ hasText: 'Entra ID' })
    await page.getByText('Access tokens of the last days').click()
    await rowsOf(page, 'access tokens').getByRole('button', { name: 'Revoke' }).click()
    await rowsOf(page, 'access tokens').getByText('revoked').waitFor()
    t.equal((await listUsers(server, token)).status, 401, 'a revoked access token is rejected')

    await row.getByRole('button', { name: 'New secret…' }).click()
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await dialog.getByText('Copy the client secret now').waitFor()
    const [id = '', second = ''] = await shownValues(page)
    await dialog.getByRole('button', { name: 'Done' }).click()
    const secrets = rowsOf(page, 'client secrets')
    await secrets.nth(1).waitFor()
    t.equal(await row.getByRole('button', { name: 'New secret…' }).isDisabled(), true, 'two at most')
    t.equal((await requestToken([values[0] ?? '', id, second])).status, 200)

    await secrets.nth(1).getByRole('button', { name: 'Delete' }).click()
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await secrets.nth(1).waitFor({ state: 'detached' })
    t.match(await requestToken(values), { status: 401, error: 'invalid_client' }, 'the first secret is gone')

    await row.getByRole('button', { name: 'Delete…', exact: true }).click()
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await row.waitFor({ state: 'detached' })
    t.equal((await requestToken([values[0] ?? '', id, second])).status, 401)
  },
  { profile: 'entra' },
)

story(
  'the form of a client reports the errors of its fields',
  async (t, { page, provokes }) => {
    provokes(/400 \(Bad Request\)/)
    await page.goto('/tenants/acme/connect?view=credentials')
    await page.getByRole('button', { name: 'Create client…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Entra workload identity federation').check()
    await dialog.getByLabel('Directory (tenant) ID').fill('common')
    await dialog.getByLabel('Lifetime of access tokens (seconds)').fill('an hour')
    await page.keyboard.press('Enter')
    await dialog.getByRole('alert').waitFor()
    const lifetime = dialog.getByLabel('Lifetime of access tokens (seconds)')
    t.equal(await lifetime.getAttribute('aria-invalid'), 'true')
    t.equal(await lifetime.inputValue(), 'an hour', 'what was entered is kept')
  },
  { profile: 'rfc' },
)

story('a tenant that emulates AWS has tokens only', async (t, { page }) => {
  await page.goto('/tenants/acme/connect?view=credentials')
  await page.getByText(/AWS accepts its own access tokens only/).waitFor()
  t.equal(await page.getByRole('button', { name: 'Create client…' }).count(), 0)
  t.equal(await page.getByRole('button', { name: 'Trust an issuer…' }).count(), 0)
  await page.goto('/tenants/acme/connect?auth=client')
  await page.getByRole('heading', { name: 'Secret Token' }).waitFor()
  t.equal(await page.getByLabel('Authentication').count(), 0)
})

story(
  'Connect shows what Entra asks for, for each way to authenticate',
  async (t, { server, page }) => {
    await page.goto('/tenants/acme/connect')
    const card = page.getByRole('region', { name: 'Connection details' })
    const fields = async (way: string) => {
      await card.getByLabel('Authentication').selectOption(way)
      return card.getByRole('heading', { level: 3 }).allTextContents()
    }
    t.same(await fields('Secret token'), ['Tenant URL', 'Secret Token'])
    t.same(await fields('Federation'), ['Tenant URL', 'Token Endpoint', 'Client Identifier'])
    t.same(await fields('Token of Entra'), ['Tenant URL', 'Secret Token'])
    await card.getByText('not bound to this endpoint').waitFor()
    t.same(await fields('Client credentials'), [
      'Tenant URL',
      'Token Endpoint',
      'Client Identifier',
      'Client Secret',
    ])
    await card.getByRole('button', { name: 'Create client…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await dialog.getByText('Copy the client secret now').waitFor()
    const [endpoint, id = ''] = await shownValues(page)
    await dialog.getByRole('button', { name: 'Done' }).click()
    await card.getByText(id).waitFor()
    t.same((await card.locator('.copyable code').allTextContents()).slice(0, 3), [server.url, endpoint, id])
  },
  { profile: 'entra' },
)
