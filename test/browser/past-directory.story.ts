import { disable, hardDelete } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const barney = 'barney.gumble@springfield.example'
const lisa = 'lisa.simpson@springfield.example'

story('the directory is shown as it was yesterday', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = await springfield()
  await job.runCycle({ directory })
  await server.clock.advance('1d')
  await job.runCycle({ directory: hardDelete(disable(directory, barney), lisa) })

  await page.goto('/tenants/acme/users')
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })
  await row(barney).getByText('disabled').waitFor()
  await row(lisa).getByText('deleted').waitFor()

  await page.getByRole('button', { name: 'History' }).click()
  await page.getByRole('slider', { name: 'Time' }).fill('500')
  await page.getByText('Directory at').waitFor()
  await row(barney).getByText('disabled').waitFor({ state: 'detached' })
  await row(lisa).getByText('deleted').waitFor({ state: 'detached' })

  await row(lisa).getByRole('link', { name: lisa }).click()
  await page.getByRole('link', { name: 'JSON' }).click()
  const document = page.getByRole('region', { name: 'SCIM resource' })
  t.match(await document.textContent(), new RegExp(lisa))
  await page.getByRole('button', { name: 'Back to live' }).click()
  await page.getByText('Directory at').waitFor({ state: 'detached' })

  await page.evaluate(() => localStorage.setItem('scimulator-zone', 'utc'))
  await page.goto('/tenants/acme/users')
  await page.getByRole('button', { name: 'History' }).click()
  const slider = page.getByRole('slider', { name: 'Time' })
  const history = page.getByRole('region', { name: 'History' })
  t.equal(await slider.getAttribute('aria-valuetext'), 'live')
  const button = (name: string) => history.getByRole('button', { name, exact: true })
  t.equal(await button('Next change').isDisabled(), true)
  await button('Previous change').click()
  await row(barney).getByText('disabled').waitFor()
  t.match(
    await slider.getAttribute('aria-valuetext'),
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, [1-9]\d* changes around then$/,
  )
  await button('Previous change').click()
  await row(barney).getByText('disabled').waitFor({ state: 'detached' })

  const labels = history.locator('.moment-scale span')
  t.match(await labels.first().textContent(), /^\d{4}-\d\d-\d\d \d\d:\d\d$/)
  await history.getByRole('combobox', { name: 'Zoom' }).selectOption('day')
  await labels.getByText('12:00').waitFor({ state: 'attached' })
  t.same(await labels.allTextContents(), [
    await labels.first().textContent(),
    '06:00',
    '12:00',
    '18:00',
    '00:00',
  ])
  await history.locator('.moment-chart').hover({ position: { x: 1, y: 5 } })
  await history.getByText(/ 00:0\d:\d\d UTC$/).waitFor()
  await history.getByRole('combobox', { name: 'Zoom' }).selectOption('cycle')
  await labels
    .getByText(/:\d\d:\d\d$/)
    .first()
    .waitFor({ state: 'attached' })

  await button('Play').click()
  await row(barney).getByText('disabled').waitFor()
  await button('Play').waitFor()
  t.equal(await slider.getAttribute('aria-valuetext'), 'live', 'the playback ends with the live directory')
  t.match(await page.getByRole('banner').first().textContent(), /Live/)
})
