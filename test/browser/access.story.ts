import { assignAccounts } from '../../scripts/screenshots/account-assignments.ts'
import { hardDelete } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const lisa = 'lisa.simpson@springfield.example'
const account = '111122223333'

story(
  'access to accounts is shown, now and earlier, and assignments of deleted users are found',
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
    const lisaId = await idOf('users', lisa)
    await assignAccounts(server, 'acme', 'ReadOnly', [
      [account, { PrincipalType: 'USER', PrincipalId: lisaId }],
      ['444455556666', { PrincipalType: 'GROUP', PrincipalId: await idOf('groups', 'Security Auditors') }],
    ])
    await page.goto('/tenants/acme/clock')
    await page.getByRole('button', { name: '1 day', exact: true }).click()
    await page.getByText('1 day ahead of real time.').waitFor()
    await job.runCycle({ directory: hardDelete(directory, lisa) })

    await page.getByRole('link', { name: 'Access', exact: true }).click()
    const row = (name: string) => page.getByRole('row').filter({ hasText: name })
    await row(lisa).filter({ hasText: account }).getByText('does not exist').waitFor()
    await page.getByLabel('Account').selectOption(account)
    await row('Security Auditors').first().waitFor({ state: 'detached' })
    t.equal(await page.getByRole('table').locator('tbody').getByRole('row').count(), 1)
    await page.getByRole('slider', { name: 'Time' }).fill('500')
    await row(lisa).getByText('access', { exact: true }).waitFor()
    await row(lisa).getByRole('link', { name: lisa }).click()
    await page.getByRole('button', { name: 'Access' }).click()
    await row(account).getByText('direct').waitFor()

    await page.getByRole('link', { name: 'Stale identities' }).click()
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
