import { hardDelete } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

story('a deleted record is purged', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = await springfield()
  await job.runCycle({ directory })
  const without = ['carl.carlson@springfield.example', 'edna.krabappel@springfield.example'].reduce(
    hardDelete,
    directory,
  )
  await job.runCycle({ directory: without })

  await page.goto('/tenants/acme/stale?reason=retained')
  const rows = page.getByRole('table').locator('tbody').getByRole('row')
  await rows.nth(1).waitFor()
  t.equal(await rows.count(), 2)
  await page.getByRole('checkbox', { name: 'Select carl.carlson@springfield.example' }).check()
  await page.getByRole('button', { name: 'Purge selected (1)…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('carl.carlson@springfield.example').waitFor()
  t.equal(await dialog.getByText('edna.krabappel').count(), 0, 'the dialog lists the selected record only')
  await dialog.getByRole('button', { name: 'Purge 1 record' }).click()

  await page.getByText('1 record purged.').waitFor()
  await rows.nth(1).waitFor({ state: 'detached' })
  t.match(await rows.first().textContent(), /edna\.krabappel/)
  const gone = await fetch(`${server.console}/api/v1/tenants/acme/users?status=removed`)
  const { items } = (await gone.json()) as { readonly items: readonly { readonly id: string }[] }
  t.match(items, [{ label: 'carl.carlson@springfield.example', status: 'removed' }])

  // TS-171: the timeline links a purge to the audit log.
  await page.goto(`/tenants/acme/users/${items[0]?.id}`)
  await page
    .getByRole('listitem')
    .filter({ hasText: 'purged' })
    .getByRole('link', { name: 'the console' })
    .click()
  await page.waitForURL(/\/audit\?q=/)
  const entries = page.getByRole('row').filter({ has: page.getByRole('cell') })
  await entries.getByText('Purge stale').waitFor()
  t.equal(await entries.count(), 1)
})
