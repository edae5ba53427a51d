import { join } from 'node:path'
import { createJob } from '../src/provisioning/entra/job/job.ts'
import { defaultJobConfig, openStateFile } from '../src/provisioning/entra/job/job-state.ts'
import { openLogFile } from '../src/provisioning/entra/job/log.ts'
import { defaultMappings } from '../src/provisioning/entra/mapping/default-mappings.ts'
import { generateDirectory } from '../src/provisioning/kit/directory/generate.ts'
import type { SourceDirectory } from '../src/provisioning/kit/directory/source-directory.ts'
import { httpTarget } from '../src/provisioning/kit/http-target.ts'
import { defaultRequestOptions } from '../src/provisioning/kit/target.ts'

/**
 * Cycles of the provisioning client, in a separate process to measure its memory, and without its limit of 25 requests
 * per second.
 *
 *   node bench/entra-client.ts URL TOKEN FOLDER USERS GROUPS
 *
 * Prints a line of JSON for each cycle.
 */
const [tenantUrl = '', token = '', folder = '.', users, groups] = process.argv.slice(2)

const store = await openStateFile(join(folder, 'job.json'))
const job = createJob({
  config: {
    ...defaultJobConfig,
    jobId: 'scim.bench',
    tenantId: '00000000-0000-4000-8000-000000000001',
    application: { id: '00000000-0000-4000-8000-000000000002', displayName: 'Scimulator' },
    mapping: defaultMappings.aws,
    wire: defaultRequestOptions,
  },
  state: store,
  target: httpTarget({ tenantUrl, token }),
  clock: Date.now,
  log: await openLogFile(join(folder, 'log.ndjson'), Date.now),
})

export type Ran = {
  readonly name: string
  readonly seconds: number
  readonly requests: number
  /** Resident memory in bytes: before the cycle, and the maximum. */
  readonly rss: readonly [before: number, highest: number]
}

async function run(name: string, directory: SourceDirectory): Promise<void> {
  const before = process.memoryUsage.rss()
  let highest = before
  const watch = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }, 50)
  const started = performance.now()
  const { requests, escrows } = await job.runCycle({ directory })
  const seconds = (performance.now() - started) / 1000
  clearInterval(watch)
  if (escrows > 0) throw new Error(`${name}: ${escrows} objects could not be provisioned`)
  const ran: Ran = { name, seconds, requests, rss: [before, highest] }
  process.stdout.write(`${JSON.stringify(ran)}\n`)
}

const directory = generateDirectory({ users: Number(users), groups: Number(groups), groupSize: 100, seed: 7 })
const changed: SourceDirectory = {
  ...directory,
  users: directory.users.map((user, at) =>
    at % 10 === 0 ? { ...user, attributes: { ...user.attributes, jobTitle: 'Safety Inspector' } } : user,
  ),
}
await run('initial', directory)
await run('nothing changed', directory)
await run('one user in ten changed', changed)
await job.restart({ full: false })
await run('initial again, nothing to write', changed)
await store.close()
