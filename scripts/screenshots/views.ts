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

const press =
  (name: string | RegExp, role: 'button' | 'link' = 'button') =>
  async (page: Page) => {
    await page.getByRole(role, { name, exact: true }).first().click()
    await page.getByRole('dialog').waitFor()
  }

/** The other views of the pages, by their addresses. */
const addressedViews = ({ tenant, other, rejected, jwt, disabledUser, group }: Eventful): readonly View[] => {
  const views: Readonly<Record<string, readonly string[]>> = {
    '/activity': [
      'view=cycles',
      'view=changes',
      'q=stats:404',
      'q=user:nobody',
      `tenant=*&q=tenant:${other}`,
    ],
    '/findings': ['view=injected', 'view=muted', `view=check&tenant=${tenant}`, `tenant=${other}`],
    [`/tenants/${tenant}/users`]: [
      ...['failing', 'disabled', 'deleted', 'unused', 'sign-in', 'compare'].map(view => `view=${view}`),
      'text=nobody',
    ],
    [`/tenants/${tenant}/users/${disabledUser}`]: [
      'memberships',
      'attributes',
      'access',
      'signIn',
      'document',
    ].map(view => `view=${view}`),
    [`/tenants/${tenant}/groups`]: ['view=unused'],
    [`/tenants/${tenant}/groups/${group}`]: ['view=timeline', 'view=document'],
    [`/tenants/${tenant}/access`]: ['view=matrix', 'view=everyone'],
    [`/tenants/${tenant}/connect`]: ['view=credentials'],
    [`/tenants/${other}/connect`]: ['auth=client', 'view=credentials'],
    '/server': ['view=settings', 'view=access', 'view=api'],
    [`/exchanges/${rejected}`]: [''],
    [`/exchanges/${jwt}`]: [''],
    '/exchanges/unknown': [''],
  }
  return Object.entries(views).flatMap(([path, queries]) =>
    queries.map(query => {
      const address = query === '' ? path : `${path}?${query}`
      return { name: address.replace(/^\//, '').replace(/[^\w-]+/g, '-'), address }
    }),
  )
}

/** Views, dialogs and panels of the pages, and their errors and empty states. */
export const otherViews = (eventful: Eventful): readonly View[] => [
  ...addressedViews(eventful),
  {
    name: 'menu',
    address: '/lab',
    open: async page => {
      await page.getByText('Menu', { exact: true }).locator('..').click()
      await page.getByLabel('Theme').waitFor()
    },
  },
  {
    name: 'share',
    address: '/activity',
    open: async page => {
      const menu = page.getByText('Menu', { exact: true }).locator('..')
      const share = page.getByText('Share', { exact: true })
      await ((await share.isVisible()) ? share : menu).click()
      await page.getByRole('button', { name: 'Copy link' }).and(page.locator(':visible')).waitFor()
    },
  },
  { name: 'fault-form', address: '/lab', open: press('Arm a fault') },
  { name: 'clock-form', address: '/lab', open: press('Set…') },
  { name: 'snapshot-restore', address: '/lab', open: press(/^Restore/) },
  { name: 'tenant-new', address: '/server', open: press('New tenant') },
  { name: 'tenants-reset', address: '/server', open: press('Reset all…') },
  { name: 'tenant-open', address: '/server', open: press('Open…') },
  { name: 'tenant-delete', address: `/tenants/${eventful.tenant}`, open: press('Delete tenant…') },
  { name: 'tenant-reset', address: `/tenants/${eventful.tenant}`, open: press('Reset tenant…') },
  { name: 'console-token-new', address: '/server?view=access', open: press(/^(New|Create).*token/) },
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
