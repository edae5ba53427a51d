import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Ran } from './entra-client.ts'
import type { BenchOptions } from './fixture.ts'
import type { PartResult } from './part.ts'
import { seedTenant } from './seed-scimulator.ts'
import { serveScimulator } from './servers.ts'
import { number, table } from './table.ts'

const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'
const maxPeople = 5_000
const peoplePerGroup = 25
const client = new URL('entra-client.ts', import.meta.url).pathname

/** Cycles of the provisioning client over HTTP, with one member per request, as Entra sends them. */
export async function entra({ users }: BenchOptions): Promise<PartResult> {
  const people = Math.min(users, maxPeople)
  const groups = Math.ceil(people / peoplePerGroup)
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await seedTenant(file, tenant, token, 'aws')
  const { base, stop } = await serveScimulator(file)
  try {
    const args = [client, base, token, folder, String(people), String(groups)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const rows = stdout
      .trim()
      .split('\n')
      .map(line => rowOf(JSON.parse(line)))
    const head = ['cycle', 'seconds', 'requests', 'requests per second', 'memory, MB: before → highest']
    return { text: `${number(people)} users, ${groups} groups of 100.\n\n${table([head, ...rows])}` }
  } finally {
    await stop()
    rmSync(folder, { recursive: true })
  }
}

const rowOf = ({ name, seconds, requests, rss }: Ran) => [
  name,
  seconds.toFixed(1),
  number(requests),
  number(requests / seconds),
  rss.map(megabytes).join(' → '),
]

const megabytes = (bytes: number) => Math.round(bytes / 1e6)
