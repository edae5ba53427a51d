import type { TestServer } from '../../src/index.ts'
import { changeAttributes, disable } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const advance = (server: TestServer, duration: string) =>
  fetch(`${server.console}/api/v1/tenants/acme/clock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance: duration }),
  })

const lenny = 'lenny.leonard@springfield.example'

story(
  'the first page shows whether the job is healthy, and what fails and why',
  async (t, { server, page }) => {
    await page.goto('/')
    const job = page.getByRole('region', { name: 'Provisioning job' })
    await job.getByText('No requests from Entra ID yet.').waitFor()
    await page.getByRole('heading', { name: 'No cycles yet.' }).waitFor()

    const directory = await springfield()
    const { job: provisioning } = provisioningOf(server)
    await provisioning.runCycle({ directory })
    await job.getByText('Healthy', { exact: true }).waitFor()
    const failing = page.getByRole('region', { name: 'Failing objects' })
    await failing.getByText('The last request about each object succeeded.').waitFor()
    t.match(await page.getByRole('region', { name: 'Access tokens' }).textContent(), server.token.slice(-4))

    await advance(server, '40m')
    await provisioning.runCycle({
      directory: changeAttributes(directory, lenny, { surname: 'Le\u0007nard' }),
    })
    await job.getByText('At risk', { exact: true }).waitFor()
    await job.getByText('1 object failing').waitFor()
    const row = failing.getByRole('row').filter({ hasText: 'lenny.leonard' })
    t.match(await row.textContent(), /400 .*familyName/)
    await row.getByRole('link').click()
    await page.getByRole('heading', { level: 1, name: /user/ }).waitFor()
    t.match(page.url(), /\/exchanges\//)
  },
)

story('a bar shows what a cycle changed, and opens it', async (t, { server, page }) => {
  const directory = await springfield()
  const { job } = provisioningOf(server)
  await job.runCycle({ directory })
  await advance(server, '8h')
  await job.runCycle({ directory: disable(directory, lenny) })

  await page.goto('/')
  const bars = page.getByRole('region', { name: 'Cycles as bars' }).getByRole('link')
  await bars.nth(1).waitFor()
  t.equal(await bars.count(), 2)
  t.match(await bars.first().getAttribute('aria-label'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: \d+ created/)
  const newest = bars.last()
  // The bar changes while the requests of its cycle are analyzed.
  await newest
    .and(page.getByRole('link', { name: /: 1 disabled; clock moved forward 8 hours before$/ }))
    .waitFor()

  await page.getByText('Show as a table').click()
  const rows = page.getByRole('table', { name: 'Cycles, newest first' }).getByRole('row')
  t.match(await rows.nth(1).textContent(), /clock moved forward 8 hours before/)

  await newest.focus()
  await page.keyboard.press('Home')
  await bars.first().and(page.locator(':focus')).waitFor()
  await page.keyboard.press('ArrowRight')
  await newest.and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: /disable user/ }).waitFor()
  t.match(page.url(), /\/activity\?q=cycle/)
})

story('addresses of earlier versions open the activity', async (t, { page }) => {
  await page.goto('/?q=status:4xx')
  await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
  t.match(page.url(), /\/activity\?q=status:4xx$/)
  t.equal(await page.getByRole('searchbox', { name: 'Search requests' }).inputValue(), 'status:4xx')
})
