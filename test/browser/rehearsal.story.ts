import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { axeSource, colorRules, violations } from '../support/axe.ts'
import { story } from '../support/browser.ts'
import { airlines, airlinesArchive, airlinesFiles } from '../support/example-airlines.ts'

const archive = { name: 'aws-export.tar', mimeType: 'application/x-tar', buffer: airlinesArchive() }

const entraFiles = airlinesFiles('entra').map(({ name, content }) => ({
  name,
  mimeType: 'application/json',
  buffer: content,
}))

async function check(t: Test, page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const rules = colorScheme === 'dark' ? colorRules : {}
    t.same(await violations(page, rules), [], `${name}, ${colorScheme}`)
    if (process.env.SCREENSHOTS) {
      await page.screenshot({
        path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}.png`,
        fullPage: true,
      })
    }
  }
}

story('an AWS export is opened, and a change is rehearsed against it', async (t, { page, provokes }) => {
  await page.addInitScript({ content: axeSource })
  provokes(/the server responded with a status of 400/)
  await page.goto('/tenants')
  await page.getByRole('button', { name: 'Open…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Open' })
  const input = dialog.getByLabel('Drop a file here or choose it')
  await input.setInputFiles({ name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip') })
  await dialog.getByText('x.zip').waitFor()
  await dialog.getByRole('button', { name: 'Open', exact: true }).click()
  await dialog.getByRole('alert').waitFor()
  await check(t, page, 'open-refused')
  await input.setInputFiles(archive)
  await dialog.getByRole('button', { name: 'Open', exact: true }).click()

  await page.getByRole('heading', { name: 'd-9067e0c944' }).waitFor()
  const directory = page
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: 'AWS directory' }) })
  t.match(
    await directory.textContent(),
    /Account assignments5.*aws-export\.tar|aws-export\.tar.*Account assignments5/s,
  )
  await check(t, page, 'import-result')

  await page.goto('/tenants/d-9067e0c944/preflight')
  await page.getByLabel('Provision into').selectOption('This tenant’s directory')
  await page.getByLabel('Drop users, groups and a mapping here or choose files').setInputFiles(entraFiles)
  await page.getByText('Files: groups.json, users.json').waitFor()
  await page.getByRole('button', { name: 'Rehearse' }).click()
  await page
    .getByText('2 people lose access, 1 with administrator access, the first at the switch.')
    .waitFor()
  const lost = page.getByRole('region', { name: 'People who lose access' }).first()
  t.match(await lost.textContent(), /beatrice\.berg@airlines\.example.*AdministratorAccess/s)
  t.match(
    await page.getByRole('region', { name: 'What would prevent it' }).textContent(),
    /match-mail: .*With this alone, 0 people lose access instead of 2, and AWS rejects 0 users/s,
  )
  await check(t, page, 'rehearsal')
  await page.setViewportSize({ width: 390, height: 844 })
  await check(t, page, 'rehearsal-narrow')
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  t.ok(width <= 390, `the page is ${width} pixels wide`)
  await page.setViewportSize({ width: 1280, height: 800 })

  await page.getByText('Export', { exact: true }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Plan as Markdown' }).click(),
  ])
  t.equal(download.suggestedFilename(), 'rehearsal.md')

  await page.getByRole('button', { name: 'Change or choose another export' }).click()
  await page.getByLabel('SAML NameID').fill('nothing')
  await page.getByRole('button', { name: 'Rehearse' }).click()
  await page.getByRole('alert').getByText('No user of the source has a value for nothing.').waitFor()
})

story('Pre-flight imports the folder of an AWS export and rehearses', async (t, { page }) => {
  await page.goto('/tenants/acme/preflight')
  await page.getByLabel('Provision into').selectOption('An AWS export')
  await page.getByLabel('Or choose its folder:').setInputFiles(`${airlines}/aws`)
  await page.getByText(/^\d+ files$/).waitFor()
  await page.getByLabel('Drop users, groups and a mapping here or choose files').setInputFiles(entraFiles)
  await page.getByLabel('SAML NameID').fill('mail')
  await page.getByRole('button', { name: 'Rehearse' }).click()
  await page.getByText('1 person loses access').first().waitFor()
  await page.getByRole('button', { name: 'Change or choose another export' }).click()
  t.ok(await page.getByRole('link', { name: 'd-9067e0c944' }).first().isVisible(), 'the tenant is named')
})
