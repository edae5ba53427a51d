import type { Page, Request } from 'playwright-core'
import { type PageName, pageAddresses } from '../src/domain/contract/page-addresses.ts'

/** The IDs in the addresses of pages. */
export type PageIds = Readonly<Record<'exchange' | 'cycle' | 'user' | 'group', string>>

/** The slowest request of a page's first content. */
export type PageLoad = { readonly page: PageName; readonly path: string; readonly milliseconds: number }

/** Milliseconds without a request, after which a page has its first content. */
const quietPeriod = 300

/** Opens every page, and measures how long the server takes for each request until its first byte. */
export async function loadPages(
  page: Page,
  console: string,
  tenant: string,
  ids: PageIds,
): Promise<readonly PageLoad[]> {
  const loads: PageLoad[] = []
  for (const [name, pattern] of Object.entries(pageAddresses) as [PageName, string][]) {
    const path = pattern.replace(':tenant', tenant).replace(':id', () => ids[name as keyof PageIds])
    loads.push({ page: name, ...(await loadPage(page, console + path)) })
  }
  return loads
}

async function loadPage(page: Page, address: string): Promise<Omit<PageLoad, 'page'>> {
  const done: Request[] = []
  const open = new Set<Request>()
  let last = performance.now()
  const isCounted = (request: Request) =>
    /\/api\/v1\//.test(request.url()) && !/\/events(\?|$)/.test(request.url())
  const onRequest = (request: Request) => {
    if (isCounted(request)) open.add(request)
  }
  const onEnd = (request: Request) => {
    if (!open.delete(request)) return
    last = performance.now()
    done.push(request)
  }
  page.on('request', onRequest).on('requestfinished', onEnd).on('requestfailed', onEnd)
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  while (open.size > 0 || performance.now() - last < quietPeriod) await page.waitForTimeout(50)
  page.off('request', onRequest).off('requestfinished', onEnd).off('requestfailed', onEnd)
  const timed = done.map(request => {
    const { requestStart, responseStart } = request.timing()
    return { path: new URL(request.url()).pathname, milliseconds: Math.round(responseStart - requestStart) }
  })
  return timed.reduce((slowest, one) => (one.milliseconds > slowest.milliseconds ? one : slowest), {
    path: '',
    milliseconds: 0,
  })
}
