import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { axeSource, colorRules, violations } from '../support/axe.ts'
import { story } from '../support/browser.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { patchOp } from '../support/scim.ts'

/** Barney is disabled because he left his only group, and a user is refused, as Entra ID does both. */
async function provision(url: string, token: string): Promise<void> {
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        'user-agent': '',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return text === '' ? {} : JSON.parse(text)
  }
  const barney = await send('POST', '/Users', aUser('barney@example.com'))
  await send('POST', '/Users', aUser('fred@example.com', { displayName: 'Fred\u0007' }))
  await send('POST', '/Groups', aGroup('Operators', [barney.id]))
  await send('PATCH', `/Users/${barney.id}`, patchOp({ op: 'replace', path: 'active', value: false }))
}

async function check(t: Test, page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const rules = colorScheme === 'dark' ? colorRules : {}
    t.same(await violations(page, rules), [], `${name}, ${colorScheme}`)
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}.png` })
    }
  }
}

story(
  'a session file is opened in the console, and read like a tenant',
  async (t, { server, page, provokes }) => {
    await provision(server.url, server.token)
    const file = await (await fetch(`${server.console}/api/v1/tenants/acme/session`)).text()
    await page.addInitScript({ content: axeSource })
    provokes(/the server responded with a status of 40[04]/)

    await page.goto('/server')
    await page.getByRole('button', { name: 'Open…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Open' })
    const input = dialog.getByLabel('Drop a file here or choose it')
    await input.setInputFiles({ name: 'notes.html', mimeType: 'text/html', buffer: Buffer.from('<p>Notes') })
    await dialog.getByRole('button', { name: 'Open', exact: true }).click()
    await dialog.getByText('This is not a session file.').waitFor()
    await check(t, page, 'open-session')
    await input.setInputFiles({ name: 'acme.html', mimeType: 'text/html', buffer: Buffer.from(file) })
    await dialog.getByRole('button', { name: 'Open', exact: true }).click()

    await page.getByRole('heading', { name: 'Activity' }).waitFor()
    await page.getByText('create user').first().waitFor()
    await check(t, page, 'session-activity')

    await page
      .getByRole('link', { name: /create user/ })
      .first()
      .click()
    await page.getByText('displayName').first().waitFor()
    t.match(await page.locator('main').textContent(), /control character/)
    await check(t, page, 'session-request')

    await page.goto('/tenants/acme-session/users')
    await page
      .getByRole('link', { name: /barney/ })
      .first()
      .click()
    await page.getByText(/^Disabled on/).waitFor()
    t.match(await page.locator('main').textContent(), /Operators/)
    const banner = page.locator('.banner')
    t.match(await banner.textContent(), /This is an opened session of acme: read-only\./)
    await check(t, page, 'session-user')

    await page.goto('/findings?tenant=acme-session')
    const finding = page.locator('details.finding-row').first()
    await finding.waitFor()
    await check(t, page, 'session-findings')

    await finding.locator('summary').click()
    await finding.getByText('Copy as Markdown').waitFor()
    t.equal(await page.getByRole('button', { name: 'Mute…' }).count(), 0)

    for (const [path, shown] of [
      ['connect?view=credentials', 'Access keys'],
      ['connect', 'Seen so far'],
      ['connect?view=tunnel', 'cloudflared'],
    ] as const) {
      await page.goto(`/tenants/acme-session/${path}`)
      await page.getByRole('heading', { name: 'Connect', exact: true }).waitFor()
      await page.getByText(shown).first().waitFor()
      await banner.getByText('This is an opened session of acme: read-only.').waitFor()
      const buttons = await page.locator('main button:not(thead button)').allTextContents()
      t.same(
        buttons.filter(name => name !== 'Copy'),
        [],
        `${path} has no control that would be refused`,
      )
    }
    await page.goto('/lab?tenant=acme-session')
    const clock = page.getByRole('region', { name: 'Clock' })
    await clock.getByText(/^It is/).waitFor()
    t.equal(await clock.getByRole('button').count(), 0, 'its clock cannot be set')

    await page.goto('/tenants/acme/connect?view=credentials')
    await page.getByRole('button', { name: 'Generate token' }).waitFor()
    const shownTimes = page.locator('main time')
    await shownTimes.first().waitFor()
    t.equal(await banner.count(), 0)
    const times = await shownTimes.evaluateAll(all => all.map(({ title }) => title))
    t.same(
      times.filter(text => !/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.test(text)),
      [],
      'every time has its date',
    )
    t.ok(times.length > 1)

    await page.goto('/tenants/acme-session')
    await page.getByRole('button', { name: 'Delete tenant…' }).waitFor()
    t.equal(await page.getByRole('button', { name: 'Reset tenant…' }).count(), 0)
    t.equal(await page.getByLabel('Profile', { exact: true }).isDisabled(), true)
    await page.getByRole('button', { name: 'Delete tenant…' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('heading', { name: 'Server' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'acme-session' }).count(), 0)
  },
)
