import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { type Eventful, fillWithEvents } from '../../scripts/screenshots/eventful-directory.ts'
import { otherViews, pageViews, show, trackRequests, type View } from '../../scripts/screenshots/views.ts'
import { pageAddresses } from '../../src/domain/contract/page-addresses.ts'
import { allButContrast, axeSource, colorRules, violations } from '../support/axe.ts'
import { story } from '../support/browser.ts'
import { signIn, startSignIn } from '../support/signed-in-browser.ts'
import { startWith } from '../support/started-server.ts'
import { todays } from '../support/todays.ts'

const sizes = {
  phone: { width: 390, height: 844 },
  wide: { width: 1280, height: 800 },
} as const

const horizontalOverflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** Checks the page in light colors, wide and on a phone. */
async function checkLight(t: Test, page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    const rules = size === 'wide' ? {} : allButContrast
    t.same(await violations(page, rules), [], `${name}, ${size}`)
    t.equal(await page.evaluate(horizontalOverflow), 0, `${name}, ${size}: the page does not scroll sideways`)
  }
}

/** Checks the dark colors of a wide page, which shows all that a phone shows. */
async function checkDark(t: Test, page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' })
  t.same(await violations(page, colorRules), [], `${name}, dark`)
  await page.emulateMedia({ colorScheme: 'light' })
}

const pathOf = ({ address }: View) => address.split('?')[0]

/** Whether a link leads from one view to the other, so that neither the page nor axe are loaded again: each takes long. */
const isOtherPage = (view: View, previous: View | undefined): boolean =>
  previous !== undefined && !previous.open && pathOf(previous) !== pathOf(view)

async function checkEach(
  t: Test,
  page: Page,
  views: readonly View[],
  also: typeof checkLight = async () => {},
): Promise<void> {
  for (const [at, view] of views.entries()) {
    await page.setViewportSize(sizes.phone)
    await show(page, view, { loads: !isOtherPage(view, views[at - 1]) })
    await checkLight(t, page, view.name)
    await also(t, page, view.name)
  }
}

/** States of a page after an action, which the other views don't have. */
const viewsAfterActions = ({ tenant }: Eventful): readonly View[] => [
  {
    name: 'fault-form-errors',
    address: '/lab',
    open: async page => {
      await page.getByRole('button', { name: 'Arm a fault' }).click()
      await page.getByLabel('Status').fill('99')
      await page.getByLabel('Disarm after N hits (blank: never)').fill('often')
      await page.getByRole('button', { name: 'Arm', exact: true }).click()
      await page.getByRole('alert').first().waitFor()
    },
  },
  {
    name: 'palette',
    address: `/tenants/${tenant}/users`,
    open: async page => {
      await page.keyboard.press('Control+k')
      await page.getByLabel('User, group, request, page or action').fill('s')
      await page.getByRole('option', { name: /^User/ }).first().waitFor()
    },
  },
  {
    name: 'shortcuts',
    address: '/lab',
    open: async page => {
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    },
  },
  {
    name: 'known-faults',
    address: '/lab',
    open: page => page.getByText('known faults').click(),
  },
  {
    name: 'notice',
    address: '/lab',
    open: async page => {
      await page.getByRole('button', { name: 'Take a snapshot' }).click()
      await page.getByRole('button', { name: 'Take', exact: true }).click()
      await page.locator('.notice p').waitFor()
    },
  },
]

/** Pages that reserve the height of what is loaded later. */
const steady: readonly string[] = [
  'overview',
  'users',
  'user',
  'access',
  'connect',
  'lab',
  'server',
  'tenant',
]

/** The largest shift of the layout that nobody asked for, as browsers measure it. */
const shifts = `new PerformanceObserver(list => {
  for (const { value, hadRecentInput } of list.getEntries())
    if (!hadRecentInput) globalThis.shifted = (globalThis.shifted ?? 0) + value
}).observe({ type: 'layout-shift', buffered: true })`

story(
  'no page moves while it is loaded',
  async (t, { server, page, provokes }) => {
    provokes(/404 \(Not Found\)|400 \(Bad Request\)/)
    const eventful = await fillWithEvents(server)
    await page.addInitScript(shifts)
    trackRequests(page)
    for (const viewport of Object.values(sizes)) {
      await page.setViewportSize(viewport)
      for (const view of pageViews(eventful).filter(({ name }) => steady.includes(name))) {
        await show(page, view)
        const shifted = await page.evaluate<number>('globalThis.shifted ?? 0')
        t.ok(shifted <= 0.02, `${view.name}, ${viewport.width} px: ${shifted.toFixed(3)}`)
      }
    }
  },
  { awsAuth: 'any' },
)

story(
  'every page is accessible, in light and dark, wide and on a phone',
  async (t, stage) => {
    const { server, page, provokes } = stage
    provokes(/404 \(Not Found\)|400 \(Bad Request\)/)
    const eventful = await fillWithEvents(server)
    await page.addInitScript(axeSource)
    trackRequests(page)
    const views = pageViews(eventful)
    t.same(
      views.map(({ name }) => name),
      Object.keys(pageAddresses),
    )
    await checkEach(t, page, [...views, ...todays(otherViews(eventful), 3)], checkDark)
    await checkEach(t, page, viewsAfterActions(eventful))
  },
  { awsAuth: 'any' },
)

story('every page of an unused server is accessible', async (t, { page }) => {
  await page.addInitScript(axeSource)
  trackRequests(page)
  const views = Object.entries(pageAddresses)
    .filter(([, pattern]) => !pattern.includes(':id'))
    .map(([name, pattern]) => ({ name, address: pattern.replace(':tenant', 'acme') }))
  await checkEach(t, page, views)
})

story('the console token dialog is accessible', async (t, { page, provokes }) => {
  provokes(/401 \(Unauthorized\)/)
  const { console } = await startWith(t, ['--memory', '--console-token=let-me-look-at-it'])
  await page.addInitScript(axeSource)
  await page.goto(console)
  await page.getByRole('dialog').getByLabel('Console token').waitFor()
  await checkLight(t, page, 'token')
})

story('the pages and dialogs of sign-in are accessible', async (t, { page, provokes }) => {
  provokes(/401 \(Unauthorized\)/)
  const { console, provider } = await startSignIn(t)
  await page.addInitScript(axeSource)
  const check = async (name: string) => {
    await checkLight(t, page, name)
    await checkDark(t, page, name)
  }
  await page.goto(`${console}/server?view=access`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await check('sign-in')
  provider.users.set('anna', {
    name: 'Anna-Katharina von der Bergstraße-Langenhagen',
    roles: ['Scimulator.Write'],
  })
  provider.login({ accountId: 'anna', age: 3600 })
  await signIn(page, `${console}/server?view=access`)
  await page.getByRole('row', { name: /Anna-Katharina/ }).waitFor()
  await page.getByText('Menu', { exact: true }).locator('..').click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await check('account')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'End all sessions' }).click()
  await page.getByRole('button', { name: 'End all', exact: true }).click()
  await page.getByRole('dialog', { name: 'Confirm that it is you' }).waitFor()
  await check('step-up')
})
