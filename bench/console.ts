import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import pino from 'pino'
import { bundlePage } from '../src/console/bundle-page.ts'
import type { Exchange } from '../src/journal/exchange.ts'
import { newRequestId } from '../src/journal/request-id.ts'
import { openParts } from '../src/parts.ts'
import { chromiumPath, launchChromium } from '../test/support/chromium.ts'
import { median } from './median.ts'
import { heapOf, loadLines, scrollThrough, timeToLine } from './page.ts'
import { serveScimulator } from './servers.ts'
import { number, table } from './table.ts'

const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'
const tries = 50

/** The console with so many exchanges in the journal: the page in a real browser, the server in a process of its own. */
export async function consoleBench(exchanges: number): Promise<string> {
  const [script, style] = await bundlePage()
  const size = `Script and style, gzipped: ${kilobytes(gzipSync(script).length)} and ${kilobytes(gzipSync(style).length)}.\n`
  if (chromiumPath === undefined) return `${size}No Chromium on this machine: the page was not measured.\n`
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await prepare(file, exchanges)
  const { base, console, stop } = await serveScimulator(file)
  const browser = await launchChromium()
  try {
    await analysed(console)
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
  ['with so many exchanges', number(exchanges)],
  [`request to line, ms: median, longest of ${tries}`, `${median(rows)}, ${Math.max(...rows)}`],
  [
    'frame while scrolling, ms: median, 99th of 100',
    `${median(frames).toFixed(1)}, ${ninetyNinth(frames).toFixed(1)}`,
  ],
  [
    'memory of the page’s script, MB: first lines, all lines',
    `${megabytes(heapBefore)}, ${megabytes(heapAfter)}`,
  ],
  ['memory of the server, MB', megabytes(await residentOf(console))],
])}`
  } finally {
    await browser.close()
    await stop()
    rmSync(folder, { recursive: true })
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const megabytes = (bytes: number) => String(Math.round(bytes / 1e6))
const ninetyNinth = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? 0

const sendTo = (base: string) => (mark: string) =>
  fetch(`${base}/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ userName: mark, displayName: mark, name: { givenName: 'A', familyName: 'B' } }),
  })

/** Waits until the server has looked at everything that lay in its journal. */
async function analysed(console: string): Promise<void> {
  for (;;) {
    const { waiting } = (await (await fetch(`${console}/api/v1/findings`)).json()) as { waiting: number }
    if (waiting === 0) return
  }
}

async function residentOf(console: string): Promise<number> {
  const metrics = await (await fetch(`${console}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1])
}

async function prepare(file: string, exchanges: number): Promise<void> {
  const parts = openParts({ path: file, profile: 'aws' }, pino({ level: 'silent' }))
  await parts.tenants.issue(await parts.tenants.create({ profile: 'aws' }, tenant), { text: token })
  for (let at = 0; at < exchanges; at++) {
    parts.journal.record(lookUp(at, exchanges))
    if (at % 1000 === 999) await parts.journal.find('')
  }
  await parts.close()
}

/** A look-up of nobody, as Entra does it before it creates, a second after the one before. */
function lookUp(at: number, of: number): Exchange {
  const now = Date.now() - (of - at) * 1000
  const filter = encodeURIComponent(`userName eq "user-${at}@example.com"`)
  return {
    id: newRequestId(now),
    tenant,
    profile: 'aws',
    at: now,
    tenantTime: now,
    microseconds: 900,
    method: 'GET',
    url: `/${tenant}/scim/v2/Users?filter=${filter}`,
    status: 200,
    action: 'look up user by userName',
    target: { type: 'User' },
    request: { headers: {} },
    response: { headers: {}, body: '{"totalResults":0,"itemsPerPage":0,"startIndex":1,"Resources":[]}' },
  }
}
