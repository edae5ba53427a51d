import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { defaultWireOptions } from '../../entra/dialect.ts'
import { httpTarget } from '../../entra/http-target.ts'
import { createJob } from '../../entra/job.ts'
import { defaultJobConfig } from '../../entra/job-config.ts'
import { memoryStore } from '../../entra/job-state.ts'
import { noLog } from '../../entra/log-file.ts'
import { paced } from '../../entra/pace.ts'
import { readDirectory } from '../../entra/read-directory.ts'
import type { SourceDirectory } from '../../entra/source-directory.ts'
import type { Target } from '../../entra/target.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { TenantStore } from '../../tenants/tenant-store.ts'
import type { SendToScim } from '../in-process.ts'
import { type EntraSetup, entraSetupFor } from '../setup/entra-job.ts'

/** Beside the package's code, be it compiled or not. */
const file = fileURLToPath(new URL('../../../samples/springfield.json', import.meta.url))

/** What the requests of a run came to. */
export type SampleCounts = {
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly failed: number
}

export type SampleParts = {
  readonly tenants: Pick<TenantStore, 'openPass'>
  readonly send: SendToScim
  readonly scimBase: () => string
}

/**
 * Runs an initial cycle of Springfield into a tenant, with the requests that Entra ID would send and its headers. Each
 * run begins anew, so a second one looks everybody up and finds them.
 */
export async function runSample(tenant: Tenant, parts: SampleParts): Promise<SampleCounts> {
  const setup = entraSetupFor[tenant.settings.profile]
  const { directory } = await readDirectory(file)
  const pass = parts.tenants.openPass(tenant.id)
  try {
    const counted = countRequests(targetOf(tenant, pass.text, parts))
    const job = createJob({
      config: {
        ...defaultJobConfig,
        jobId: `scim.sample.${randomUUID()}`,
        tenantId: randomUUID(),
        application: { id: randomUUID(), displayName: 'Scimulator' },
        mapping: setup.mapping,
        wire: { ...defaultWireOptions, dialect: setup.dialect, groupSchemaMs: setup.groupSchemaMs },
      },
      state: memoryStore(),
      target: counted.target,
      clock: Date.now,
      log: noLog,
    })
    await job.runCycle({ directory: suited(directory, setup) })
    return counted.counts()
  } finally {
    pass.close()
  }
}

/** Below what AWS takes a second; where nothing is throttled, as fast as it goes. */
const throttledRate = 20

function targetOf(tenant: Tenant, token: string, { send, scimBase }: SampleParts): Target {
  const tenantUrl = `${scimBase()}/${tenant.id}/scim/v2`
  const target = httpTarget({ tenantUrl, token, fetch: fetchThrough(send) })
  const maxRps = tenant.settings.throttle === 'off' ? Number.POSITIVE_INFINITY : throttledRate
  return paced(target, { maxRps, honourRetryAfter: true })
}

const fetchThrough =
  (send: SendToScim): typeof globalThis.fetch =>
  async (input, { method = 'GET', headers, body } = {}) => {
    const { pathname, search } = new URL(String(input))
    const answer = await send({
      method,
      url: pathname + search,
      headers: headers as Record<string, string>,
      ...(typeof body === 'string' && { body }),
    })
    return new Response(answer.body === '' ? null : answer.body, {
      status: answer.status,
      headers: answer.headers,
    })
  }

function countRequests(target: Target) {
  const counts = { requests: 0, created: 0, changed: 0, failed: 0 }
  const counting: Target = async request => {
    const answer = await target(request)
    counts.requests++
    if (answer.kind === 'none' || answer.status >= 400) counts.failed++
    else if (request.method === 'POST') counts.created++
    else if (request.method !== 'GET') counts.changed++
    return answer
  }
  return { target: counting, counts: (): SampleCounts => ({ ...counts }) }
}

const suited = (directory: SourceDirectory, { managers }: EntraSetup): SourceDirectory =>
  managers
    ? directory
    : { ...directory, users: directory.users.map(({ manager: _manager, ...user }) => user) }
