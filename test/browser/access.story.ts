import { readFile } from 'node:fs/promises'
import { assignAccounts } from '../../scripts/screenshots/account-assignments.ts'
import { disable, hardDelete } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const lisa = 'lisa.simpson@springfield.example'
const barney = 'barney.gumble@springfield.example'
const account = '111122223333'
const other = '444455556666'

story(
  'access that should not be there comes first, is counted by account, and is shown at an earlier time',
  async (t, { server, page }) => {
    const { job } = provisioningOf(server)
    const directory = await springfield()
    await job.runCycle({ directory })
    const idOf = async (list: 'users' | 'groups', text: string): Promise<string> => {
      const response = await fetch(
        `${server.console}/api/v1/tenants/acme/${list}?text=${encodeURIComponent(text)}`,
      )
      const { items } = (await response.json()) as { items: readonly { id: string }[] }
      return items[0]?.id ?? ''
    }
    const [lisaId, barneyId] = [await idOf('users', lisa), await idOf('users', barney)]
    await assignAccounts(server, 'acme', 'ReadOnly', [
      [account, { PrincipalType: 'USER', PrincipalId: lisaId }],
      [other, { PrincipalType: 'USER', PrincipalId: barneyId }],
      [other, { PrincipalType: 'GROUP', PrincipalId: await idOf('groups', 'Security Auditors') }],
    ])
    await fetch(`${server.console}/api/v1/tenants/acme/clock`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance: '1d' }),
    })
    await job.runCycle({ directory: hardDelete(disable(directory, barney), lisa) })

    await page.goto('/')
    await page.getByRole('link', { name: 'Access 2 should not be there' }).click()
    const row = (name: string) => page.getByRole('row').filter({ hasText: name })
    await row(lisa).filter({ hasText: account }).getByText('deleted', { exact: true }).waitFor()
    await row(barney).filter({ hasText: other }).getByText('disabled', { exact: true }).waitFor()
    const main = page.getByRole('main')
    await main.getByText(/^2 of \d assignments should not be there\.$/).waitFor()
    await main.getByText('1 belongs to disabled users, 1 to deleted users or groups.').waitFor()
    const rows = page.getByRole('table').locator('tbody').getByRole('row')
    t.equal(await rows.count(), 2)
    t.equal(await page.title(), '2 should not be there · acme')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const saved = await saving
    t.match(saved.suggestedFilename(), /^should-not-acme-\d{4}-\d\d-\d\d\.csv$/)
    const csv = await readFile((await saved.path()) ?? '', 'utf8')
    t.match(csv, /^Who,Why not,Account,Permission set,Through,Since\r\n/)
    t.match(csv, new RegExp(`^${lisa},deleted,${account},ReadOnly,directly,`, 'm'))

    await page.getByRole('link', { name: 'Changes' }).click()
    await main.getByText(/^\d gained, 0 lost since/).waitFor()
    await page.getByRole('combobox', { name: 'Period' }).selectOption('30')
    await row('Security Auditors').first().getByText('gained', { exact: true }).waitFor()

    await page.getByRole('link', { name: /^Matrix/ }).click()
    const savingMatrix = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    t.match(
      await readFile((await (await savingMatrix).path()) ?? '', 'utf8'),
      new RegExp(`^Account,ReadOnly,People\r\n${account},1 of 1,1\r\n${other},1 of [2-9],[2-9]\r\n$`),
    )
    const inOther = row(other).getByRole('cell').nth(1)
    t.match(await inOther.textContent(), /^1 should not of [2-9]$/)
    await inOther.getByRole('link', { name: /^[2-9]$/ }).click()
    await row('Security Auditors').first().waitFor()
    await row(barney).getByText('disabled').waitFor()
    t.equal(await row(lisa).count(), 0)
    await page.getByLabel('Group', { exact: true }).fill('Security Auditors')
    await page.keyboard.press('Enter')
    await row(barney).first().waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Clear' }).click()
    await row(lisa).waitFor()
    await page.getByRole('combobox', { name: 'Account' }).selectOption(account)
    await row(barney).first().waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('slider', { name: 'Time' }).fill('500')
    await page.getByText('Directory at').waitFor()
    await row(lisa).getByText('deleted').waitFor({ state: 'detached' })
    await row(lisa).getByRole('link', { name: lisa }).click()
    await page.getByText('Directory at').waitFor()
    await page.goto(`/tenants/acme/users/${barneyId}?view=access`)
    await row(other).getByText('disabled').waitFor()
    await row(other).getByText('directly').waitFor()

    await page.goto('/tenants/acme/users?view=unused')
    const dangling = page.getByRole('region', { name: 'Assignments of deleted users and groups' })
    await dangling.getByText(account).waitFor()
    await dangling.getByRole('button', { name: /^Copy the command/ }).click()
    t.match(
      await page.evaluate('navigator.clipboard.readText()'),
      new RegExp(
        `^aws sso-admin delete-account-assignment .*--target-id ${account} .* --principal-type USER --principal-id ${lisaId}$`,
      ),
    )
  },
  { awsAuth: 'any' },
)
