import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { axeSource, looks, violations } from '../support/axe.ts'
import { story } from '../support/browser.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { patchOp } from '../support/scim.ts'

const hostile = '</script><script>document.title="owned"</script><!--\u0007\u202e'

/** Creates a user and a group, disables the user, and sends a name that is rejected. Returns the id of the user. */
async function provision(url: string, token: string): Promise<string> {
  const send = async (method: string, path: string, body: unknown) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return text === '' ? {} : JSON.parse(text)
  }
  const barney = await send('POST', '/Users', aUser('barney'))
  await send('POST', '/Users', aUser(hostile))
  await send('POST', '/Groups', aGroup('Operators', [barney.id]))
  await send('PATCH', `/Users/${barney.id}`, patchOp({ op: 'replace', path: 'active', value: false }))
  return barney.id
}

const horizontalOverflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

async function check(t: Test, page: Page, name: string): Promise<void> {
  for (const { colorScheme, width, rules } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 844 })
    t.same(await violations(page, rules), [], `${name}, ${colorScheme}, ${width}`)
    t.equal(await page.evaluate(horizontalOverflow), 0, `${name}, ${width}: does not scroll sideways`)
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}-${width}.png` })
    }
  }
}

story(
  'a colleague opens an exported session without a server',
  async (t, { server, page, open }) => {
    const barney = await provision(server.url, server.token)
    await page.goto('/tenants/acme')
    const downloading = page.waitForEvent('download')
    await page.getByText('Share', { exact: true }).click()
    await page.getByRole('button', { name: 'Save as a file' }).and(page.locator(':visible')).click()
    const download = await downloading
    t.equal(download.suggestedFilename(), 'acme-session.html')
    const file = `${t.testdir()}/acme-session.html`
    await download.saveAs(file)
    await page.close()
    await server.close()

    const colleague = await open({ offline: true })
    await colleague.addInitScript({ content: axeSource })
    const requested: string[] = []
    colleague.on('request', request => requested.push(request.url()))
    await colleague.goto(pathToFileURL(file).href)
    await colleague.getByRole('heading', { name: 'Requests' }).waitFor()
    t.equal(await colleague.title(), 'Requests · Scimulator', 'text of a client does not run')
    t.equal(await colleague.getByRole('list', { name: 'Requests' }).getByRole('listitem').count(), 4)
    await check(t, colleague, 'requests')

    await colleague.getByLabel('Search').fill('document.title')
    await colleague.getByText('1 request, newest first.').waitFor()
    await colleague.getByRole('link', { name: 'create user' }).click()
    await colleague.getByRole('heading', { name: 'create user' }).waitFor()
    t.match(
      await colleague.getByRole('region', { name: 'Request body' }).textContent(),
      JSON.stringify(hostile).replace('\u202e', '\\u202e'),
      'it is shown, invisible characters escaped',
    )
    await check(t, colleague, 'request')
    await colleague.getByRole('link', { name: 'Directory after this request' }).click()
    await colleague.getByRole('heading', { name: 'Users' }).waitFor()
    const users = colleague.getByRole('list', { name: 'Users' })
    t.match(await users.getByRole('listitem').filter({ hasText: 'barney' }).textContent(), /barney.*active/)
    await check(t, colleague, 'users')

    await colleague.getByRole('button', { name: 'End of the session' }).click()
    t.match(
      await users.getByRole('listitem').filter({ hasText: 'barney' }).textContent(),
      /barney.*1 group.*disabled/,
    )
    await users.getByRole('link', { name: 'barney' }).click()
    await colleague.getByRole('heading', { name: 'barney' }).waitFor()
    t.match(
      await colleague.getByRole('region', { name: 'State' }).textContent(),
      /disabled.*Groups.*Operators/,
    )
    t.match(
      await colleague.getByRole('region', { name: 'History' }).textContent(),
      /revision 2 modified.*by disable user.*joined Operators.*by create group.*revision 1 created/,
    )
    t.match(await colleague.url(), barney)
    await check(t, colleague, 'user')
    await colleague.getByRole('link', { name: 'disable user' }).click()
    await colleague.getByRole('heading', { name: 'disable user' }).waitFor()
    await colleague.goBack()
    await colleague.getByRole('heading', { name: 'barney' }).waitFor()

    await colleague.getByRole('link', { name: /^Groups 1/ }).click()
    await colleague.getByRole('list', { name: 'Groups' }).getByRole('link', { name: 'Operators' }).click()
    t.match(
      await colleague.getByRole('region', { name: 'State' }).textContent(),
      /active.*Members.*Marge Simpson/,
    )
    await colleague.getByRole('link', { name: /^Cycles/ }).click()
    await colleague.getByRole('heading', { name: 'Cycles' }).waitFor()
    await check(t, colleague, 'cycles')
    await colleague.getByRole('list', { name: 'Cycles' }).getByRole('link').click()
    await colleague.getByRole('heading', { name: 'Requests of a cycle' }).waitFor()
    await colleague.getByRole('link', { name: /^Findings/ }).click()
    await colleague.getByRole('heading', { name: 'Findings' }).waitFor()
    await check(t, colleague, 'findings')
    t.same(requested, [pathToFileURL(file).href], 'nothing else is requested')
  },
  { profile: 'rfc' },
)
