import { disable } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const barney = 'barney.gumble@springfield.example'

story(
  'the timeline has the request that disabled a user, and the user before it',
  async (t, { server, page }) => {
    const { job } = provisioningOf(server)
    const directory = await springfield()
    await job.runCycle({ directory })
    await job.runCycle({ directory: disable(directory, barney) })

    await page.goto('/tenants/acme/users')
    await page.getByRole('link', { name: 'Disabled 1' }).click()
    await page.getByRole('link', { name: barney }).click()
    await page.getByRole('heading', { name: 'Barney Gumble' }).waitFor()

    const newest = page.getByRole('main').locator('.timeline > li').first()
    await newest.getByText('revision 3').waitFor()
    t.match(await newest.textContent(), /modified.*by disable user.*active.*true → false/s)

    await newest.getByRole('link', { name: 'disable user' }).click()
    await page.getByRole('heading', { name: 'Disable user' }).waitFor()
    const changes = page.getByRole('region', { name: 'Changes' })
    await changes.waitFor()
    t.match(await changes.textContent(), /User, revision 2 to 3/)
    await changes.getByText('Before and after').click()
    t.match(await changes.getByRole('table').textContent(), /"active": true/)
  },
)
