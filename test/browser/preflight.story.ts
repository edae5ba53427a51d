import { story } from '../support/browser.ts'

const header = 'id,userPrincipalName,displayName,givenName,surname,mail,accountEnabled\n'
const users = {
  name: 'exportUsers_2026-3-1.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(
    `${header}1,anna@example.com,Anna Berg,Anna,Berg,anna@example.com,True\n2,bert@example.com,Bert\u202e,Bert,,bert@example.com,True\n`,
  ),
}
const groups = {
  name: 'groups.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify({ value: [{ id: '3', displayName: 'Sales', members: [{ id: '1' }] }] })),
}
const mapping = {
  name: 'mapping.json',
  mimeType: 'application/json',
  buffer: Buffer.from(
    JSON.stringify({
      users: {
        attributes: [
          { source: 'userPrincipalName', target: 'userName', matching: 1 },
          { source: 'userPrincipalName', target: 'displayName' },
          { source: '"-"', target: 'name.givenName' },
          { source: '"-"', target: 'name.familyName' },
        ],
      },
      groups: { attributes: [{ source: 'displayName', target: 'displayName', matching: 1 }] },
    }),
  ),
}

story('dropped files are checked before they are provisioned', async (t, { page }) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Pre-flight' }).click()
  const input = page.getByLabel('Drop users, groups and a mapping here or choose files')
  await input.setInputFiles([users, groups])
  await page.getByText('Files: exportUsers_2026-3-1.csv, groups.json').waitFor()
  await page.getByRole('button', { name: 'Check' }).click()
  await page
    .getByText('AWS IAM Identity Center would accept 1 user and 1 group; 1 object would fail.')
    .waitFor()
  const cause = page.getByRole('article', { name: '1 user: name.familyName' })
  t.match(await cause.textContent(), /aws\/required-attributes.*How to fix:.*IIF\(IsPresent\(\[surname\]\)/s)
  t.match(await cause.getByRole('table').textContent(), 'bert@example.com')
  const name = page.getByRole('article', { name: '1 user: displayName' })
  t.match(await name.getByRole('table').textContent(), 'Bert\\u202e', 'invisible characters are shown')
  t.match(await page.getByRole('region', { name: 'First cycle' }).textContent(), /\d+ requests/)

  await page.getByRole('button', { name: 'Copy as Markdown' }).click()
  await page.getByText('Copied as Markdown.').waitFor()
  const markdown = await page.evaluate<string>('navigator.clipboard.readText()')
  t.match(markdown, /^# Pre-flight for AWS IAM Identity Center\n/)
  t.match(markdown, '- bert@example.com: Bert\\\\u202e')

  await page.emulateMedia({ media: 'print' })
  t.notOk(await page.getByRole('navigation').isVisible(), 'only the result is printed')
  t.ok(await cause.isVisible())
  t.notOk(await page.getByRole('button', { name: 'Print' }).isVisible())
  await page.emulateMedia({ media: 'screen' })

  await input.setInputFiles([mapping])
  await page.getByText('mapping.json (mapping)').waitFor()
  await page.getByRole('button', { name: 'Check' }).click()
  await page
    .getByText('AWS IAM Identity Center would accept 2 users and 1 group; 0 objects would fail.')
    .waitFor()
})

story('files are dropped with the mouse, and errors in them are shown', async (t, { page, provokes }) => {
  provokes(/400 \(Bad Request\)/)
  await page.goto('/tenants/acme/preflight')
  const files = await page.evaluateHandle(`(() => {
    const files = new DataTransfer()
    files.items.add(new File(['name,age\\nAnn,3\\n'], 'people.csv', { type: 'text/csv' }))
    files.items.add(new File(['{}'], 'users.json', { type: 'application/json' }))
    return files
  })()`)
  await page.locator('.drop-zone').dispatchEvent('drop', { dataTransfer: files })
  await page.getByText('Files: people.csv, users.json').waitFor()
  await page.getByRole('button', { name: 'Check' }).click()
  const alert = page.getByRole('alert')
  await alert.getByText('users.json: must be a list').first().waitFor()
  t.match(await alert.textContent(), /people\.csv|users\.json/)
  await page.getByRole('button', { name: 'Remove all' }).click()
  await alert.waitFor({ state: 'detached' })
  t.ok(await page.getByRole('button', { name: 'Check' }).isDisabled())
})
