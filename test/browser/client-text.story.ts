import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { show, trackRequests } from '../../scripts/screenshots/views.ts'
import { pageAddresses } from '../../src/domain/contract/page-addresses.ts'
import type { TestServer } from '../../src/index.ts'
import { story } from '../support/browser.ts'

/** Names that a client writes; each sets `pwned` if any of it runs as a script. */
const markup = `<script>pwned=1</script><img src=x onerror=pwned=1><svg/onload=pwned=1>"'><i id=foreign>`
const reversed = 'invoice\u202egpj.exe'
const invisible = 'adm\u200bin\u0000\ufeff'
const long = 'W'.repeat(10_000)
const template = `{{constructor.constructor("pwned=1")()}}$\{pwned=1}%3Cscript%3E`
const script = 'javascript:pwned=1//'
const names = [markup, reversed, invisible, long, template, script]

type Json = { readonly id: string; readonly items: readonly { readonly id: string }[] }

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const changeSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Fills the server as a hostile client would. Returns the ids of two users and a group. */
async function sendHostileText({ url, token, console }: TestServer) {
  const send = async (method: string, path: string, body?: object): Promise<Json> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        'user-agent': markup,
        'x-note': script,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return JSON.parse(text || '{}') as Json
  }
  const callConsole = async (path: string, body: object) => {
    const response = await fetch(`${console}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(await response.text())
  }
  const users: string[] = []
  for (const name of names) {
    const { id } = await send('POST', '/Users', {
      schemas: [userSchema],
      userName: name,
      displayName: name,
      title: name,
      profileUrl: script,
      emails: [{ value: name, type: 'work' }],
      name: { formatted: name, familyName: name, givenName: name },
    })
    users.push(id)
  }
  const groups: string[] = []
  for (const name of names) {
    const members = users.filter(Boolean).map(value => ({ value }))
    groups.push((await send('POST', '/Groups', { schemas: [groupSchema], displayName: name, members })).id)
  }
  const Operations = [{ op: 'replace', path: 'nickName', value: markup }]
  await send('PATCH', `/Users/${users[0]}`, { schemas: [changeSchema], Operations })
  await send('PATCH', `/Users/${users[0]}`, {
    schemas: [changeSchema],
    Operations: [{ op: markup, path: markup, value: markup }],
  })
  await send(
    'GET',
    `/Users?filter=${encodeURIComponent(`userName eq "${markup}"`)}&${encodeURIComponent(markup)}`,
  )
  await send('GET', `/${encodeURIComponent(markup)}/${encodeURIComponent(reversed)}`)
  await send('DELETE', `/Users/${users[1]}`)
  for (const name of names) {
    const short = name.slice(0, 100)
    await callConsole('/faults', {
      name: short,
      match: { text: short },
      effect: { kind: 'status', status: 500 },
    })
    await callConsole('/snapshots', { name: short.replaceAll('\u0000', '') })
  }
  return { user: users[0] ?? '', longUser: users[3] ?? '', group: groups[0] ?? '' }
}

const traces = `({
  pwned: globalThis.pwned,
  foreign: document.querySelectorAll('#foreign, #app script, #app img, #app [onerror], #app [onload]').length,
  schemes: [...document.links].filter(({ protocol }) => !/^https?:$/.test(protocol)).length,
  beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})`
const nothing = { pwned: undefined, foreign: 0, schemes: 0, beyond: 0 }

async function checkPage(t: Test, page: Page, address: string, name: string): Promise<string> {
  await show(page, { name, address })
  for (const details of await page.locator('main details:not(.dropdown)').all()) {
    await details.evaluate(element => {
      ;(element as unknown as { open: boolean }).open = true
    })
  }
  t.strictSame(await page.evaluate(traces), nothing, name)
  return (await page.locator('main').textContent()) ?? ''
}

story(
  'text of a client is shown as text on every page',
  async (t, { server, open }) => {
    const { user, longUser, group } = await sendHostileText(server)
    const page = await open({ viewport: { width: 390, height: 844 } })
    page.on('dialog', dialog => {
      t.fail(`a script ran: ${dialog.message()}`)
      dialog.dismiss()
    })
    trackRequests(page)
    const response = await fetch(`${server.console}/api/v1/exchanges?limit=200`)
    const { items } = (await response.json()) as Json

    const ids: Readonly<Record<string, string>> = { exchange: items[0]?.id ?? '', user, group }
    for (const [name, pattern] of Object.entries(pageAddresses)) {
      const address = pattern.replace(':tenant', 'acme').replace(':id', ids[name] ?? '')
      await checkPage(t, page, address, name)
    }
    for (const { id } of items) await checkPage(t, page, `/exchanges/${id}`, `exchange ${id}`)
    for (const view of ['document', 'attributes', 'memberships']) {
      for (const each of [user, longUser]) {
        await checkPage(t, page, `/tenants/acme/users/${each}?view=${view}`, `user, ${view}`)
      }
      await checkPage(t, page, `/tenants/acme/groups/${group}?view=${view}`, `group, ${view}`)
    }

    for (const address of [
      '/',
      '/activity',
      '/tenants/acme/users',
      '/tenants/acme/groups',
      '/faults',
      '/snapshots',
    ]) {
      const text = await checkPage(t, page, address, address)
      t.ok(text.includes(markup), `${address}: markup is text`)
      t.ok(text.includes(String.raw`invoice\u202egpj.exe`), `${address}: direction overrides are escaped`)
      t.ok(text.includes(String.raw`adm\u200bin`), `${address}: invisible characters are escaped`)
    }
  },
  { profile: 'rfc' },
)

story('markup in an address is not run', async (t, { page, provokes }) => {
  provokes(/404 \(Not Found\)|400 \(Bad Request\)/)
  trackRequests(page)
  const each = encodeURIComponent(markup)
  for (const address of [
    `/activity?q=${each}`,
    `/activity?q=status:${each}`,
    `/exchanges/${each}`,
    `/tenants/${each}`,
    `/tenants/${each}/users`,
    `/tenants/acme/users/${each}`,
    `/tenants/acme/users?text=${each}&status=${each}&at=${each}`,
    `/tenants/acme/stale?reason=${each}`,
    `/findings?tenant=${each}`,
  ]) {
    await checkPage(t, page, address, decodeURIComponent(address))
  }
})

story('text of a reconciled file is shown as text', async (t, { page }) => {
  trackRequests(page)
  await page.goto('/tenants/acme/reconcile')
  const rows = [markup, reversed, long].map(
    name => `"${name.replaceAll('"', '""')}","${name.replaceAll('"', '""')}"`,
  )
  await page.getByLabel('Drop a file here or choose one').setInputFiles({
    name: 'users<img src=x onerror=pwned=1>.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      `userPrincipalName,displayName,${markup.replaceAll('"', '')}\n${rows.map(row => `${row},x`).join('\n')}\n`,
    ),
  })
  await page.getByText(/3 missing/).waitFor()
  t.strictSame(await page.evaluate(traces), nothing)
  t.ok((await page.locator('main').textContent())?.includes(markup))
})
