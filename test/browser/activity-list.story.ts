import type { Page } from 'playwright-core'
import type { TestServer } from '../../src/index.ts'
import { disable } from '../../src/provisioning/kit/directory/edits.ts'
import { story } from '../support/browser.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'
import { startWith } from '../support/started-server.ts'

const lines = (page: Page) => page.getByRole('list', { name: 'Requests, newest first' }).getByRole('listitem')
const cycleHeadings = (page: Page) => lines(page).locator('.cycle-row button')

/** Sends requests of one client, which belong to one cycle. */
async function listUsers({ url, token }: Pick<TestServer, 'url' | 'token'>, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const response = await fetch(`${url}/Users?startIndex=${time + 1}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await response.arrayBuffer()
  }
}

async function chooseZone(page: Page, zone: string): Promise<void> {
  await page.locator('summary').filter({ hasText: 'Menu' }).click()
  await page.getByRole('combobox', { name: 'Time zone' }).selectOption(zone)
  await page.keyboard.press('Escape')
}

const analyzed = async ({ console }: Pick<TestServer, 'console'>) => {
  for (;;) {
    const response = await fetch(`${console}/api/v1/findings`)
    const { waiting } = (await response.json()) as { waiting: number }
    if (waiting === 0) return
  }
}

story('a collapsed cycle shows the requests before it', async (t, { server, page }) => {
  await fetch(`${server.url}/Users`, { headers: { authorization: 'Bearer an-unknown-token-of-somebody' } })
  await listUsers(server, 450)
  await analyzed(server)
  await page.goto('/activity')
  await lines(page).nth(5).waitFor()
  await cycleHeadings(page).first().click()
  await lines(page).filter({ hasText: '401' }).waitFor()
  t.equal(await lines(page).filter({ hasText: 'list users' }).count(), 0, 'its own requests are hidden')

  await cycleHeadings(page).first().click()
  await lines(page).filter({ hasText: 'list users' }).first().waitFor()
  await lines(page).filter({ hasText: 'list users' }).first().getByRole('link').focus()
  // The end of the list moves while older requests are loaded.
  const rejected = lines(page).filter({ hasText: '401' })
  const atEnd = async () =>
    (await lines(page).last().getAttribute('aria-setsize')) === '452' && (await rejected.count()) === 1
  let presses = 0
  do await page.keyboard.press('End')
  while (!(await atEnd()) && presses++ < 3000)
  t.ok(await atEnd(), 'expanded, all of them are in the list again')
})

story('each request, cycle and token shows its client with the evidence', async (t, { server, page }) => {
  const send = (userAgent: string, path: string) =>
    fetch(`${server.url}${path}`, {
      headers: { authorization: `Bearer ${server.token}`, 'user-agent': userAgent },
    })
  const paged = '&startIndex=1&count=100'
  await send('', `/Users?filter=userName%20eq%20%22anna%22${paged}`)
  await send('Go-http-client/1.1', '/Users?count=1000&startIndex=1')
  await send('Okta SCIM Client 1.0.0', '/Groups?startIndex=1&count=100')
  await analyzed(server)
  await page.goto('/activity?q=client:any')
  const rows = lines(page).filter({ has: page.locator('.exchange-row') })
  await rows.nth(2).waitFor()
  t.same(await rows.locator('.badges').allInnerTexts(), ['', '', 'perhaps Okta'], 'unless the cycle shows it')
  t.match(await cycleHeadings(page).first().textContent(), /Okta, /)
  t.match(await cycleHeadings(page).nth(1).textContent(), /Pocket ID \(by shape\), /)
  await rows.first().getByRole('link').first().click()
  await page.getByText('Okta, named by its User-Agent').waitFor()
  await page.goto('/tenants/acme/connect?view=credentials')
  await page.getByRole('row').getByText('Okta, named').first().waitFor()
})

story(
  'a search counts its matches in a cycle, not all requests of the cycle',
  async (t, { server, page }) => {
    await provisioningOf(server).job.runCycle({ directory: await springfield() })
    await analyzed(server)
    await page.goto('/activity?q=action:%22create user%22')
    const heading = cycleHeadings(page).first()
    await heading.getByText(/ of \d+ requests$/).waitFor()
    const found = await lines(page).filter({ hasText: 'create user' }).count()
    t.match(await heading.textContent(), new RegExp(`${found} of \\d+ requests$`))
  },
)

story('the end of the list says that older requests were discarded', async (t, { page }) => {
  const limited = await startWith(t, [
    '--memory',
    '--tenant=acme',
    '--token=let-me-in-for-now',
    '--keep-exchanges=5',
  ])
  await listUsers({ url: limited.endpoint, token: 'let-me-in-for-now' }, 1000)
  await page.goto(`${limited.console}/activity`)
  await lines(page).first().getByRole('link').or(cycleHeadings(page).first()).first().focus()
  const end = page.getByText(/^Requests before .* were discarded: the journal keeps the newest 5 requests\.$/)
  // The number of requests pruned at once depends on the load of the machine.
  while (!(await end.isVisible())) await page.keyboard.press('End')
})

story('Back restores the scroll position and the focus', async (t, { server, page }) => {
  await listUsers(server, 120)
  await page.goto('/activity')
  await lines(page).nth(5).waitFor()
  const list = page.locator('.virtual-list')
  await list.evaluate((element: { scrollTop: number }) => {
    element.scrollTop = 2000
  })
  const link = page.locator('[data-row="65"] .what a')
  const address = (await link.getAttribute('href')) ?? ''
  await link.click()
  await page.waitForURL(`**${address}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.goBack()
  await page.locator(`[data-row] a[href="${address}"]:focus`).waitFor()
  t.equal(await list.evaluate(({ scrollTop }: { scrollTop: number }) => scrollTop), 2000)

  await page.locator(`[data-row] a[href="${address}"]`).click()
  await page.waitForURL(`**${address}`)
  await page.getByRole('link', { name: 'Activity' }).click()
  await lines(page).nth(5).waitFor()
  t.equal(
    await list.evaluate(({ scrollTop }: { scrollTop: number }) => scrollTop),
    0,
    'a link opens the list at its start',
  )
})

story(
  'j and k show the next and the previous request, and Back returns to the row',
  async (t, { server, page }) => {
    await listUsers(server, 12)
    await page.goto('/activity')
    await cycleHeadings(page).first().waitFor()
    const [first = '', second = ''] = await page
      .locator('.exchange-row .what a')
      .evaluateAll(links => links.slice(2, 4).map(link => link.getAttribute('href') ?? ''))
    await page.locator(`.exchange-row .what a[href="${first}"]`).click()
    const loaded = async (address: string) => {
      await page.waitForURL(`**${address}`)
      await page
        .locator('.facts-line code')
        .getByText(address.slice('/exchanges/'.length), { exact: true })
        .waitFor()
    }
    await loaded(first)
    await page.keyboard.press('j')
    await loaded(second)
    await page.getByRole('button', { name: 'Newer' }).click()
    await loaded(first)
    await page.keyboard.press('j')
    await loaded(second)
    await page.goBack()
    await page.locator(`[data-row] a[href="${second}"]:focus`).waitFor()
    t.equal(await lines(page).count(), 13, 'the list is as it was')
  },
)

story('cycles are closed but for the newest; opening one loads its requests', async (t, { server, page }) => {
  const { job } = provisioningOf(server)
  const directory = await springfield()
  await job.runCycle({ directory })
  await fetch(`${server.console}/api/v1/tenants/acme/clock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance: '40m' }),
  })
  await job.runCycle({ directory: disable(directory, 'barney.gumble@springfield.example') })
  await analyzed(server)
  await page.goto('/activity')
  await cycleHeadings(page).nth(1).waitFor()
  await lines(page).locator('.cycle-row button[aria-expanded="false"]').waitFor()
  const states = await cycleHeadings(page).evaluateAll(headings =>
    headings.map(heading => heading.getAttribute('aria-expanded')),
  )
  t.same(states, ['true', 'false'])
  t.equal(await lines(page).filter({ hasText: 'create user' }).count(), 0)
  await cycleHeadings(page).nth(1).click()
  await cycleHeadings(page).first().click()
  await lines(page).filter({ hasText: 'create group' }).first().waitFor()

  const times = lines(page).locator('time')
  const [last = ''] = await times.evaluateAll(all => all.map(time => time.getAttribute('datetime') ?? ''))
  await chooseZone(page, 'local')
  const real = (await times.first().getAttribute('datetime')) ?? ''
  t.ok(Date.parse(last) - Date.parse(real) >= 2_400_000, 'real time is behind the clock of the tenant')
  await page.getByRole('link', { name: 'What changed' }).first().click()
  const changed = page.getByRole('region', { name: 'What it changed' })
  await changed.getByText('active changed for 1 user').click()
  await changed.getByRole('link', { name: 'barney.gumble@springfield.example' }).waitFor()
  await page.getByText('AWS allows 40 reads and 25 writes.').waitFor()
})

story('a search without a match in one tenant is offered for all tenants', async (t, { server, page }) => {
  await listUsers(server, 1)
  const response = await fetch(`${server.console}/api/v1/tenants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'quiet' }),
  })
  t.equal(response.status, 201)
  await page.goto('/activity?tenant=quiet&q=operation:list')
  await page.getByRole('button', { name: 'Search all tenants' }).click()
  await lines(page).filter({ hasText: 'list users' }).waitFor()
})

story('times of a search are read in the time zone that is shown', async (t, { server, open }) => {
  await listUsers(server, 1)
  const page = await open({ timezoneId: 'America/New_York' })
  await page.goto('/activity')
  const time = lines(page).locator('time').first()
  await time.waitFor()
  const at = Date.parse((await time.getAttribute('datetime')) ?? '')
  const parts = { timeZone: 'America/New_York', hourCycle: 'h23' } as const
  const day = new Date(at + 60_000).toLocaleDateString('en-CA', parts)
  const clock = new Date(at + 60_000).toLocaleTimeString('en-GB', parts)
  const local = `before:${day}T${clock}`
  const field = page.getByRole('searchbox', { name: 'Search requests' })
  await field.fill(local)
  await lines(page).filter({ hasText: 'list users' }).waitFor()

  await chooseZone(page, 'utc')
  await page.getByRole('heading', { name: 'No matching requests.' }).waitFor()
  await field.fill(`before:${new Date(at + 60_000).toISOString().slice(0, 19)}`)
  await lines(page).filter({ hasText: 'list users' }).waitFor()
  t.equal((await time.textContent())?.slice(-8), new Date(at).toISOString().slice(11, 19))
})
