import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { createServer } from '../../src/index.ts'
import { type Eventful, fillWithEvents } from './eventful-directory.ts'
import { otherViews, pageViews, show, trackRequests } from './views.ts'

const sizes = {
  wide: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const
const schemes = ['light', 'dark'] as const

const executable = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  path => path !== undefined && existsSync(path),
)

async function withConsole(
  use: (browser: Browser, console: string, eventful: Eventful) => Promise<void>,
): Promise<void> {
  await using server = await createServer({
    tenant: 'springfield',
    token: 'the-token-of-springfield-k3f9',
    awsAuth: 'any',
  })
  const eventful = await fillWithEvents(server)
  const browser = await chromium.launch({
    args: ['--no-sandbox', '--disable-gpu'],
    ...(executable !== undefined && { executablePath: executable }),
  })
  try {
    await use(browser, server.console, eventful)
  } finally {
    await browser.close()
  }
}

async function openPage(
  browser: Browser,
  console: string,
  size: { readonly width: number; readonly height: number },
  colorScheme: 'light' | 'dark',
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: console,
    viewport: size,
    colorScheme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  trackRequests(page)
  return page
}

/** Saves every view in each size and color scheme as a PNG: `exchange-wide-dark.png`. */
export const takeAll = (folder: string): Promise<void> =>
  withConsole(async (browser, console, eventful) => {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const scheme of schemes) {
        const page = await openPage(browser, console, viewport, scheme)
        for (const view of [...pageViews(eventful), ...otherViews(eventful)]) {
          await show(page, view)
          await page.screenshot({ path: `${folder}/${view.name}-${size}-${scheme}.png` })
        }
        await page.context().close()
      }
    }
  })

/** The heights of the pages. The user comes first, so that the menu of the others shows the same tenant. */
const readmeViews = { user: 760, overview: 900, activity: 760, exchange: 1120 } as const

/** Saves the screenshots of README.md and docs/console.md: `overview.png`, `activity.png`, `exchange.png` and `user.png`. */
export const takeReadmes = (folder: string): Promise<void> =>
  withConsole(async (browser, console, eventful) => {
    // The fault banner would distract.
    await fetch(`${console}/api/v1/faults`, { method: 'DELETE' })
    const views = pageViews(eventful)
    const page = await openPage(browser, console, { width: 1200, height: 760 }, 'light')
    for (const [name, height] of Object.entries(readmeViews)) {
      const view = views.find(each => each.name === name)
      if (!view) throw new Error(`Unknown page "${name}".`)
      await page.setViewportSize({ width: 1200, height })
      await show(page, view)
      await page.screenshot({ path: `${folder}/${name}.png` })
    }
  })
