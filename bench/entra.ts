import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pino from 'pino'
import { openServices } from '../src/server/compose.ts'
import type { Ran } from './entra-client.ts'
import { serveScimulator } from './servers.ts'
import { number, table } from './table.ts'

const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'
const client = new URL('entra-client.ts', import.meta.url).pathname

/** Cycles of the provisioning client over HTTP, with one member per request, as Entra sends them. */
export async function entra(users: number, groups: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await prepare(file)
  const { base, stop } = await serveScimulator(file)
  try {
    const args = [client, base, token, folder, String(users), String(groups)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const rows = stdout
      .trim()
      .split('\n')
      .map(line => rowOf(JSON.parse(line)))
    return table([
      ['cycle', 'seconds', 'requests', 'requests per second', 'memory, MB: before → highest'],
      ...rows,
    ])
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

async function prepare(file: string): Promise<void> {
  const services = openServices({ path: file, profile: 'aws' }, pino({ level: 'silent' }))
  await services.tenants.createToken(await services.tenants.create({ profile: 'aws' }, tenant), {
    text: token,
  })
  await services.close()
}
