import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

story('a throttling fault slows the Entra client down', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  await page.goto('/faults')
  await page.getByRole('button', { name: 'New fault…' }).click()
  await page.getByLabel('Name').fill('throttled creates')
  await page.getByLabel('Operation').selectOption('create')
  await page.getByLabel('Status').fill('429')
  await page.getByLabel('Retry-After (seconds)').fill('1')
  await page.getByLabel('Turn off after N hits (blank: never)').fill('2')
  await page.getByRole('button', { name: 'Turn on', exact: true }).click()
  await page.getByRole('complementary', { name: 'Active faults' }).getByText('throttled creates').waitFor()

  await job.runCycle({ directory: await springfield() })

  await page.getByRole('complementary', { name: 'Active faults' }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Activity' }).click()
  await page.getByRole('searchbox', { name: 'Search requests' }).fill('fault:any')
  const affected = page.getByRole('listitem').filter({ hasText: 'fault injected' })
  await affected.nth(1).waitFor()
  t.equal(await affected.count(), 2, 'affected requests are marked')
  t.match(await affected.first().textContent(), /429.*create user/s)

  const [first, second] = await attemptTimes(server.console)
  t.ok(second && first && second - first >= 1000, 'the client waited for Retry-After')
})

type Exchanges = { items: { at: string; status: number; target: { label: string } }[] }

/** The times of the attempts to create one user, in milliseconds since 1970. */
async function attemptTimes(console: string): Promise<readonly number[]> {
  const response = await fetch(`${console}/api/v1/exchanges?limit=200&q=action:create`)
  const { items } = (await response.json()) as Exchanges
  const throttled = items.find(({ status }) => status === 429)
  return items
    .filter(({ target }) => target.label === throttled?.target.label)
    .map(({ at }) => Date.parse(at))
    .sort((a, b) => a - b)
}
