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
  t.match(await stepOf(page, 'First request from Entra ID').textContent(), /complete/)

  await api(server, '/tenants/acme/clock', { advance: '6h40m' })
  await job.runCycle({ directory: await springfield() })
  const user = stepOf(page, 'First user created')
  await user.getByText('+6 h 40 min').waitFor()
  await user.getByRole('link').click()
  await page.getByRole('heading', { name: 'create user' }).waitFor()
  t.match(await page.getByText('Entra ID', { exact: true }).first().textContent(), 'Entra ID')
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
    await page.getByText(/In ad-hoc requests: 1 finding/).waitFor()
    t.equal(await page.getByText('Entra provisioning job for acme').count(), 0)
    const finding = page.getByRole('heading', { name: 'Wrong URL' })
    t.equal(await finding.isVisible(), false)
    await page.getByText(/In ad-hoc requests: 1 finding/).click()
    await finding.waitFor()
  },
)

story('findings in ad-hoc requests are sorted by severity', async (t, { server, page }) => {
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
  await page.getByText(/In ad-hoc requests: \d+ findings/).click()
  const found = page.getByRole('region', { name: 'In ad-hoc requests' }).getByRole('heading', { level: 3 })
  await found.first().waitFor()
  const severities = (await found.allTextContents()).map(text => text.split(' ')[0])
  const order = ['error', 'warning', 'note']
  t.same([...new Set(severities)], order)
  t.same(
    severities,
    severities.toSorted((a = '', b = '') => order.indexOf(a) - order.indexOf(b)),
  )
})
