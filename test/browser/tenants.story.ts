import type { Page } from 'playwright-core'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const createTenant = async (console: string, id: string, profile: string) => {
  const response = await fetch(`${console}/api/v1/tenants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, profile }),
  })
  if (!response.ok) throw new Error(await response.text())
}

story('every page shows the chosen tenant, or all', async (t, { server, page }) => {
  await createTenant(server.console, 'lab', 'rfc')
  await fetch(`${server.url}/Users`, { headers: { authorization: `Bearer ${server.token}` } })
  await page.goto('/activity')
  const choice = page.getByRole('combobox', { name: 'Tenant' })
  await choice.waitFor()
  t.equal(await choice.inputValue(), '*', 'all at first')
  await page.getByRole('link', { name: 'list users' }).waitFor()

  await choice.selectOption('lab')
  await page.getByRole('heading', { name: 'No requests yet.' }).waitFor()
  t.equal(new URL(page.url()).search, '?tenant=lab', 'the choice is part of the address')
  await page.getByRole('link', { name: 'Users', exact: true }).click()
  await page.waitForURL('**/tenants/lab/users')
  await page.getByRole('link', { name: 'Findings' }).click()
  await page.getByRole('heading', { name: 'Findings', level: 1 }).waitFor()
  t.equal(new URL(page.url()).search, '?tenant=lab')

  await choice.selectOption('*')
  await page.getByRole('link', { name: 'Activity' }).click()
  await page.getByRole('link', { name: 'list users' }).click()
  await page.getByRole('heading', { name: 'List users' }).waitFor()
  t.equal(await choice.inputValue(), 'acme', 'a request of acme chooses acme')
  t.equal(
    await page.getByRole('link', { name: 'Users', exact: true }).getAttribute('href'),
    '/tenants/acme/users',
  )
  await page.goBack()
  await page.getByRole('link', { name: 'list users' }).waitFor()
  t.equal(await choice.inputValue(), '*', 'Back returns to all')
})

story('an active fault names its tenant', async (t, { server, page }) => {
  await createTenant(server.console, 'lab', 'rfc')
  await fetch(`${server.console}/api/v1/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ preset: 'throttled', tenant: 'lab' }),
  })
  await page.goto('/activity')
  const banner = page.getByRole('complementary', { name: 'Active faults' })
  await banner.waitFor()
  t.match(await banner.textContent(), /^1 fault active in lab: .+\. ViewDisarm all$/)
})

story('a tenant without a token limit has one button for a new token', async (t, { server, page }) => {
  await createTenant(server.console, 'lab', 'rfc')
  await page.goto('/tenants/lab/tokens')
  await page.getByRole('button', { name: 'Generate token' }).waitFor()
  t.equal(await page.getByRole('button', { name: 'Generate token' }).count(), 1)
  await page.getByText('No access tokens yet.').waitFor()
  t.equal(await page.getByRole('table', { name: 'tokens', exact: true }).count(), 0)
  await page.getByText(/^Access keys are for the AWS APIs.* This tenant has the profile rfc\.$/).waitFor()
})

story('at the token limit, the page names the token to delete', async (t, { page }) => {
  await page.goto('/tenants/acme/tokens')
  await page.getByRole('button', { name: 'Expire now…' }).click()
  await page.getByRole('button', { name: 'Expire now', exact: true }).click()
  await page.getByRole('button', { name: 'Generate token' }).click()
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('2 of 2 tokens in use. To generate another, delete the expired token.').waitFor()
  await page.getByText('Delete this token, then generate a new one and give it to the client.').waitFor()
  t.equal(await page.getByRole('button', { name: 'Generate token' }).isDisabled(), true)
  t.equal(
    await page.getByRole('button', { name: 'Rotate…' }).count(),
    0,
    'there is no room for a second token',
  )
  const limit = await page.getByText('2 of 2 tokens in use.').boundingBox()
  const table = await page.getByRole('table', { name: 'tokens', exact: true }).boundingBox()
  if (!limit || !table) throw new Error('The text or the table is missing.')
  t.ok(table.y - limit.y - limit.height >= 8, 'the text keeps its distance from the table')
})

story('a snapshot lists the contents of each tenant', async (t, { server, page }) => {
  await createTenant(server.console, 'lab', 'rfc')
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' }
  const create = async (userName: string) => {
    const body = JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName,
      displayName: userName,
      name: { givenName: 'A', familyName: 'B' },
    })
    const response = await fetch(`${server.url}/Users`, { method: 'POST', headers, body })
    return ((await response.json()) as { id: string }).id
  }
  await create('marge')
  const gone = await create('lenny')
  await fetch(`${server.url}/Users/${gone}`, { method: 'DELETE', headers })
  await page.goto('/lab')
  await takeSnapshot(page, '')
  await page.getByText('acme: 1 user, 1 retained; lab: empty').waitFor()
  t.pass('with deleted users and an empty tenant')
})

story('a snapshot is deleted after a confirmation', async (t, { page }) => {
  await page.goto('/lab')
  await takeSnapshot(page, 'before')
  const row = page.getByRole('row').filter({ hasText: 'before' })
  await row.getByRole('button', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog', { name: /^Delete/ })
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.equal(await row.count(), 1, 'canceled: the snapshot remains')
  await row.getByRole('button', { name: 'Delete…' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await row.waitFor({ state: 'detached' })
})

async function takeSnapshot(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Take a snapshot' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Take' }).click()
  await dialog.waitFor({ state: 'detached' })
}

story('the clock goes to the next cycle and to the end of the token', async (t, { server, page }) => {
  await provisioningOf(server).job.runCycle({ directory: await springfield() })
  await page.goto('/lab')
  const clock = page.getByRole('region', { name: 'Clock' })
  await clock.getByText(/The next cycle would start at \d\d:\d\d\./).waitFor()
  await clock.getByRole('button', { name: 'To the next cycle' }).click()
  await clock.getByText(/3\d min ahead|40 min ahead/).waitFor()
  await page.getByText(/^clock 40 min ahead|^clock 3\d min ahead/).waitFor()
  await clock.getByRole('button', { name: 'To token expiry' }).click()
  await clock.getByText('365 days ahead').waitFor()
  t.equal(await clock.getByRole('button', { name: 'To token expiry' }).isDisabled(), true, 'it is reached')
})
