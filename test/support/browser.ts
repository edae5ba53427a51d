import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import processTests, { type Test } from 'tap'
import { type CreateServerOptions, createServer, type TestServer } from '../../src/index.ts'
import { chromiumPath, launchChromium } from './chromium.ts'

/** Why browser tests are skipped. Without Chromium and with `BROWSER_TESTS=required`, they fail. */
export const skipWithoutChromium =
  chromiumPath === undefined && process.env.BROWSER_TESTS !== 'required' && 'Chromium was not found'

let tests: Test = processTests

/** The stories belong to these tests. Those of a file that runs alone are the tests of the process. */
export function addStoriesTo(t: Test): void {
  tests = t
  t.teardown(() => {
    tests = processTests
  })
}

export const storyTests = (): Test => tests

let launched: Promise<Browser> | undefined

/** The browser that all stories of a process share. Each story opens contexts of its own, without shared state. */
export function sharedBrowser(): Promise<Browser> {
  if (!launched) {
    const browser = launchChromium()
    launched = browser
    tests.teardown(async () => {
      // Another file of this process may need one later.
      launched = undefined
      await (await browser).close()
    })
  }
  return launched
}

type Stage = {
  readonly server: TestServer
  readonly page: Page
  /** Opens a page in a new context of the browser. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** Allows messages of the page's console that the story provokes. */
  provokes(message: RegExp): void
}

/**
 * Tests a user's story on a real server, in a real browser. Errors and warnings in the page's console fail it.
 */
export function story(
  name: string,
  run: (t: Test, stage: Stage) => Promise<void>,
  options: CreateServerOptions = {},
): void {
  tests.test(name, { skip: skipWithoutChromium }, async t => {
    const browser = await sharedBrowser()
    const server = await createServer({ tenant: 'acme', ...options })
    const contexts: BrowserContext[] = []
    t.teardown(async () => {
      for (const context of contexts) await context.close()
      await server.close()
    })
    const messages: string[] = []
    const open = async (more: BrowserContextOptions = {}) => {
      const context = await browser.newContext({ baseURL: server.console, ...more })
      contexts.push(context)
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.console })
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      listen(page, messages)
      return page
    }
    const provoked: RegExp[] = []
    await run(t, { server, page: await open(), open, provokes: message => void provoked.push(message) })
    const unexpected = messages.filter(message => !provoked.some(pattern => pattern.test(message)))
    t.same(unexpected, [], 'the page reported no errors')
  })
}

/** Collects errors and warnings. A page that is closed aborts its event stream, which is not an error. */
function listen(page: Page, messages: string[]): void {
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') messages.push(message.text())
  })
  page.on('pageerror', error => messages.push(error.message))
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText
    if (reason !== 'net::ERR_ABORTED') messages.push(`${request.url()}: ${reason}`)
  })
}
