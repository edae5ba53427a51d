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
    [`/tenants/${tenant}/connect`]: ['credentials', 'tunnel', 'okta', 'google', 'other'].map(
      view => `view=${view}`,
    ),
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

const csv = (lines: readonly string[]) => ({
  name: 'users.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(lines.map(line => `${line}\n`).join('')),
})

/** A response without a signature. */
const unsignedResponse = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="r" Version="2.0"><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a" Version="2.0"/></samlp:Response>`

/** What a page says about a file, a time or an object that a person chooses. */
const results = ({ tenant }: Eventful): readonly View[] => [
  {
    name: 'activity-export',
    address: '/activity',
    open: async page => {
      await page.getByText('Export', { exact: true }).click()
      await page.getByRole('button', { name: 'HAR' }).waitFor()
    },
  },
  {
    name: 'finding',
    address: `/findings?${new URLSearchParams({ tenant, finding: `${tenant} provisioning client/capitalised-operations` })}`,
    open: page => page.getByRole('list', { name: 'Evidence' }).first().waitFor(),
  },
  {
    name: 'failure-map',
    address: `/findings?tenant=${tenant}`,
    open: async page => {
      await page.getByText('Where do failures come from?').click()
      await page.getByRole('table', { name: 'Failures by rule and attribute' }).waitFor()
    },
  },
  {
    name: 'preflight-result',
    address: `/findings?view=check&tenant=${tenant}`,
    open: async page => {
      await page
        .getByLabel('Drop users, groups and a mapping here or choose files')
        .setInputFiles(
          csv([
            'userPrincipalName,displayName,givenName,surname,accountEnabled',
            'barney.gumble@springfield.example,Barney Gumble,Barney,Gumble,True',
            'ned.flanders@springfield.example,Ned Flanders,Ned,,True',
          ]),
        )
      await page.getByRole('button', { name: 'Check' }).click()
      await page.locator('.sentence').waitFor()
    },
  },
  {
    name: 'users-before',
    address: `/tenants/${tenant}/users`,
    open: async page => {
      await page.getByRole('button', { name: 'History' }).click()
      await page.getByRole('slider', { name: 'Time' }).fill('400')
      await page.getByText('Directory at').waitFor()
    },
  },
  {
    name: 'reconcile-result',
    address: `/tenants/${tenant}/users?view=compare`,
    open: async page => {
      await page
        .getByLabel('Drop a file here or choose one')
        .setInputFiles(
          csv([
            'userPrincipalName,displayName,accountEnabled',
            'barney.gumble@springfield.example,Barney Gumble,True',
            'ned.flanders@springfield.example,Ned Flanders,True',
          ]),
        )
      await page.getByText(/\d+ missing/).waitFor()
    },
  },
  {
    name: 'sign-in-response',
    address: `/tenants/${tenant}/users?view=sign-in&check=response`,
    open: async page => {
      await page.getByLabel('SAML response').fill(unsignedResponse)
      await page.getByText('Identity provider and AWS instance').click()
      await page.getByRole('button', { name: 'Check response' }).click()
      await page.getByText('AWS would reject this response').waitFor()
      await page.getByText('Fix SI-008').click()
    },
  },
  {
    name: 'stale-purge',
    address: `/tenants/${tenant}/users?view=unused`,
    open: async page => {
      await press(/^Purge .+…$/)(page)
      await page.getByRole('dialog').getByRole('listitem').first().waitFor()
    },
  },
]

/** The dialogs of Connect. */
const credentialForms = ({ tenant, other }: Eventful): readonly View[] => {
  const credentials = `/tenants/${other}/connect?view=credentials`
  const tokens = `/tenants/${tenant}/connect?view=credentials`
  return [
    { name: 'token-new', address: tokens, open: press('Generate token…') },
    { name: 'token-rotate', address: tokens, open: press('Rotate…') },
    { name: 'token-expire', address: tokens, open: press('Expire now…') },
    { name: 'client-new', address: credentials, open: press('Create client…') },
    {
      name: 'client-new-federation',
      address: credentials,
      open: async page => {
        await press('Create client…')(page)
        await page.getByLabel('Entra workload identity federation').check()
      },
    },
    {
      name: 'issuer-new',
      address: credentials,
      open: async page => {
        await press('Trust an issuer…')(page)
        await page.getByText('More settings').click()
      },
    },
    {
      name: 'issuer-new-entra',
      address: `/tenants/${other}/connect?auth=entra`,
      open: press('Trust a directory…'),
    },
    { name: 'issuer-check', address: credentials, open: press('Check…') },
  ]
}

/** Views, dialogs and panels of the pages, and their errors and empty states. */
export const otherViews = (eventful: Eventful): readonly View[] => [
  ...addressedViews(eventful),
  ...results(eventful),
  ...credentialForms(eventful),
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
  { name: 'fault-form', address: '/lab', open: press('Arm a fault…') },
  { name: 'clock-form', address: '/lab', open: press('Set…') },
  { name: 'snapshot-restore', address: '/lab', open: press(/^Restore/) },
  { name: 'tenant-new', address: '/server', open: press('New tenant…') },
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
