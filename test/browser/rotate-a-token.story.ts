import type { Page } from 'playwright-core'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'

const tokensOf = (page: Page) =>
  page.getByRole('table', { name: 'tokens', exact: true }).locator('tbody').getByRole('row')

story('rotating a token during a cycle rejects no request', async (t, { server, page }) => {
  const { job, useToken } = provisioningOf(server)
  const directory = await springfield()
  await page.goto('/tenants/acme/connect?view=credentials')
  let handOver = () => {}
  const handedOver = new Promise<void>(resolve => {
    handOver = resolve
  })
  let done = 0
  const running = job.runCycle({
    directory,
    onProgress: () => {
      done++
      if (done === 3) handOver()
    },
  })

  await handedOver
  await page.getByRole('button', { name: 'Rotate…' }).click()
  await page.getByLabel('Overlap').selectOption('1h')
  await page.getByRole('button', { name: 'Rotate', exact: true }).click()
  const text = (await page.getByRole('dialog').locator('code').first().textContent()) ?? ''
  useToken(text)
  await page.getByRole('button', { name: 'Done' }).click()
  await running
  await job.runCycle({ directory })

  const rejected = await fetch(`${server.console}/api/v1/exchanges?q=status:401`)
  t.same(await rejected.json(), { items: [] }, 'no request was rejected')
  await tokensOf(page).nth(1).waitFor()
  t.equal(
    await page.getByRole('button', { name: 'Generate token' }).isDisabled(),
    true,
    'the tenant has two tokens',
  )
  await page.getByText('2 of 2 tokens in use.').waitFor()
  t.match(
    await page.getByRole('main').textContent(),
    /Expires in less than a day/,
    'the old token expires soon',
  )
})

story('a tenant without a token says what to do', async (t, { server, page }) => {
  await page.goto('/tenants/acme/connect?view=credentials')
  const token = tokensOf(page)
  await token.waitFor()
  t.equal(await page.getByText('No access tokens yet.').count(), 0)
  await token.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByText('No access tokens yet.').waitFor()
  const left = await fetch(`${server.console}/api/v1/tenants/acme/tokens`)
  t.same(await left.json(), { items: [] })
})
