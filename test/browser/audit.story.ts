import { readFile } from 'node:fs/promises'
import { story } from '../support/browser.ts'

story('the audit log shows changes, newest first, as they are made', async (t, { server, page }) => {
  await page.goto('/audit')
  await page.getByText('No console changes yet.').waitFor()
  const create = await fetch(`${server.console}/api/v1/tenants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"id":"globex"}',
  })
  t.equal(create.status, 201)
  const rows = page.getByRole('row').filter({ has: page.getByRole('cell') })
  await rows.getByText('Create tenant').waitFor()
  const refused = await fetch(`${server.console}/api/v1/tenants/globex/tokens/unknown`, { method: 'DELETE' })
  t.equal(refused.status, 404)
  // A request that changed nothing causes no event.
  await page.reload()
  await rows.getByText('Delete token').waitFor()
  const texts = await rows.allTextContents()
  t.match(texts, [
    /Anyone on this machine.*Delete token.*globex.*404/,
    /Anyone on this machine.*Create tenant.*201/,
  ])

  const search = page.getByRole('searchbox', { name: 'Filter console changes' })
  await search.fill('operation:createTenant')
  await search.press('Enter')
  await rows.getByText('Delete token').waitFor({ state: 'detached' })
  t.equal(await rows.count(), 1)
  t.equal(new URL(page.url()).searchParams.get('q'), 'operation:createTenant', 'the address has the search')
  await page.getByText('Export', { exact: true }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV', exact: true }).click(),
  ])
  const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/)
  t.equal(lines.length, 2, 'a heading and the entry that matches')
  t.equal(download.suggestedFilename(), 'audit.csv')
})

story('an error in the search of the audit log is explained', async (t, { page, provokes }) => {
  provokes(/400 \(Bad Request\)/)
  await page.goto('/activity?view=changes&q=status:many')
  const problem = page.getByRole('alert')
  await problem.waitFor()
  t.match(await problem.textContent(), /status/)
})
