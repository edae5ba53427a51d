import { gzipSync } from 'node:zlib'
import { bundlePage } from '../src/console/bundle-page.ts'
import { chromiumPath, launchChromium } from '../test/support/chromium.ts'
import type { Endpoint } from './driver.ts'
import type { BenchOptions, Fixture } from './fixture.ts'
import { heapOf, loadLines, scrollThrough, timeToLine } from './page.ts'
import { idsOn, loadPages } from './page-loads.ts'
import type { PartResult } from './part.ts'
import { waitUntilAnalyzed } from './servers.ts'
import { median, percentile99 } from './statistics.ts'
import { number, table } from './table.ts'

const tries = 50

/** The console with a large journal: the page in a real browser, the server in a separate process. */
export async function consolePage(fixture: Fixture, { exchanges }: BenchOptions): Promise<PartResult> {
  const [script, style] = await bundlePage()
  const size = `Script and style, gzipped: ${kilobytes(gzipSync(script).length)} and ${kilobytes(gzipSync(style).length)}.\n`
  if (chromiumPath === undefined)
    return { text: `${size}Chromium is not installed: the page was not measured.\n` }
  const { newcomers, console, seeded, stop } = await fixture.serve('aws', 'large')
  const browser = await launchChromium()
  // Of a full journal, the oldest requests are deleted meanwhile.
  const lines = Math.floor(exchanges * 0.9)
  try {
    await waitUntilAnalyzed(console)
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(`${console}/activity?tenant=*`)
    await page.locator('.virtual-list li').first().waitFor()
    const session = await page.context().newCDPSession(page)
    const heapBefore = await heapOf(session)
    const rows: number[] = []
    for (let at = 0; at < tries; at++)
      rows.push(await timeToLine(page, sendTo(newcomers), `mark-${at}@example.com`))
    // A search shows all cycles open; this one finds all requests.
    await page.goto(`${console}/activity?tenant=*&q=-method:HEAD`)
    await loadLines(page, lines)
    const heapAfter = await heapOf(session)
    await page.locator('.virtual-list').evaluate(list => {
      list.scrollTop = 0
    })
    const frames = await scrollThrough(page, 100)
    const loads = await loadPages(page, console, await idsOn({ console, seeded }))
    return {
      text: `${size}
${table([
  ['requests in the list', number(lines)],
  [`request to line, ms: median, maximum of ${tries}`, `${median(rows)}, ${Math.max(...rows)}`],
  [
    'frame while scrolling, ms: median, p99 of 100',
    `${median(frames).toFixed(1)}, ${percentile99(frames).toFixed(1)}`,
  ],
  [
    'JavaScript heap of the page, MB: first lines, all lines',
    `${megabytes(heapBefore)}, ${megabytes(heapAfter)}`,
  ],
  ['resident memory of the server, MB', megabytes(await residentOf(console))],
])}
The slowest request of each page’s first content, ms until its first byte:

${table(loads.map(({ page, path, milliseconds }) => [`${page} (${path.replace('/api/v1', '')})`, number(milliseconds)]))}`,
    }
  } finally {
    await browser.close()
    await stop()
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const megabytes = (bytes: number) => String(Math.round(bytes / 1e6))

const sendTo =
  ({ base, headers }: Endpoint) =>
  (mark: string) =>
    fetch(`${base}/Users`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ userName: mark, displayName: mark, name: { givenName: 'A', familyName: 'B' } }),
    })

async function residentOf(console: string): Promise<number> {
  const metrics = await (await fetch(`${console}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1])
}
