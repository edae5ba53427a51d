import type { Fault } from '../../src/domain/contract/faults.ts'
import { faultMethods, faultOperations } from '../../src/domain/faults/choices.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

story('a throttling fault slows the Entra client down', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  await page.goto('/lab')
  await page.getByRole('button', { name: 'Arm a fault' }).click()
  await page.getByLabel('Name').fill('throttled creates')
  await page.getByLabel('Operation').selectOption('create')
  await page.getByLabel('Status').fill('429')
  await page.getByLabel('Retry-After (seconds)').fill('1')
  await page.getByLabel('Disarm after N hits (blank: never)').fill('2')
  await page.getByRole('button', { name: 'Arm', exact: true }).click()
  await page.getByText('1 fault armed').waitFor()
  t.equal(await page.getByRole('complementary').count(), 0, 'the banner is for other pages')
  await page.getByRole('link', { name: 'Activity' }).click()
  const banner = page.getByRole('complementary', { name: 'Active faults' })
  await banner.getByText('throttled creates').waitFor()

  await job.runCycle({ directory: await springfield() })

  await banner.waitFor({ state: 'detached' })
  await page.getByRole('searchbox', { name: 'Search requests' }).fill('fault:any')
  const affected = page.getByRole('listitem').filter({ hasText: 'fault injected' })
  await affected.nth(1).waitFor()
  t.equal(await affected.count(), 2, 'affected requests are marked')
  t.match(await affected.first().textContent(), /create user.*Too Many Requests.*429/s)

  const [first, second] = await attemptTimes(server.console)
  t.ok(second && first && second - first >= 1000, 'the client waited for Retry-After')
})

story('the form of a fault offers what the API accepts', async (t, { server, page }) => {
  const form = page.getByRole('dialog', { name: 'Arm a fault' })
  const open = async () => {
    await page.getByRole('button', { name: 'Arm a fault' }).click()
    await form.waitFor()
  }
  const turnOn = async () => {
    await form.getByRole('button', { name: 'Arm' }).click()
    await form.waitFor({ state: 'detached' })
  }
  await page.goto('/lab')
  await open()
  const choicesOf = (label: string) =>
    form.getByLabel(label, { exact: true }).locator('option').allTextContents()
  t.same(await choicesOf('API'), ['any', 'SCIM', 'AWS Identity Store', 'AWS SSO Admin', 'AWS STS'])
  t.same(await choicesOf('Operation'), ['any', ...faultOperations])
  const methods = form.getByRole('group', { name: 'Methods (none: any)' })
  t.same(await methods.locator('label').allTextContents(), faultMethods, 'methods')

  await methods.getByLabel('PATCH').focus()
  await page.keyboard.press('Space')
  await methods.getByLabel('PUT').check()
  await form.getByLabel('Error detail').fill('Down for maintenance')
  await turnOn()
  const active = page.getByRole('region', { name: 'armed faults' })
  await active.getByText('PUT or PATCH: 500').waitFor()
  await active.getByText('error detail: Down for maintenance').waitFor()

  await open()
  await form.getByLabel('Effect').selectOption('Issue access tokens with another lifetime')
  t.equal(await form.getByLabel(/Status|Error detail/).count(), 0, 'other effects have these')
  await form.getByLabel('Lifetime (seconds)').fill('5')
  await turnOn()
  await active.getByText('token: access token valid for 5 seconds').waitFor()

  await open()
  await form.getByLabel('Effect').selectOption('Process the request, send another response')
  await form.getByLabel('Body', { exact: true }).fill('')
  await form.getByLabel('Disarm after N hits (blank: never)').fill('2')
  await turnOn()
  await active
    .getByText('every request: request handled, response replaced by 500 empty body, 2 times')
    .waitFor()

  const { items } = (await (await fetch(`${server.console}/api/v1/faults`)).json()) as { items: Fault[] }
  t.same(
    items.map(({ match, effect, times }) => ({ match, effect, ...(times && { times }) })),
    [
      {
        match: { methods: ['PUT', 'PATCH'] },
        effect: { kind: 'status', status: 500, detail: 'Down for maintenance' },
      },
      { match: { operations: ['token'] }, effect: { kind: 'token-lifetime', seconds: 5 } },
      { match: {}, effect: { kind: 'body', status: 500, mediaType: 'text/html', body: '' }, times: 2 },
    ],
  )
  await page.getByText('known faults').click()
  const blocked = page.getByRole('listitem').filter({ hasText: 'Customer managed key blocked' })
  await blocked.getByText('Error detail: ERROR Code: 0001').waitFor()
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
