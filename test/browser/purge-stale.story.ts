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

  await page.goto('/tenants/acme/users')
  await page.getByRole('link', { name: 'Deleted 2' }).click()
  await page.getByRole('row').filter({ hasText: 'carl.carlson' }).waitFor()
  await page.goto('/tenants/acme/stale')
  t.equal(
    await page.getByRole('combobox', { name: 'Reason' }).inputValue(),
    'retained',
    'the first reason that has any',
  )
  const rows = page.getByRole('table').locator('tbody').getByRole('row')
  await rows.nth(1).waitFor()
  t.equal(await rows.count(), 2)
  await page.getByRole('checkbox', { name: 'Select carl.carlson@springfield.example' }).check()
  await page.getByRole('button', { name: 'Purge 1 selected record…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('carl.carlson@springfield.example').waitFor()
  t.equal(await dialog.getByText('edna.krabappel').count(), 0, 'the dialog lists the selected record only')
  await dialog.getByRole('button', { name: 'Purge 1 user' }).click()

  await page.getByText('1 record purged.').waitFor()
  await rows.nth(1).waitFor({ state: 'detached' })
  t.match(await rows.first().textContent(), /edna\.krabappel/)
  await page.getByRole('button', { name: 'Purge 1 user…' }).waitFor()
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
  await page.waitForURL(/\/activity\?view=changes&q=/)
  await page.getByRole('main').getByText('Purge stale').waitFor()
})
