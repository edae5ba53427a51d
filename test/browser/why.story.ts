import { removeMember } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const barney = 'barney.gumble@springfield.example'

story(
  'from the first page, three clicks show why Barney is disabled, and the request that did it',
  async (t, { server, page }) => {
    const { job } = provisioningOf(server)
    const directory = await springfield()
    await job.runCycle({ directory })
    await job.runCycle({ directory: removeMember(directory, 'Network Operators', barney) })

    await page.goto('/')
    await page.getByRole('link', { name: 'Users', exact: true }).click()
    await page.getByRole('link', { name: barney }).click()
    const why = page.getByRole('region', { name: 'Why' })
    t.match(
      await why.getByRole('paragraph').textContent(),
      /^Disabled on .+ because Barney Gumble left Network Operators, the only group, in the same cycle\.$/,
    )
    const lanes = why.getByRole('list', { name: 'Account and groups over time' }).getByRole('listitem')
    t.match(await lanes.nth(0).textContent(), /^Account/)
    t.match(
      await lanes.nth(0).getByRole('img').getAttribute('aria-label'),
      /^active .+ – .+, disabled .+ – now$/,
    )
    t.match(await lanes.nth(1).textContent(), /^Network Operators/)
    t.match(await lanes.nth(1).getByRole('img').getAttribute('aria-label'), /^member .+ – \d.+/)

    await why.getByRole('link', { name: 'Disabled' }).click()
    await page.getByRole('heading', { name: 'Disable user' }).waitFor()
  },
)

story('a group shows its members first, with the requests that added them', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  await job.runCycle({ directory: await springfield() })

  await page.goto('/tenants/acme/groups')
  const row = page.getByRole('row', { name: /Network Operators/ })
  t.match(await row.getByRole('cell').nth(1).textContent(), /^2$/)
  await row.getByRole('link', { name: 'Network Operators' }).click()
  const tabs = page.getByRole('navigation', { name: 'Network Operators' })
  t.equal(await tabs.getByRole('link', { name: 'Members 2' }).getAttribute('aria-current'), 'page')
  const members = page.getByRole('table', { name: 'members' }).getByRole('row')
  await members.nth(1).waitFor()
  t.match(await members.nth(1).textContent(), /add \d+ members?/)
  t.match(
    await page.getByRole('region', { name: 'Why' }).getByRole('paragraph').textContent(),
    /^Created on .+ by POST over SCIM\.$/,
  )
  await page.getByRole('link', { name: 'Timeline' }).click()
  await page.locator('.timeline > li').first().waitFor()
  t.same(await page.getByText('No attribute differs').count(), 0, 'a change of members is one entry')
  await page.goBack()
  await members.nth(1).waitFor()
})

story('Ctrl-K finds a user by name, and shows why he is disabled', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = await springfield()
  await job.runCycle({ directory })
  await job.runCycle({ directory: removeMember(directory, 'Network Operators', barney) })

  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'User, group, request, page or action' })
  await field.fill('barney')
  const options = page.getByRole('option')
  await options.filter({ hasText: /^User/ }).first().waitFor()
  const chosen = page.locator('[aria-selected="true"]')
  while (!/^User/.test((await chosen.textContent()) ?? '')) await field.press('ArrowDown')
  t.match(await chosen.textContent(), /^User.*barney.*disabled/)
  t.match(await page.getByRole('listbox').textContent(), /Request.*disable user/)
  await field.press('Enter')
  const why = page.getByRole('region', { name: 'Why' })
  t.match(await why.getByRole('paragraph').textContent(), /because Barney Gumble left Network Operators/)
  t.equal(await page.getByRole('dialog').count(), 0)

  await page.keyboard.press('Control+k')
  await field.waitFor()
  await page.keyboard.type('unused')
  await page.getByRole('option', { name: /Unused or dangling/ }).waitFor()
  await field.press('ArrowUp')
  await field.press('ArrowDown')
  await field.press('Enter')
  await page.getByRole('link', { name: 'Unused or dangling' }).and(page.locator('[aria-current]')).waitFor()

  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Control+k')
  await field.fill('what is ?')
  t.equal(await page.getByRole('dialog').count(), 1, 'a question mark is text in a field')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})
