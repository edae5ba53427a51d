import { changeAttributes } from '../../src/entra/directory/edits.ts'
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

  const findings = page.getByRole('region', { name: 'Findings' })
  const card = findings.getByRole('article').filter({ hasText: 'familyName' }).first()
  await card.waitFor()
  t.match(await card.textContent(), /How to fix:.*surname/s)
  const evaluation = page.getByRole('region', { name: 'Compare profiles' }).getByRole('article').first()
  t.match(await evaluation.textContent(), /AWS IAM Identity Center this tenant.*rejected.*400/s)

  await page.getByRole('button', { name: 'CloudTrail' }).click()
  const event = await page.getByRole('region', { name: 'CloudTrail event' }).textContent()
  t.match(event, /"eventName": "CreateUser".*"errorCode": "ValidationException"/s)
  t.notMatch(event, 'lenny')

  await page.getByRole('link', { name: 'Findings' }).click()
  await page.getByRole('row').filter({ hasText: 'familyName' }).getByRole('link').click()
  const drawer = page.getByRole('dialog', { name: 'Finding' })
  t.match(await drawer.getByRole('list').textContent(), /lenny\.leonard@springfield\.example/)
})
