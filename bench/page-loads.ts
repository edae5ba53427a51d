import type { Page, Request } from 'playwright-core'
import { formerAddresses, type PageName, pageAddresses } from '../src/domain/contract/page-addresses.ts'
import { chromiumPath, launchChromium } from '../test/support/chromium.ts'
import { spread } from './data.ts'
import { type Fixture, type Target, tenant } from './fixture.ts'
import type { PartResult } from './part.ts'
import { waitUntilAnalyzed } from './servers.ts'
import { median } from './statistics.ts'
import { table } from './table.ts'

/** The IDs in the addresses of pages. */
export type PageIds = Readonly<Record<'exchange' | 'cycle' | 'user' | 'group', string>>

/** The slowest request of a page's first content, and the time until the last of its requests has ended. */
export type PageLoad = {
  readonly page: PageName
  readonly path: string
  readonly milliseconds: number
  readonly content: number
}

/** Milliseconds without a request, after which a page has its first content. */
const quietPeriod = 300

const pages = Object.keys(pageAddresses) as readonly PageName[]

const fill = (pattern: string, page: PageName, ids: PageIds): string =>
  pattern.replace(':tenant', tenant).replace(':id', () => ids[page as keyof PageIds])

/** Opens every page, and measures how long the server takes for each request until its first byte. */
export async function loadPages(page: Page, console: string, ids: PageIds): Promise<readonly PageLoad[]> {
  const loads: PageLoad[] = []
  for (const name of pages)
    loads.push({ page: name, ...(await loadPage(page, console + fill(pageAddresses[name], name, ids))) })
  return loads
}

/** The IDs of what the pages show: the newest cycle and request, a user, and the largest group. */
export async function idsOn({ console, seeded }: Pick<Target, 'console' | 'seeded'>): Promise<PageIds> {
  const newest = async (path: string) => {
    const response = await fetch(`${console}/api/v1${path}`)
    return (
      ((await response.json()) as { readonly items: readonly { readonly id: string }[] }).items[0]?.id ?? ''
    )
  }
  return {
    exchange: await newest(`/exchanges?q=tenant:${tenant}&limit=1`),
    cycle: await newest(`/cycles?tenant=${tenant}&limit=1`),
    user: spread(seeded.users, 1),
    group: seeded.largeGroup,
  }
}

export const loadsOfPage = 10

/** The first content of each page, beside that of the base: each page is opened ten times in alternating turns. */
export async function comparePages(fixture: Fixture): Promise<PartResult> {
  if (chromiumPath === undefined) return { text: 'Chromium is not installed: the pages were not measured.\n' }
  const versions = [...(fixture.base ? [fixture.base] : []), fixture]
  const targets = await Promise.all(versions.map(({ serve }) => serve('aws', 'large')))
  const browser = await launchChromium()
  try {
    const ids: PageIds[] = []
    for (const target of targets) {
      await waitUntilAnalyzed(target.console)
      ids.push(await idsOn(target))
    }
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    const rows: string[][] = []
    for (const name of pages) {
      const loads: MeasuredLoad[][] = targets.map(() => [])
      for (let turn = 0; turn <= loadsOfPage; turn++) {
        for (const [at, target] of targets.entries()) {
          const address = await addressOn(target.console, name, ids[at] as PageIds)
          const load = address && (await measureLoad(page, target, address))
          // The first load fills the caches of the browser and of the server.
          if (load && turn > 0) loads[at]?.push(load)
        }
      }
      rows.push([name, ...loads.flatMap(figuresOf)])
    }
    const head = versions.flatMap(version => {
      const name = version === fixture ? 'now' : 'base'
      return [`${name}: content, ms`, `${name}: CPU, ms`]
    })
    return { text: table([['', ...head], ...rows]) }
  } finally {
    await browser.close()
    for (const target of targets) await target.stop()
  }
}

type MeasuredLoad = { readonly content: number; readonly cpu: number }

const figuresOf = (loads: readonly MeasuredLoad[]): readonly string[] =>
  loads.length === 0
    ? ['', '']
    : [String(median(loads.map(({ content }) => content))), median(loads.map(({ cpu }) => cpu)).toFixed(1)]

async function measureLoad(page: Page, { cpu }: Target, address: string): Promise<MeasuredLoad> {
  const before = cpu() ?? Number.NaN
  const { content } = await loadPage(page, address)
  return { content, cpu: ((cpu() ?? Number.NaN) - before) * 1000 }
}

/** The address of a page, also on a version that has it at a former one. */
async function addressOn(console: string, name: PageName, ids: PageIds): Promise<string | undefined> {
  const former = Object.entries(formerAddresses).flatMap(([pattern, { page }]) =>
    page === name ? [pattern] : [],
  )
  for (const pattern of [pageAddresses[name], ...former]) {
    const address = console + fill(pattern, name, ids)
    const { status } = await fetch(address, { headers: { accept: 'text/html' } })
    if (status === 200) return address
  }
  return undefined
}

async function loadPage(page: Page, address: string): Promise<Omit<PageLoad, 'page'>> {
  const done: Request[] = []
  const open = new Set<Request>()
  let last = performance.now()
  // Events have no end, and the number in the navigation is loaded after the page.
  const isCounted = (request: Request) =>
    /\/api\/v1\//.test(request.url()) && !/\/(events|access\/summary)(\?|$)/.test(request.url())
  const onRequest = (request: Request) => {
    if (isCounted(request)) open.add(request)
  }
  const onEnd = (request: Request) => {
    if (!open.delete(request)) return
    last = performance.now()
    done.push(request)
  }
  page.on('request', onRequest).on('requestfinished', onEnd).on('requestfailed', onEnd)
  const began = performance.now()
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  while (open.size > 0 || performance.now() - last < quietPeriod) await page.waitForTimeout(50)
  page.off('request', onRequest).off('requestfinished', onEnd).off('requestfailed', onEnd)
  const content = Math.round(last - began)
  const timed = done.map(request => {
    const { requestStart, responseStart } = request.timing()
    return { path: new URL(request.url()).pathname, milliseconds: Math.round(responseStart - requestStart) }
  })
  const slowest = timed.reduce((most, one) => (one.milliseconds > most.milliseconds ? one : most), {
    path: '',
    milliseconds: 0,
  })
  return { ...slowest, content }
}
