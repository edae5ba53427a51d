import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundlePage } from '../src/console/bundle-page.ts'
import { chromiumPath, launchChromium } from '../test/support/chromium.ts'
import { median, percentile99 } from './median.ts'
import { heapOf, loadLines, scrollThrough, timeToLine } from './page.ts'
import { seedJournal, token, waitUntilAnalyzed } from './seed-journal.ts'
import { serveScimulator } from './servers.ts'
import { number, table } from './table.ts'

const tries = 50

/** The console with a large journal: the page in a real browser, the server in a separate process. */
export async function consoleBench(exchanges: number): Promise<string> {
  const [script, style] = await bundlePage()
  const size = `Script and style, gzipped: ${kilobytes(gzipSync(script).length)} and ${kilobytes(gzipSync(style).length)}.\n`
  if (chromiumPath === undefined) return `${size}Chromium is not installed: the page was not measured.\n`
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await seedJournal(file, exchanges)
  const { base, console, stop } = await serveScimulator(file)
  const browser = await launchChromium()
  try {
    await waitUntilAnalyzed(console)
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(console)
    await page.locator('.virtual li').first().waitFor()
    const session = await page.context().newCDPSession(page)
    const heapBefore = await heapOf(session)
    const rows: number[] = []
    for (let at = 0; at < tries; at++)
      rows.push(await timeToLine(page, sendTo(base), `mark-${at}@example.com`))
    await loadLines(page, exchanges)
    const heapAfter = await heapOf(session)
    await page.locator('.virtual').evaluate(list => {
      list.scrollTop = 0
    })
    const frames = await scrollThrough(page, 100)
    return `${size}
${table([
  ['requests in the journal', number(exchanges)],
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
])}`
  } finally {
    await browser.close()
    await stop()
    rmSync(folder, { recursive: true })
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const megabytes = (bytes: number) => String(Math.round(bytes / 1e6))

const sendTo = (base: string) => (mark: string) =>
  fetch(`${base}/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ userName: mark, displayName: mark, name: { givenName: 'A', familyName: 'B' } }),
  })

async function residentOf(console: string): Promise<number> {
  const metrics = await (await fetch(`${console}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1])
}
