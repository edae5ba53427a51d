import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

story('the requests of a cycle appear as they arrive', async (t, { server, page }) => {
  await page.goto('/activity')
  await page.getByRole('heading', { name: 'No requests yet.' }).waitFor()

  const { job } = provisioningOf(server)
  await job.runCycle({ directory: await springfield() })

  const lines = page.getByRole('list', { name: 'Requests, newest first' }).getByRole('listitem')
  await lines.filter({ hasText: 'add 1 member' }).first().waitFor()
  const cycle = page.getByRole('button', { name: /Cycle .* 43 requests/ })
  await cycle.waitFor()
  t.match(await lines.first().textContent(), /10 created/, 'the heading summarizes the cycle')

  await cycle.click()
  t.equal(await lines.count(), 1, 'a collapsed cycle hides its requests')
})

story('the sample fills the activity list', async (t, { page }) => {
  await page.goto('/activity')
  await page.getByRole('button', { name: 'Run the Springfield sample' }).click()
  await page.getByText(/Springfield provisioned: \d+ requests, 10 created/).waitFor()
  const lines = page.getByRole('list', { name: 'Requests, newest first' }).getByRole('listitem')
  await lines.filter({ hasText: 'create group' }).first().waitFor()
  t.ok((await lines.count()) > 10)
})

story('the list can be paused while requests arrive', async (t, { server, page }) => {
  await page.goto('/activity')
  await page.getByRole('button', { name: 'Pause' }).click()
  const { job } = provisioningOf(server)
  await job.testConnection()
  await page.getByRole('button', { name: /Show \d+ new request/ }).click()
  const lines = page.getByRole('list', { name: 'Requests, newest first' }).getByRole('listitem')
  await lines.filter({ hasText: 'test connection' }).first().waitFor()
  t.equal(await page.getByRole('button', { name: 'Pause' }).count(), 1, 'the list is live again')
})

story(
  'a search is part of the address, and an invalid filter has a suggestion',
  async (t, { server, page }) => {
    const { job } = provisioningOf(server)
    await job.runCycle({ directory: await springfield() })
    await page.goto('/activity?q=action:create+user:marge')
    const lines = page.getByRole('list', { name: 'Requests, newest first' }).getByRole('listitem')
    await lines.filter({ hasText: 'create user' }).waitFor()
    t.equal(await lines.filter({ hasText: 'create user' }).count(), 1)

    const field = page.getByRole('searchbox', { name: 'Search requests' })
    await field.fill('stats:404')
    await page.getByRole('button', { name: 'Use status' }).click()
    await page.getByRole('heading', { name: 'No matching requests.' }).waitFor()
    t.equal(new URL(page.url()).searchParams.get('q'), 'status:404')
  },
)
