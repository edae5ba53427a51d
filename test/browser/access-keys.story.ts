import { exportLines } from '../../src/domain/contract/environment.ts'
import { story } from '../support/browser.ts'

story('an access key is created, shown once, and deleted', async (t, { server, page }) => {
  await page.goto('/tenants/acme/connect?view=credentials')
  const section = page.getByRole('region', { name: 'AWS APIs' })
  await section.getByText(/^d-9067[0-9a-f]{6}$/).waitFor()
  await section.getByText('Environment variables').click()
  t.match(
    await section.textContent(),
    new RegExp(
      `${server.aws?.identityStoreId}.*export AWS_ENDPOINT_URL=${server.aws?.endpoint}.*cannot be shown again`,
      's',
    ),
  )
  await section.getByRole('button', { name: 'Create access key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Read-only').check()
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  await dialog.getByText('You won’t be able to see it again').waitFor()
  const [id = '', secret = '', environment = ''] = await dialog.locator('code').allTextContents()
  t.match([id, secret], [/^SCIM[A-Z2-7]{16}$/, /^[\w+/]{40}$/])
  t.equal(
    environment,
    exportLines({
      ...server.aws?.environment,
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
    }).join('\n'),
  )
  await page.getByRole('button', { name: 'Done' }).click()
  const row = section.getByRole('row').filter({ hasText: id })
  await row.getByText('read-only').waitFor()
  t.equal(await section.getByRole('button', { name: 'Create access key' }).isDisabled(), true)
  t.notMatch(await page.getByRole('main').textContent(), secret)

  await row.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await row.waitFor({ state: 'detached' })
  const left = await fetch(`${server.console}/api/v1/tenants/acme/access-keys`)
  t.match(await left.json(), { items: [{ id: server.aws?.accessKeyId }] })
})
