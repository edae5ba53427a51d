import { changeAttributes } from '../../src/provisioning/kit/directory/edits.ts'
import { axeSource, looks, violations } from '../support/axe.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

story('a rejected user has a reason and a fix', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = changeAttributes(await springfield(), 'lenny.leonard@springfield.example', {
    surname: null,
  })
  await job.runCycle({ directory })

  await page.goto('/activity')
  const field = page.getByRole('searchbox', { name: 'Search requests' })
  await field.fill('status:4xx user:lenny')
  const rejected = page.getByRole('listitem').filter({ hasText: 'lenny.leonard' })
  await rejected.getByRole('link', { name: 'create user' }).click()

  const reason = page.getByRole('region', { name: 'Reason' })
  await reason.getByText('name.familyName is missing').waitFor()
  t.match(await reason.textContent(), /How to fix:.*IIF\(IsPresent\(\[surname\]\), \[surname\], "-"\)/s)
  await reason.getByRole('button', { name: 'Copy the expression for name.familyName' }).click()
  t.equal(
    await page.evaluate<string>('navigator.clipboard.readText()'),
    'IIF(IsPresent([surname]), [surname], "-")',
  )
  const evaluation = page.getByRole('region', { name: 'Compare profiles' }).getByRole('article').first()
  t.match(await evaluation.textContent(), /AWS IAM Identity Center this tenant.*rejected.*400/s)
  const others = page.getByRole('region', { name: 'Also in this request' })
  t.equal(await others.count(), 0, 'what the reason says is said once')

  const body = page.getByRole('region', { name: 'Request body' })
  await body.locator('summary').first().focus()
  await page.keyboard.press('ArrowLeft')
  await body.getByText('"displayName"').waitFor({ state: 'hidden' })
  await page.keyboard.press('ArrowRight')
  await body.getByText('"displayName"').waitFor()

  await page.getByRole('link', { name: 'CloudTrail' }).click()
  const event = await page.getByRole('region', { name: 'CloudTrail event' }).textContent()
  t.match(event, /"eventName": "CreateUser".*"errorCode": "ValidationException"/s)
  t.notMatch(event, 'lenny')

  await page.getByRole('link', { name: 'Findings' }).click()
  const finding = page.locator('details.finding-row').filter({ hasText: 'has no last name' })
  await finding.locator('summary').click()
  t.match(
    await finding.getByRole('list', { name: 'Evidence' }).textContent(),
    /lenny\.leonard@springfield\.example/,
  )
})

story('why a user was refused is on the row and under the title', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = changeAttributes(await springfield(), 'lenny.leonard@springfield.example', {
    displayName: 'Lenny\u0007 Leonard',
  })
  await job.runCycle({ directory })

  await page.goto('/?q=status:4xx')
  const row = page.getByRole('listitem').filter({ hasText: 'lenny.leonard' }).first()
  await row.getByText(/contains a control character/).waitFor()
  await row.getByRole('link', { name: 'create user' }).click()

  const reason = page.getByRole('region', { name: 'Reason' })
  await reason.getByText('control character').waitFor()
  const text = await reason.textContent()
  t.match(text, 'AWS rejected this user: displayName contains a control character (U+0007).')
  t.match(text, 'displayName was LennyU+0007 Leonard')
  t.same(await reason.locator('mark').allTextContents(), ['U+0007'], 'the fault is underlined')
  t.match(text, /How to fix:.*change the source of displayName to Replace\(\[displayName\]/)
  const marked = page.getByRole('region', { name: 'Request body' }).locator('mark')
  t.same(await marked.allTextContents(), ['"displayName": "Lenny\\u0007 Leonard",'])

  await page.evaluate(axeSource)
  for (const { colorScheme, width, rules } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 800 })
    t.same(await violations(page, rules), [], `${colorScheme}, ${width}px`)
  }
})
