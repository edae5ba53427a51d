import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, percentile99 } from './median.ts'
import { seedJournal, token, waitUntilAnalyzed } from './seed-journal.ts'
import { serveScimulator } from './servers.ts'
import { number, table } from './table.ts'

/** Milliseconds of lookups without other requests. */
const aloneDuration = 5000

const reads: readonly (readonly [title: string, path: string])[] = [
  ['export as CSV', '/exchanges/export?format=csv'],
  ['export as JSON lines', '/exchanges/export?format=ndjson'],
  ['export as HAR', '/exchanges/export?format=har'],
  ['search that finds nothing', '/exchanges?q=no-such-text'],
]

/** The latency of sequential lookups by userName while a process reads a large journal. */
export async function bystanders(exchanges: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await seedJournal(file, exchanges)
  const { base, console, stop } = await serveScimulator(file)
  try {
    await waitUntilAnalyzed(console)
    const alone = await lookupsUntil(base, new Promise(resolve => setTimeout(resolve, aloneDuration)))
    const rows = [['none', ...figuresOf(alone), '1.0', '']]
    for (const [title, path] of reads) {
      const began = performance.now()
      const during = await lookupsUntil(base, read(`${console}/api/v1${path}`))
      const seconds = (performance.now() - began) / 1000
      const ratio = percentile99(during) / percentile99(alone)
      rows.push([title, ...figuresOf(during), ratio.toFixed(1), seconds.toFixed(1)])
    }
    return table([
      [
        'concurrent read',
        'lookups',
        'median, ms',
        'p99, ms',
        'maximum, ms',
        'p99 / p99 alone',
        'duration, s',
      ],
      ...rows,
    ])
  } finally {
    await stop()
    rmSync(folder, { recursive: true })
  }
}

const figuresOf = (times: readonly number[]): readonly string[] => [
  number(times.length),
  median(times).toFixed(1),
  percentile99(times).toFixed(1),
  Math.max(...times).toFixed(1),
]

/** Reads a response to its end in a separate process, so that reading does not delay the measurement. */
async function read(url: string): Promise<void> {
  const script = 'for await (const part of (await fetch(process.argv[1])).body) void part'
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${url} could not be read`)
}

/** The duration of each lookup in milliseconds. */
async function lookupsUntil(base: string, done: Promise<void>): Promise<readonly number[]> {
  const times: number[] = []
  let isDone = false
  const ended = done.finally(() => {
    isDone = true
  })
  while (!isDone) {
    const began = performance.now()
    const response = await fetch(`${base}/Users?filter=userName+eq+%22nobody%22`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await response.text()
    times.push(performance.now() - began)
  }
  await ended
  return times
}
