import type { Page } from 'playwright-core'
import { type PageName, pageAddresses } from '../../src/domain/contract/page-addresses.ts'
import type { Eventful } from './eventful-directory.ts'

/** A page, or a dialog or panel on it. */
export type View = {
  readonly name: string
  readonly address: string
  /** Opens the dialog or panel. */
  readonly open?: (page: Page) => Promise<void>
}

/** Each page of the console, on a server filled by `fillWithEvents`. */
export const pageViews = (eventful: Eventful): readonly View[] =>
  Object.entries(pageAddresses).map(([name, pattern]) => ({
    name,
    address: pattern
      .replace(':tenant', eventful.tenant)
      .replace(':id', () => idFor(name as PageName, eventful)),
  }))

function idFor(page: PageName, { disabling, cycle, disabledUser, group }: Eventful): string {
  const ids: Partial<Record<PageName, string>> = { exchange: disabling, cycle, user: disabledUser, group }
  const id = ids[page]
  if (id === undefined) throw new Error(`No ID for the page "${page}".`)
  return id
}

/** A response without a signature. */
const unsignedResponse = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="r" Version="2.0"><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a" Version="2.0"/></samlp:Response>`

const press =
  (name: string | RegExp, role: 'button' | 'link' = 'button') =>
  async (page: Page) => {
    await page.getByRole(role, { name, exact: true }).first().click()
    await page.getByRole('dialog').waitFor()
  }

/** Dialogs, panels and tabs of the pages, and their errors and empty states. */
export const otherViews = ({ tenant, other, rejected, jwt, disabledUser }: Eventful): readonly View[] => [
  {
    name: 'activity-filters',
    address: '/activity',
    open: async page => {
      await page.getByText('Filters', { exact: true }).click()
      await page.getByRole('button', { name: 'status:4xx' }).waitFor()
    },
  },
  {
    name: 'activity-export',
    address: '/activity',
    open: async page => {
      await page.getByText('Export', { exact: true }).click()
      await page.getByRole('button', { name: 'HAR' }).waitFor()
    },
  },
  {
    name: 'activity-broken-query',
    address: '/activity?q=stats:404',
    open: page => page.getByRole('button', { name: 'Use status' }).waitFor(),
  },
  {
    name: 'activity-no-match',
    address: '/activity?q=user:nobody',
    open: page => page.getByRole('heading', { name: 'No matching requests.' }).waitFor(),
  },
  { name: 'activity-bulk', address: `/activity?tenant=*&q=tenant:${other}` },
  {
    name: 'activity-menu',
    address: '/activity',
    open: async page => {
      const menu = page.getByRole('button', { name: 'Menu' })
      if (await menu.isVisible()) await menu.click()
    },
  },
  {
    name: 'failure-map',
    address: `/findings?tenant=${tenant}`,
    open: async page => {
      await page.getByText('Where do failures come from?').click()
      await page.getByRole('table', { name: 'Failures by rule and attribute' }).waitFor()
    },
  },
  { name: 'exchange-rejected', address: `/exchanges/${rejected}` },
  { name: 'user-attributes', address: `/tenants/${tenant}/users/${disabledUser}?view=attributes` },
  { name: 'user-document', address: `/tenants/${tenant}/users/${disabledUser}?view=document` },
  { name: 'user-access', address: `/tenants/${tenant}/users/${disabledUser}?view=access` },
  { name: 'user-sign-in', address: `/tenants/${tenant}/users/${disabledUser}?view=signIn` },
  { name: 'user-memberships', address: `/tenants/${tenant}/users/${disabledUser}?view=memberships` },
  {
    name: 'users-before',
    address: `/tenants/${tenant}/users`,
    open: async page => {
      await page.getByRole('slider').fill('400')
      await page.getByText('Directory at').waitFor()
    },
  },
  { name: 'users-no-match', address: `/tenants/${tenant}/users?text=nobody` },
  { name: 'findings-of-one', address: `/findings?tenant=${other}` },
  {
    name: 'finding',
    address: '/findings?tenant=*&tab=note',
    open: press('Capitalized PATCH operations', 'link'),
  },
  { name: 'fault-form', address: '/faults', open: press('New fault…') },
  { name: 'snapshot-restore', address: '/snapshots', open: press(/^Restore /) },
  { name: 'tenant-new', address: '/tenants', open: press('New tenant…') },
  { name: 'tenants-reset', address: '/tenants', open: press('Reset all tenants…') },
  { name: 'tenant-delete', address: `/tenants/${tenant}`, open: press('Delete tenant…') },
  { name: 'tenant-reset', address: `/tenants/${tenant}`, open: press('Reset tenant…') },
  { name: 'token-new', address: `/tenants/${tenant}/tokens`, open: press('Generate token') },
  { name: 'token-rotate', address: `/tenants/${tenant}/tokens`, open: press('Rotate…') },
  { name: 'token-expire', address: `/tenants/${tenant}/tokens`, open: press('Expire now…') },
  {
    name: 'stale-purge',
    address: `/tenants/${tenant}/stale`,
    open: async page => {
      await press('Purge all deleted…')(page)
      await page.getByRole('dialog').getByRole('listitem').first().waitFor()
    },
  },
  {
    name: 'reconcile-result',
    address: `/tenants/${tenant}/reconcile`,
    open: async page => {
      await page.getByLabel('Drop a file here or choose one').setInputFiles({
        name: 'users.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(
          'userPrincipalName,displayName,accountEnabled\nbarney.gumble@springfield.example,Barney Gumble,True\nned.flanders@springfield.example,Ned Flanders,True\n',
        ),
      })
      await page.getByText(/\d+ missing/).waitFor()
    },
  },
  {
    name: 'sign-in-response',
    address: `/tenants/${tenant}/sign-in?view=response`,
    open: async page => {
      await page.getByLabel('SAML response').fill(unsignedResponse)
      await page.getByText('Identity provider and AWS instance').click()
      await page.getByRole('button', { name: 'Check response' }).click()
      await page.getByText('AWS would reject this response').waitFor()
      await page.getByText('Fix SI-008').click()
    },
  },
  {
    name: 'preflight-result',
    address: `/tenants/${tenant}/preflight`,
    open: async page => {
      await page.getByLabel('Drop users, groups and a mapping here or choose files').setInputFiles({
        name: 'users.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(
          'userPrincipalName,displayName,givenName,surname,accountEnabled\nbarney.gumble@springfield.example,Barney Gumble,Barney,Gumble,True\nned.flanders@springfield.example,Ned Flanders,Ned,,True\n',
        ),
      })
      await page.getByRole('button', { name: 'Check' }).click()
      await page.getByText(/1 object would fail/).waitFor()
    },
  },
  {
    name: 'tunnels',
    address: `/tenants/${tenant}/setup`,
    open: page => page.getByText('Expose the endpoint with a tunnel').click(),
  },
  { name: 'exchange-unknown', address: '/exchanges/unknown' },
  { name: 'exchange-jwt', address: `/exchanges/${jwt}` },
  { name: 'credentials', address: `/tenants/${other}/tokens` },
  { name: 'client-new', address: `/tenants/${other}/tokens`, open: press('Create client…') },
  {
    name: 'client-new-federation',
    address: `/tenants/${other}/tokens`,
    open: async page => {
      await press('Create client…')(page)
      await page.getByLabel('Entra workload identity federation').check()
    },
  },
  {
    name: 'issuer-new',
    address: `/tenants/${other}/tokens`,
    open: async page => {
      await press('Trust an issuer…')(page)
      await page.getByText('More settings').click()
    },
  },
  {
    name: 'issuer-new-entra',
    address: `/tenants/${other}/setup?auth=entra`,
    open: press('Trust a directory…'),
  },
  { name: 'issuer-check', address: `/tenants/${other}/tokens`, open: press('Check…') },
  { name: 'setup-client', address: `/tenants/${other}/setup?auth=client` },
  { name: 'console-token-new', address: '/console-access', open: press('Create console token…') },
]

/** Opens a view and waits until it is loaded. */
export async function show(page: Page, { address, open }: View, { loads = true } = {}): Promise<void> {
  if (loads) await page.goto(address)
  else await page.evaluate(followLink(address))
  await waitUntilLoaded(page)
  if (!open) return
  await open(page)
  await waitUntilLoaded(page)
}

const followLink = (address: string): string =>
  `document.body.appendChild(Object.assign(document.createElement('a'), { href: ${JSON.stringify(address)} })).click(), document.body.lastChild.remove()`

// Every request but the event stream must be finished before a view is loaded.
const openRequests = new WeakMap<Page, Set<unknown>>()

/** Tracks the requests of a page. Call it before the first `show`. */
export function trackRequests(page: Page): void {
  const open = new Set<unknown>()
  openRequests.set(page, open)
  page.on('request', request => {
    if (!request.url().includes('/api/v1/events')) open.add(request)
  })
  page.on('requestfinished', request => open.delete(request))
  page.on('requestfailed', request => open.delete(request))
}

const drawn = 'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))'

async function waitUntilLoaded(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  do {
    await page.locator('.loading').first().waitFor({ state: 'detached' })
    await page.evaluate(drawn)
  } while ((openRequests.get(page)?.size ?? 0) > 0)
}
