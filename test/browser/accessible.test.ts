import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { fillWithEvents } from '../../scripts/screenshots/eventful-directory.ts'
import { attend, otherViews, pageViews, show, type View } from '../../scripts/screenshots/views.ts'
import { pageAddresses } from '../../src/contract/page-addresses.ts'
import { story } from '../support/browser.ts'
import { startWith } from '../support/started-server.ts'

const sizes = {
  phone: { width: 390, height: 844 },
  wide: { width: 1280, height: 800 },
} as const

const everyRule = 'axe.run(document, { resultTypes: ["violations"] })'
/** Looking at colours takes longest, and those of a phone are those of a desk. */
const everyOtherRule =
  'axe.run(document, { resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } })'
/** The other colours have the same elements: only how they look together may be different. */
const coloursOnly =
  'axe.run(document, { resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"] })'
const beyondTheEdge = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** What axe finds wrong with what is shown, each with the element. */
async function violations(page: Page, run: string): Promise<readonly string[]> {
  const { violations: found } = await page.evaluate<AxeResults>(run)
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** In light colours. */
async function look(t: Test, page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    const rules = size === 'wide' ? everyRule : everyOtherRule
    t.same(await violations(page, rules), [], `${name}, ${size}`)
    t.equal(await page.evaluate(beyondTheEdge), 0, `${name}, ${size}: the page does not scroll sideways`)
  }
}

/** Whatever a phone shows is there when it is wide, too. */
async function lookInTheDark(t: Test, page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' })
  t.same(await violations(page, coloursOnly), [], `${name}, dark`)
  await page.emulateMedia({ colorScheme: 'light' })
}

async function lookAtEach(
  t: Test,
  page: Page,
  views: readonly View[],
  also: typeof look = async () => {},
): Promise<void> {
  for (const view of views) {
    await page.setViewportSize(sizes.phone)
    await show(page, view)
    await look(t, page, view.name)
    await also(t, page, view.name)
  }
}

/** What is shown only once something was done, which the other views would miss. */
const doneThings = (tenant: string): readonly View[] => [
  {
    name: 'fault-form-refused',
    address: '/faults',
    open: async page => {
      await page.getByRole('button', { name: 'New fault…' }).click()
      await page.getByLabel('Status').fill('99')
      await page.getByLabel('Turn off after N hits (blank: never)').fill('often')
      await page.getByRole('button', { name: 'Turn on', exact: true }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  {
    name: 'token-made',
    address: `/tenants/${tenant}/tokens`,
    open: async page => {
      await page.getByRole('button', { name: 'Generate token' }).click()
      await page.getByRole('button', { name: 'Generate', exact: true }).click()
      await page.getByRole('button', { name: 'Done' }).waitFor()
    },
  },
  {
    name: 'notice',
    address: '/snapshots',
    open: async page => {
      await page.getByRole('button', { name: 'Save snapshot' }).click()
      await page.getByText('Snapshot saved.').waitFor()
    },
  },
]

story('every page is accessible, in light and dark, wide and on a phone', async (t, stage) => {
  const { server, page, provokes } = stage
  provokes(/404 \(Not Found\)|400 \(Bad Request\)/)
  const eventful = await fillWithEvents(server)
  await page.addInitScript(axe.source)
  attend(page)
  const views = pageViews(eventful)
  t.same(
    views.map(({ name }) => name),
    Object.keys(pageAddresses),
  )
  await lookAtEach(t, page, [...views, ...otherViews(eventful)], lookInTheDark)
  await lookAtEach(t, page, doneThings(eventful.tenant))
})

story('and so are those of a server that nobody has used yet', async (t, { page }) => {
  await page.addInitScript(axe.source)
  attend(page)
  const views = Object.entries(pageAddresses)
    .filter(([, pattern]) => !pattern.includes(':id'))
    .map(([name, pattern]) => ({ name, address: pattern.replace(':tenant', 'acme') }))
  await lookAtEach(t, page, views)
})

story('and the question for the console token', async (t, { page, provokes }) => {
  provokes(/401 \(Unauthorized\)/)
  const { console } = await startWith(t, ['--memory', '--console-token=let-me-look-at-it'])
  await page.addInitScript(axe.source)
  await page.goto(console)
  await page.getByRole('dialog').getByLabel('Console token').waitFor()
  await look(t, page, 'token')
})
