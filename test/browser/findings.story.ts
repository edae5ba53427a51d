import { changeAttributes } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

story('a finding is muted with a reason, and unmuted', async (t, { server, page, provokes }) => {
  const { job } = provisioningOf(server)
  const directory = changeAttributes(await springfield(), 'lenny.leonard@springfield.example', {
    surname: null,
  })
  await job.runCycle({ directory })
  await page.goto('/findings')
  const tab = (name: string) => page.getByRole('group', { name: 'Severity' }).getByRole('button', { name })
  await tab('Errors (1)').waitFor()
  t.equal(await tab('Errors (1)').getAttribute('aria-pressed'), 'true')

  await tab('Notes').click()
  const row = page.getByRole('row').filter({ hasText: 'Capitalized PATCH operations' })
  t.match(await row.getByRole('img').getAttribute('aria-label'), /^Requests per cycle, oldest first: \d+$/)
  const link = row.getByRole('link')
  await link.focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('dialog', { name: 'Finding' })
  await drawer.getByText('How to fix in Microsoft Entra ID:').waitFor()
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  t.ok((await page.locator(':focus').textContent()) === (await link.textContent()), 'the focus returns')

  await link.click()
  await drawer.getByRole('button', { name: 'Mute…' }).click()
  provokes(/400/)
  await drawer.getByRole('button', { name: 'Mute', exact: true }).click()
  await drawer.getByText('Enter the reason').first().waitFor()
  await drawer.getByRole('textbox', { name: 'Reason' }).fill('Entra’s <default>')
  await page.keyboard.press('Enter')
  await drawer.getByText('Entra’s <default>').waitFor()
  await page.keyboard.press('Escape')
  await row.waitFor({ state: 'detached' })
  await tab('Muted (1)').click()
  t.match(await row.textContent(), /Entra’s <default>/)

  await link.click()
  await drawer.getByRole('button', { name: 'Unmute' }).click()
  await tab('Muted (0)').waitFor({ state: 'attached' })
  t.match(
    ((await (await fetch(`${server.console}/api/v1/findings`)).json()) as { items: object[] }).items.filter(
      item => 'mute' in item,
    ),
    [],
  )
})

story('findings have the times of the tenant’s clock', async (t, { server, page }) => {
  await server.clock.advance('2h40m')
  const { job } = provisioningOf(server)
  await job.runCycle({ directory: await springfield() })
  await page.goto('/findings?tab=note')
  const row = page.getByRole('row').filter({ hasText: 'Capitalized PATCH operations' })
  await row.getByText('+2 h 40 min').waitFor()
  await row.getByRole('link').click()
  const drawer = page.getByRole('dialog', { name: 'Finding' })
  await drawer.getByText(/last .*\+2 h 40 min/).waitFor()
  t.equal(
    await drawer.getByRole('listitem').filter({ hasText: '+2 h 40 min' }).count(),
    await drawer.getByRole('listitem').count(),
    'and so does the evidence',
  )
})

story('texts are copied where the page has no access to the clipboard', async (t, { server, page }) => {
  // As over plain HTTP with a host name.
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }),
  )
  const { job } = provisioningOf(server)
  await job.runCycle({ directory: await springfield() })
  await page.goto('/findings?tab=note')
  await page.getByRole('row').filter({ hasText: 'Capitalized PATCH operations' }).getByRole('link').click()
  const drawer = page.getByRole('dialog', { name: 'Finding' })
  const copy = drawer.getByRole('button', { name: 'Copy as Markdown' })
  await copy.click()
  await drawer.getByText('Copied').waitFor()
  t.equal(await page.locator(':focus').textContent(), 'Copied', 'the focus stays')
  await page.evaluate("Reflect.deleteProperty(navigator, 'clipboard')")
  t.match(
    await page.evaluate<string>('navigator.clipboard.readText()'),
    /^## note: Capitalized PATCH operations/,
  )
  await page.evaluate(
    "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })",
  )

  await page.evaluate('document.execCommand = () => false')
  await drawer.getByRole('button', { name: /Copied|Copy as Markdown/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Copy', exact: true })
  const field = dialog.getByRole('textbox', { name: 'Press Ctrl-C to copy' })
  await field.waitFor()
  t.match(await field.inputValue(), /^## note: Capitalized PATCH operations/)
  t.equal(
    await field.evaluate(({ selectionEnd }) => selectionEnd),
    (await field.inputValue()).length,
    'all of it is selected',
  )
  await page.evaluate("Reflect.deleteProperty(navigator, 'clipboard')")
  await page.evaluate("navigator.clipboard.writeText('')")
  await page.keyboard.press('Control+C')
  t.equal(await page.evaluate<string>('navigator.clipboard.readText()'), await field.inputValue())
})

story('a list of findings is copied as Markdown', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  await job.runCycle({ directory: await springfield() })
  await page.goto('/findings?tab=note')
  await page.getByRole('button', { name: 'Copy as Markdown' }).click()
  await page.getByText('Copied').waitFor()
  const copied = await page.evaluate<string>('navigator.clipboard.readText()')
  t.match(copied, /^# Notes\n\n\| severity \| finding \|/)
  t.match(copied, /^## note: Capitalized PATCH operations$/m)
  t.match(copied, /^\*\*How to fix in Microsoft Entra ID:\*\* /m)
})
