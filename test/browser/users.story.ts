import { changeAttributes, disable } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'
import { aUser } from '../support/samples.ts'

const barney = 'barney.gumble@springfield.example'

story(
  'users are found, sorted and saved, and those who fail are listed with the reason',
  async (t, { server, page }) => {
    const { job } = provisioningOf(server)
    const directory = await springfield()
    await job.runCycle({ directory })
    await job.runCycle({ directory: disable(directory, barney) })
    const send = (name: string, body: object) =>
      fetch(`${server.url}/Users`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.token}`,
          'content-type': 'application/scim+json',
          'user-agent': 'AzureActiveDirectory',
        },
        body: JSON.stringify({ ...aUser(name), ...body }),
      })

    await page.goto('/tenants/acme/users')
    const table = page.getByRole('table', { name: 'users' })
    const names = () => table.locator('tbody td.name').allTextContents()
    const row = (name: string) => table.getByRole('row').filter({ hasText: name })
    await row(barney).getByText('disabled', { exact: true }).waitFor()
    const all = await names()

    await table.getByRole('button', { name: 'User name' }).click()
    await table.locator('th[aria-sort="ascending"]').waitFor()
    await table.locator('tbody td.name').first().filter({ hasText: 'barney' }).waitFor()
    t.same(await names(), all.toSorted())
    await table.getByRole('button', { name: 'User name' }).click()
    await table.locator('tbody td.name').first().filter({ hasNotText: 'barney' }).waitFor()
    t.same(await names(), all.toSorted().reverse())
    t.match(page.url(), /sort=-User\+name/)

    await page.getByText('Columns').click()
    await page.getByLabel('Created by').check()
    await row(barney).getByRole('link', { name: 'create user' }).waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ])
    t.equal(file.suggestedFilename(), 'users.csv')

    await page.getByRole('searchbox', { name: 'Filter users' }).fill('status:disabled gumble')
    await page.waitForURL(/text=status%3Adisabled\+gumble/)
    await row('lisa').waitFor({ state: 'detached' })
    t.same(await names(), [barney])
    await page.getByRole('searchbox', { name: 'Filter users' }).fill('nobody')
    await page.getByRole('button', { name: 'Clear' }).click()
    await row('lisa').waitFor()

    t.equal((await send('maggie', {})).status, 201)
    await page.getByRole('button', { name: '1 newer change. Show' }).waitFor()
    t.equal(await row('maggie').count(), 0, 'rows come when they are asked for')
    await page.getByRole('button', { name: '1 newer change. Show' }).click()
    await row('maggie').waitFor()
  },
  { profile: 'aws' },
)

story(
  'a user whom AWS never accepted is listed with the reason',
  async (t, { server, page }) => {
    const { job } = provisioningOf(server)
    const directory = changeAttributes(await springfield(), barney, { surname: null })
    await job.runCycle({ directory })

    await page.goto('/tenants/acme/users')
    await page.getByRole('link', { name: 'Failing 1' }).click()
    const row = page.getByRole('row').filter({ hasText: barney })
    await row.getByText('familyName').first().waitFor()
    await row.getByRole('link', { name: 'refused' }).click()
    await page.getByRole('heading', { name: 'Create user' }).waitFor()
    await page.goBack()
    await row.waitFor()
    t.equal(await page.locator(':focus').textContent(), barney, 'Back returns to the row')
  },
  { profile: 'aws' },
)
