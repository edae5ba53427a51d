import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { defaultMappings } from '../src/entra/default-mappings/index.ts'
import { defaultWireOptions } from '../src/entra/dialect.ts'
import { generateDirectory } from '../src/entra/generate.ts'
import { httpTarget } from '../src/entra/http-target.ts'
import { createJob } from '../src/entra/job.ts'
import { defaultJobConfig } from '../src/entra/job-config.ts'
import { openLogFile } from '../src/entra/log-file.ts'
import type { SourceDirectory } from '../src/entra/source-directory.ts'
import { openStateFile } from '../src/entra/state-file.ts'
import { openParts } from '../src/parts.ts'
import { serveScimulator } from './servers.ts'
import { number, table } from './table.ts'

const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'

/** Cycles of the provisioning client over HTTP, without its limit of 25 requests a second. */
export async function entra(users: number, groups: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await prepare(file)
  const { base, stop } = await serveScimulator(file)
  const store = await openStateFile(join(folder, 'job.json'))
  const job = createJob({
    config: {
      ...defaultJobConfig,
      jobId: 'scim.bench',
      tenantId: '00000000-0000-4000-8000-000000000001',
      application: { id: '00000000-0000-4000-8000-000000000002', displayName: 'Scimulator' },
      mapping: defaultMappings.aws,
      wire: defaultWireOptions,
    },
    state: store,
    target: httpTarget({ tenantUrl: base, token }),
    clock: Date.now,
    log: await openLogFile(join(folder, 'log.ndjson'), Date.now),
  })
  const directory = generateDirectory({ users, groups, groupSize: 100, seed: 7 })
  const row = async (name: string, directory: SourceDirectory) => {
    const heap = peakOf()
    const started = performance.now()
    const { requests, escrows } = await job.runCycle({ directory, onProgress: heap.look })
    if (escrows > 0) throw new Error(`${name}: ${escrows} objects could not be provisioned`)
    const seconds = (performance.now() - started) / 1000
    return [name, seconds.toFixed(1), number(requests), number(requests / seconds), heap.words()]
  }
  try {
    const rows = [
      await row('initial', directory),
      await row('nothing changed', directory),
      await row('one user in ten changed', withTitles(directory)),
    ]
    await job.restart({ full: false })
    rows.push(await row('initial again, nothing to write', withTitles(directory)))
    return table([['cycle', 'seconds', 'requests', 'a second', 'heap, MB: first, highest'], ...rows])
  } finally {
    await store.close()
    await stop()
    rmSync(folder, { recursive: true })
  }
}

async function prepare(file: string): Promise<void> {
  const parts = openParts({ path: file, profile: 'aws' }, pino({ level: 'silent' }))
  await parts.tenants.issue(await parts.tenants.create({ profile: 'aws' }, tenant), { text: token })
  await parts.close()
}

const withTitles = (directory: SourceDirectory): SourceDirectory => ({
  ...directory,
  users: directory.users.map((user, at) =>
    at % 10 === 0 ? { ...user, attributes: { ...user.attributes, jobTitle: 'Safety Inspector' } } : user,
  ),
})

/** What the client holds, looked at after each object; what isn't collected yet counts. */
function peakOf() {
  const first = process.memoryUsage().heapUsed
  let highest = first
  let looks = 0
  const megabytes = (bytes: number) => Math.round(bytes / 1e6)
  return {
    look: () => {
      if (looks++ % 100 === 0) highest = Math.max(highest, process.memoryUsage().heapUsed)
    },
    words: () => `${megabytes(first)}, ${megabytes(highest)}`,
  }
}
