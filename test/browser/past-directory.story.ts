import { disable, hardDelete } from '../../src/entra/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const barney = 'barney.gumble@springfield.example'
const lisa = 'lisa.simpson@springfield.example'

story('the directory is shown as it was yesterday', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = await springfield()
  await job.runCycle({ directory })
  await page.goto('/tenants/acme/clock')
  await page.getByRole('button', { name: '1 day', exact: true }).click()
  await page.getByText('1 day ahead of real time.').waitFor()
  await job.runCycle({ directory: hardDelete(disable(directory, barney), lisa) })

  await page.getByRole('link', { name: 'Users' }).click()
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })
  await row(barney).getByText('disabled').waitFor()
  await row(lisa).getByText('retained').waitFor()

  await page.getByRole('slider', { name: 'Time' }).fill('500')
  await page.getByText('Directory at').waitFor()
  await row(barney).getByText('active').waitFor()
  await row(lisa).getByText('active').waitFor()

  await row(lisa).getByRole('link', { name: lisa }).click()
  await page.getByRole('button', { name: 'Current JSON' }).click()
  const document = page.getByRole('region', { name: 'SCIM resource' })
  t.match(await document.textContent(), new RegExp(lisa))
  await page.getByRole('button', { name: 'Back to live' }).click()
  await page.getByText('Directory at').waitFor({ state: 'detached' })
  t.match(await page.getByRole('banner').first().textContent(), /Live/)
})
