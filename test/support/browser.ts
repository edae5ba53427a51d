import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { type CreateServerOptions, createServer, type TestServer } from '../../src/index.ts'
import { chromiumPath, launchChromium } from './chromium.ts'

let launched: Promise<Browser> | undefined

/** One for all stories of a file; each has windows of its own, which know nothing of the others'. */
function theBrowser(): Promise<Browser> {
  if (!launched) {
    launched = launchChromium()
    t.teardown(async () => (await launched)?.close())
  }
  return launched
}

export type Stage = {
  readonly server: TestServer
  readonly page: Page
  /** Another window of the same browser. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** What the page may complain about, because the story provokes it. */
  provokes(complaint: RegExp): void
}

/**
 * A user's story on a real server, in a real browser. Whatever the page complains about fails it. Where there is no
 * Chromium it says so; `BROWSER_TESTS=required` makes that a failure.
 */
export function story(
  name: string,
  tell: (t: Test, stage: Stage) => Promise<void>,
  options: CreateServerOptions = {},
): void {
  t.test(name, async t => {
    if (chromiumPath === undefined) {
      if (process.env.BROWSER_TESTS === 'required') t.fail('a Chromium is found')
      else t.comment('No Chromium on this machine, so no page was looked at.')
      return
    }
    const browser = await theBrowser()
    const server = await createServer({ tenant: 'acme', ...options })
    const contexts: BrowserContext[] = []
    t.teardown(async () => {
      for (const context of contexts) await context.close()
      await server.close()
    })
    const complaints: string[] = []
    const open = async (more: BrowserContextOptions = {}) => {
      const context = await browser.newContext({ baseURL: server.console, ...more })
      contexts.push(context)
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.console })
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      listen(page, complaints)
      return page
    }
    const provoked: RegExp[] = []
    await tell(t, { server, page: await open(), open, provokes: complaint => void provoked.push(complaint) })
    const others = complaints.filter(complaint => !provoked.some(pattern => pattern.test(complaint)))
    t.same(others, [], 'the page had nothing to complain about')
  })
}

/** What a developer would see in red. A page that is left gives its event stream up, and that is all. */
function listen(page: Page, complaints: string[]): void {
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${reason}`)
  })
}
