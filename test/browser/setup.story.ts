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

const stepsOf = (page: Page) => page.getByRole('list', { name: 'Steps in Microsoft Entra ID' })

story('setup steps complete with requests of Entra ID, not of curl', async (t, { server, page }) => {
  await page.goto('/tenants/acme/setup')
  await page.getByRole('heading', { name: 'Seen so far: 1 of 10' }).waitFor()
  t.match(new URL(page.url()).pathname, '/tenants/acme/connect')
  t.same(await stepsOf(page).getByRole('heading', { level: 2 }).allTextContents(), [
    'Address and token complete',
    'New configuration ',
    'Attribute mapping ',
    'Notification and accidental deletions ',
    'Start provisioning ',
  ])
  await page.getByText('The portal looks different?').click()
  await page.getByText(/Get started, the mode Automatic/).waitFor()
  await curl(server, '/Users')
  const { job } = provisioningOf(server)
  await job.testConnection()
  await page.getByRole('heading', { name: 'Seen so far: 3 of 10' }).waitFor()
  await stepsOf(page).getByRole('heading', { name: 'New configuration complete' }).waitFor()

  await api(server, '/tenants/acme/clock', { advance: '6h40m' })
  await job.runCycle({ directory: await springfield() })
  const user = page.locator('.seen > div').filter({ hasText: 'First user created' })
  await user.getByText('+6 h 40 min').waitFor()
  await user.getByRole('link').click()
  await page.getByRole('heading', { name: 'create user' }).waitFor()
  await page.getByText('Microsoft Entra ID').first().waitFor()
})

story(
  'the schema that Entra downloads is compared with what arrived',
  async (t, { server, page, provokes }) => {
    provokes(/400 \(Bad Request\)/)
    await provisioningOf(server).job.runCycle({ directory: await springfield() })
    await page.goto('/tenants/acme/connect')
    const mapping = page.getByRole('region', { name: 'Mapping' })
    const picker = mapping.getByLabel('Compare the schema that Entra downloads')
    await mapping.getByText('Entra’s default mapping is compared').waitFor()
    const use = (name: string) => mapping.getByRole('row').filter({ hasText: name })
    await picker.setInputFiles('test/data/entra-provisioning-schema.json')
    await mapping.getByText('Compared with entra-provisioning-schema.json').waitFor()
    await use('locale').getByText('never sent').waitFor()
    const own = {
      users: { attributes: [{ source: '[mail]', target: 'userName', matching: 1 }] },
      groups: { attributes: [{ source: '[displayName]', target: 'displayName', matching: 1 }] },
    }
    await picker.setInputFiles({
      name: 'own.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(own)),
    })
    await mapping.getByText('Compared with own.json').waitFor()
    await use('members').getByText('not in the mapping').waitFor()
    await picker.setInputFiles({
      name: 'no.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"users":1}'),
    })
    await mapping.getByRole('alert').waitFor()
    await mapping.getByRole('button', { name: 'Compare Entra’s default' }).click()
    await mapping.getByText('Entra’s default mapping is compared').waitFor()
    t.equal(await mapping.getByRole('alert').count(), 0)
  },
)

story('each client has a view, and the others are chosen from a list', async (t, { page }) => {
  await page.goto('/tenants/acme/connect')
  const views = page.getByRole('navigation', { name: 'Connect' })
  await views
    .getByRole('link', { name: 'Entra ID', exact: true })
    .and(page.locator('[aria-current]'))
    .waitFor()
  await views.getByRole('link', { name: 'Okta' }).click()
  await page.getByRole('heading', { name: 'Base URL' }).waitFor()
  await page.getByText('Known limits of Okta at AWS').waitFor()
  await views.getByRole('link', { name: 'Other' }).click()
  await page.getByLabel('Identity provider or client').selectOption('keycloak')
  await page.getByRole('list', { name: 'Steps in Keycloak' }).waitFor()
  t.match(page.url(), /client=keycloak/)
  await views.getByRole('link', { name: 'Tunnel' }).click()
  await page.getByText('cloudflared tunnel --url http://127.0.0.1').waitFor()
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
      .getByRole('button', { name: /Ad-hoc requests .*\+6 h 40 min curl, nothing to do · 1 request$/ })
      .waitFor()
    const second = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('button', { name: / \+40 min .* · \d+ requests$/ }) })
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
    const findings = page.locator('details.finding-row')
    const others = page.getByRole('region', { name: 'Other clients' }).locator(findings)
    await others.filter({ hasText: 'ad-hoc' }).getByText('Wrong URL').waitFor()
    t.equal(await findings.count(), 1)
    t.equal(await page.getByText('Entra provisioning job for acme').count(), 0)
  },
)

story('findings in ad-hoc requests are in the order of their severity', async (t, { server, page }) => {
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
  const words = page
    .getByRole('region', { name: 'Other clients' })
    .locator('details.finding-row > summary')
    .getByText(/^(fails|breaks later|note)$/)
  for (const word of ['fails', 'breaks later', 'note'])
    await words.filter({ hasText: word }).first().waitFor()
  const ordered = await words.allTextContents()
  t.same(
    ordered.filter((word, at) => word !== ordered[at - 1]),
    ['fails', 'breaks later', 'note'],
  )
})
