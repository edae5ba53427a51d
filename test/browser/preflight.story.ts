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
  await page.goto('/findings')
  await page.getByRole('link', { name: 'Check an export' }).click()
  const input = page.getByLabel('Drop users, groups and a mapping here or choose files')
  await input.setInputFiles([users, groups])
  await page.getByText('Files: exportUsers_2026-3-1.csv, groups.json').waitFor()
  await page.getByRole('button', { name: 'Check' }).click()
  const sentence = page.locator('.sentence')
  await sentence.waitFor()
  t.equal(
    (await sentence.textContent())?.trim(),
    '1 of 2 users will be accepted. 1 won’t. The group will be accepted.',
  )
  const expressions = page.getByRole('region', { name: 'Paste this into Entra ID, and all will be accepted' })
  t.match(
    await expressions.textContent(),
    /name\.familyName.*IIF\(IsPresent\(\[surname\]\), \[surname\], "-"\)/s,
  )
  const cause = page.locator('details.finding-row').filter({ hasText: 'name.familyName of 1 user' })
  await cause.locator('summary').click()
  t.match(await cause.textContent(), /change the source of name\.familyName to.*aws\/required-attributes/s)
  t.match(await cause.getByRole('table').textContent(), 'bert@example.com')
  const name = page.locator('details.finding-row').filter({ hasText: 'displayName of 1 user' })
  t.match(
    await name.getByRole('table', { includeHidden: true }).textContent(),
    'Bert\\u202e',
    'invisible characters are shown',
  )
  t.match(await page.getByRole('region', { name: 'First cycle' }).textContent(), /\d+ requests/)

  await page.getByRole('button', { name: 'Copy as Markdown' }).click()
  await page.getByText('Copied', { exact: true }).waitFor()
  const markdown = await page.evaluate<string>('navigator.clipboard.readText()')
  t.match(markdown, /^# Pre-flight for AWS IAM Identity Center\n/)
  t.match(markdown, '| bert@example.com | Bert\\\\u202e |')

  await page.emulateMedia({ media: 'print' })
  t.notOk(await page.getByRole('navigation').isVisible(), 'only the result is printed')
  t.ok(await cause.isVisible())
  t.notOk(await page.getByRole('button', { name: 'Print' }).isVisible())
  await page.emulateMedia({ media: 'screen' })

  await page.getByRole('button', { name: 'Change or choose another export' }).click()
  await input.setInputFiles([mapping])
  await page.getByText('mapping.json (mapping)').waitFor()
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('All 2 users will be accepted. The group will be accepted.').waitFor()
})

story('the check is tried with Springfield', async (t, { page }) => {
  await page.goto('/findings?view=check')
  await page.getByRole('button', { name: 'Try with Springfield' }).click()
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('3 of 6 users will be accepted.').waitFor()
  const copy = page.getByRole('button', { name: 'Copy the expression for displayName' })
  await copy.click()
  t.match(await page.evaluate<string>('navigator.clipboard.readText()'), /^Replace\(\[displayName\], , /)
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
