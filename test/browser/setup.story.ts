import type { Page } from 'playwright-core'
import type { TestServer } from '../../src/index.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const api = (server: TestServer, path: string, body: object) =>
  fetch(`${server.console}/api/v1${path}`, {
    method: path.endsWith('clock') ? 'PUT' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const curl = (server: TestServer, path: string) =>
  fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${server.token}`, 'user-agent': 'curl/8.5.0' },
  })

const stepOf = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title })

story('setup steps complete with requests of Entra ID, not of curl', async (t, { server, page }) => {
  await page.goto('/tenants/acme/setup')
  await page.getByRole('heading', { name: '1 of 10 steps complete' }).waitFor()
  const aws = page.getByRole('region', { name: 'AWS APIs' })
  t.match(
    await aws.textContent(),
    new RegExp(
      `${server.aws?.identityStoreId}.*export AWS_ENDPOINT_URL=${server.aws?.endpoint}.*cannot be shown again`,
      's',
    ),
  )
  await curl(server, '/Users')
  const { job } = provisioningOf(server)
  await job.testConnection()
  await page.getByRole('heading', { name: '3 of 10 steps complete' }).waitFor()
  t.match(await stepOf(page, 'First request received').textContent(), /complete/)

  await api(server, '/tenants/acme/clock', { advance: '6h40m' })
  await job.runCycle({ directory: await springfield() })
  const user = stepOf(page, 'First user created')
  await user.getByText('+6 h 40 min').waitFor()
  await user.getByRole('link').click()
  await page.getByRole('heading', { name: 'create user' }).waitFor()
  await page.getByText('Microsoft Entra ID').first().waitFor()
})

story(
  'cycles have the time of the tenant’s clock, and ad-hoc requests are no cycle',
  async (t, { server, page }) => {
    const directory = await springfield()
    const { job } = provisioningOf(server)
    await page.goto('/activity')
    await job.runCycle({ directory })
    await api(server, '/tenants/acme/clock', { advance: '40m' })
    await job.runCycle({ directory })
    await api(server, '/tenants/acme/clock', { advance: '6h' })
    await curl(server, '/Users')
    await page
      .getByRole('button', { name: /Ad-hoc requests .*\+6 h 40 min · curl, acme, 1 request/ })
      .waitFor()
    const second = page.getByRole('listitem').filter({ hasText: /\+40 min.* acme, \d+ requests/ })
    await second.first().waitFor()
    await page.reload()
    await second.first().getByText('next cycle overdue by').waitFor()
    const running = page.getByRole('listitem').filter({ hasText: 'running' })
    t.equal(await running.count(), 1, 'the ad-hoc requests alone')
  },
)

story(
  'findings in ad-hoc requests are listed apart and don’t affect the estimate of Entra’s job',
  async (t, { server, page }) => {
    await curl(server, '/nowhere')
    await page.goto('/findings')
    const others = page.getByRole('region', { name: 'of other clients' })
    await others.getByRole('row').filter({ hasText: 'ad-hoc' }).getByText('Wrong URL').waitFor()
    t.equal(await page.getByRole('table').count(), 1)
    t.equal(await page.getByText('Entra provisioning job for acme').count(), 0)
  },
)

story('findings in ad-hoc requests have a tab for each severity', async (t, { server, page }) => {
  const create = (user: object) =>
    fetch(`${server.url}/Users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.token}`,
        'user-agent': 'curl/8.5.0',
        'content-type': 'application/json',
      },
      body: JSON.stringify(user),
    })
  await create({ userName: 'lenny' })
  await create({
    userName: 'carl',
    displayName: 'Carl',
    name: { givenName: 'Carl', familyName: 'Carlson' },
  })
  await page.goto('/findings')
  for (const [tab, severity] of [
    ['Errors', 'error'],
    ['Warnings', 'warning'],
    ['Notes', 'note'],
  ] as const) {
    await page.getByRole('button', { name: new RegExp(`^${tab} \\([1-9]`) }).click()
    const table = page.getByRole('region', { name: `${tab} of other clients` })
    await table.waitFor()
    const severities = await table.locator('tbody tr td:first-child').allTextContents()
    t.same([...new Set(severities)], [severity])
  }
})
