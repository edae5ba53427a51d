import type { Page } from 'playwright-core'
import { type PageName, pageAddresses } from '../../src/contract/page-addresses.ts'
import type { Eventful } from './eventful-directory.ts'

/** A view: a page, or a dialog on it. */
export type View = {
  readonly name: string
  readonly address: string
  /** Opens the dialog after the page has loaded. */
  readonly open?: (page: Page) => Promise<void>
}

/** Each page of the console once, on a server that is filled with events. */
export const pageViews = (eventful: Eventful): readonly View[] =>
  Object.entries(pageAddresses).map(([name, pattern]) => ({
    name,
    address: pattern
      .replace(':tenant', eventful.tenant)
      .replace(':id', () => idFor(name as PageName, eventful)),
  }))

function idFor(page: PageName, { disabling, disabledUser, group }: Eventful): string {
  const ids: Partial<Record<PageName, string>> = { exchange: disabling, user: disabledUser, group }
  const id = ids[page]
  if (id === undefined) throw new Error(`An id for the page "${page}" has to be named here.`)
  return id
}

const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name, exact: true }).first().click()
  await page.getByRole('dialog').waitFor()
}

/** Dialogs, further parts of pages, and their error and empty states. */
export const otherViews = ({ tenant, other, refused, disabledUser }: Eventful): readonly View[] => [
  {
    name: 'activity-terms',
    address: '/',
    open: async page => {
      await page.getByText('Terms', { exact: true }).click()
      await page.getByRole('button', { name: 'status:4xx' }).waitFor()
    },
  },
  {
    name: 'activity-export',
    address: '/',
    open: async page => {
      await page.getByText('Export', { exact: true }).click()
      await page.getByRole('button', { name: 'HAR archive' }).waitFor()
    },
  },
  {
    name: 'activity-broken-query',
    address: '/?q=stats:404',
    open: page => page.getByRole('button', { name: 'Use status' }).waitFor(),
  },
  {
    name: 'activity-no-match',
    address: '/?q=user:nobody',
    open: page => page.getByRole('heading', { name: 'No exchange matches.' }).waitFor(),
  },
  { name: 'activity-bulk', address: `/?q=tenant:${other}` },
  {
    name: 'activity-menu',
    address: '/',
    open: async page => {
      const menu = page.getByRole('button', { name: 'Menu' })
      if (await menu.isVisible()) await menu.click()
    },
  },
  { name: 'exchange-refused', address: `/exchanges/${refused}` },
  { name: 'user-attributes', address: `/tenants/${tenant}/users/${disabledUser}?view=attributes` },
  { name: 'user-document', address: `/tenants/${tenant}/users/${disabledUser}?view=document` },
  { name: 'user-memberships', address: `/tenants/${tenant}/users/${disabledUser}?view=memberships` },
  {
    name: 'users-before',
    address: `/tenants/${tenant}/users`,
    open: async page => {
      await page.getByRole('slider').fill('400')
      await page.getByText('As it was on').waitFor()
    },
  },
  { name: 'users-no-match', address: `/tenants/${tenant}/users?text=nobody` },
  { name: 'findings-of-one', address: `/findings?tenant=${other}` },
  { name: 'fault-form', address: '/faults', open: press('Write a rule…') },
  { name: 'snapshot-restore', address: '/snapshots', open: press(/^Restore /) },
  { name: 'tenant-new', address: '/tenants', open: press('New tenant…') },
  { name: 'tenants-start-over', address: '/tenants', open: press('Start over…') },
  { name: 'tenant-delete', address: `/tenants/${tenant}`, open: press('Delete…') },
  { name: 'tenant-empty', address: `/tenants/${tenant}`, open: press('Empty it…') },
  { name: 'token-new', address: `/tenants/${tenant}/tokens`, open: press('Generate token') },
  { name: 'token-rotate', address: `/tenants/${tenant}/tokens`, open: press('Rotate…') },
  { name: 'token-expire', address: `/tenants/${tenant}/tokens`, open: press('Expire now…') },
  {
    name: 'stale-purge',
    address: `/tenants/${tenant}/stale`,
    open: async page => {
      await press('Purge all retained…')(page)
      await page.getByRole('dialog').getByRole('listitem').first().waitFor()
    },
  },
  {
    name: 'reconciled',
    address: `/tenants/${tenant}/reconcile`,
    open: async page => {
      await page.getByLabel('Drop a file here, or choose one').setInputFiles({
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
    name: 'tunnels',
    address: `/tenants/${tenant}/setup`,
    open: page => page.getByText('Entra has to reach it over HTTPS: tunnels').click(),
  },
  { name: 'exchange-unknown', address: '/exchanges/nobody' },
]

/** Opens a view; resolves when it has loaded. */
export async function show(page: Page, { address, open }: View): Promise<void> {
  await page.goto(address)
  await settled(page)
  if (!open) return
  await open(page)
  await settled(page)
}

// The event stream stays open; every other request has a response before the screenshot.
const asked = new WeakMap<Page, Set<unknown>>()

/** Tracks the requests of a page. Call it before the first view opens. */
export function attend(page: Page): void {
  const open = new Set<unknown>()
  asked.set(page, open)
  page.on('request', request => {
    if (!request.url().includes('/api/v1/events')) open.add(request)
  })
  page.on('requestfinished', request => open.delete(request))
  page.on('requestfailed', request => open.delete(request))
}

const drawn = 'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))'

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  do {
    await page.locator('.loading').first().waitFor({ state: 'detached' })
    await page.evaluate(drawn)
  } while ((asked.get(page)?.size ?? 0) > 0)
}
