import type { Page } from 'playwright-core'
import { changeAttributes } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

/** The finding that each cycle of Entra ID has, opened. */
async function openNote(page: Page) {
  const key = 'acme provisioning client/capitalised-operations'
  await page.goto(`/findings?${new URLSearchParams({ finding: key })}`)
  const row = page.locator('details.finding-row').filter({ hasText: 'Capitalized PATCH operations' })
  await row.getByRole('list', { name: 'Evidence' }).waitFor()
  return row
}

story('a finding is muted with a reason, and unmuted', async (t, { server, page, provokes }) => {
  const { job } = provisioningOf(server)
  const directory = changeAttributes(await springfield(), 'lenny.leonard@springfield.example', {
    surname: null,
  })
  await job.runCycle({ directory })
  await page.goto('/findings')
  const view = (name: string) =>
    page.getByRole('navigation', { name: 'Findings' }).getByRole('link', { name })
  const row = (text: string) => page.locator('details.finding-row').filter({ hasText: text })
  const fails = row('has no last name')
  await fails.waitFor()
  t.match(await fails.locator('summary').textContent(), /lenny\.leonard@springfield\.example.*fails/s)
  t.match(await view('To fix').textContent(), /^To fix \d$/)

  await page.getByText(/\d+ notes? about the client/).click()
  const capitalized = row('Capitalized PATCH operations')
  await capitalized.locator('summary').focus()
  await page.keyboard.press('Enter')
  await capitalized.getByText('How to fix in Microsoft Entra ID:').waitFor()
  t.match(new URL(page.url()).searchParams.get('finding'), /client\/capitalised-operations$/)
  const trend = capitalized.getByRole('img')
  t.match(await trend.getAttribute('aria-label'), /^Requests per cycle, oldest first: \d+$/)

  await capitalized.getByRole('button', { name: 'Mute…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Mute this finding' })
  provokes(/400/)
  await dialog.getByRole('button', { name: 'Mute', exact: true }).click()
  await dialog.getByText('Enter the reason').first().waitFor()
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Entra’s <default>')
  await page.keyboard.press('Enter')
  await capitalized.waitFor({ state: 'detached' })
  await view('Muted').click()
  t.equal(await view('Muted').textContent(), 'Muted 1')
  await capitalized.locator('summary').click()
  await capitalized.getByText('Entra’s <default>').waitFor()

  await capitalized.getByRole('button', { name: 'Unmute' }).click()
  await page.getByText('No muted findings.').waitFor()
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
  const row = await openNote(page)
  await row.getByText(/last .*\+2 h 40 min/).waitFor()
  const evidence = row.getByRole('list', { name: 'Evidence' }).getByRole('listitem')
  t.ok((await evidence.count()) > 0)
  t.equal(
    await evidence.filter({ hasText: '+2 h 40 min' }).count(),
    await evidence.count(),
    'and so does the evidence',
  )
  const shown = await row.locator('summary time').getAttribute('datetime')
  t.ok(Date.parse(shown ?? '') - Date.now() > 2 * 3_600_000, 'in the row, too')
})

story('texts are copied where the page has no access to the clipboard', async (t, { server, page }) => {
  // As over plain HTTP with a host name.
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }),
  )
  const { job } = provisioningOf(server)
  await job.runCycle({ directory: await springfield() })
  const row = await openNote(page)
  const copy = row.getByRole('button', { name: 'Copy as Markdown' })
  await copy.click()
  await row.getByText('Copied').waitFor()
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
  await row.getByRole('button', { name: /Copied|Copy as Markdown/ }).click()
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
  await page.goto('/findings')
  await page.getByRole('button', { name: 'Copy as Markdown' }).click()
  await page.getByText('Copied').waitFor()
  const copied = await page.evaluate<string>('navigator.clipboard.readText()')
  t.match(copied, /^# To fix\n\n\| severity \| finding \|/)
  t.match(copied, /^## note: Capitalized PATCH operations$/m)
  t.match(copied, /^\*\*How to fix in Microsoft Entra ID:\*\* /m)
})
