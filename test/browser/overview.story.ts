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

story('the first sentence says whether it worked, and leads to what failed', async (t, { server, page }) => {
  await page.goto('/')
  const sentence = page.getByRole('heading', { level: 1 })
  await sentence.filter({ hasText: 'Nothing has connected yet.' }).waitFor()
  t.match(await page.title(), /^Not connected · acme/)
  await page.getByRole('button', { name: 'Run the Springfield sample' }).waitFor()
  await page.getByRole('link', { name: 'Check an export' }).waitFor()

  const directory = await springfield()
  const { job: provisioning } = provisioningOf(server)
  await provisioning.runCycle({ directory })
  await sentence.filter({ hasText: /^First cycle at \d\d:\d\d: 10 created, nothing failed\./ }).waitFor()
  // biome-ignore lint/performance/useDomNodeTextContent: only visible words count
  const words = (await page.locator('main').innerText()).split(/\s+/).length
  t.ok(words <= 120, `${words} words`)

  await advance(server, '40m')
  await provisioning.runCycle({
    directory: changeAttributes(directory, lenny, { surname: 'Le\u0007nard' }),
  })
  await sentence.filter({ hasText: /1 user refused since \d\d:\d\d\./ }).waitFor()
  t.match(await page.title(), /^1 refused, .* · acme/)
  const failing = page.getByRole('region', { name: 'failing objects' })
  const row = failing.getByRole('row').filter({ hasText: 'lenny.leonard' })
  t.match(await row.textContent(), /familyName/)
  await row.getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: /user/ }).waitFor()
  t.match(page.url(), /\/exchanges\//)
})

story('a column of the strip says what a cycle changed, and opens it', async (t, { server, page }) => {
  const directory = await springfield()
  const { job } = provisioningOf(server)
  await job.runCycle({ directory })
  await advance(server, '8h')
  await job.runCycle({ directory: disable(directory, lenny) })

  await page.goto('/')
  const strip = page.getByRole('figure', { name: 'Cycles' })
  const columns = strip.getByRole('link')
  await columns.nth(1).waitFor()
  t.equal(await columns.count(), 2)
  t.match(await columns.first().getAttribute('aria-label'), /: \d+ modified, 10 created/)
  const newest = columns.last()
  // The column changes while the requests of its cycle are analyzed.
  await newest.and(page.getByRole('link', { name: /: 1 disabled; clock moved \+8 h$/ })).waitFor()

  await newest.focus()
  await strip.getByText('clock moved +8 h').waitFor()
  await page.keyboard.press('Home')
  await columns.first().and(page.locator(':focus')).waitFor()
  await strip.getByText('10 created').waitFor()
  await page.keyboard.press('ArrowRight')
  await newest.and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: /cycle/i }).waitFor()
  t.match(page.url(), /\/cycles\//)

  await page.getByText('Interoperability Profile', { exact: true }).click()
  await page.getByText('The client breaks 1 of 13 rules, 3 not seen').waitFor()
  const rule = page.getByRole('listitem').filter({ hasText: 'IC-01: Sends a User-Agent with each request.' })
  t.match(await rule.textContent(), /with each request\. No: \d+ requests, first$/)
  await rule.getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'test connection' }).waitFor()
  t.match(page.url(), /\/exchanges\//)
})

story('addresses of earlier versions open the activity', async (t, { page }) => {
  await page.goto('/?q=status:4xx')
  await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
  t.match(page.url(), /\/activity\?q=status:4xx$/)
  t.equal(await page.getByRole('searchbox', { name: 'Search requests' }).inputValue(), 'status:4xx')
})
