import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { SampleRun } from '../domain/contract/setup.ts'
import type { Tenant, TenantStore } from '../domain/tenants/tenant.ts'
import { type EntraSetup, entraSetupOf } from '../insight/preflight/entra-setup.ts'
import { createJob } from '../provisioning/entra/job/job.ts'
import { defaultJobConfig, memoryStore } from '../provisioning/entra/job/job-state.ts'
import { noLog } from '../provisioning/entra/job/log.ts'
import { readDirectory } from '../provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../provisioning/kit/directory/source-directory.ts'
import { httpTarget, withRateLimit } from '../provisioning/kit/http-target.ts'
import { defaultRequestOptions, type Target } from '../provisioning/kit/target.ts'
import type { SendInProcess } from './in-process.ts'

const sampleFile = fileURLToPath(new URL('../../samples/springfield.json', import.meta.url))

type SampleDeps = {
  readonly tenants: Pick<TenantStore, 'openInternalToken'>
  readonly send: SendInProcess
  readonly scimBase: () => string
}

/** The requests and headers are those of Entra ID. Each run has a new state, so a second one matches all existing objects. */
export async function runSample(tenant: Tenant, deps: SampleDeps): Promise<SampleRun> {
  const setup = entraSetupOf(tenant.settings.profile)
  const { directory } = await readDirectory(sampleFile)
  const pass = deps.tenants.openInternalToken(tenant.id)
  try {
    const counted = countRequests(createSampleTarget(tenant, pass.text, deps))
    const job = createJob({
      config: {
        ...defaultJobConfig,
        jobId: `scim.sample.${randomUUID()}`,
        tenantId: randomUUID(),
        application: { id: randomUUID(), displayName: 'Scimulator' },
        mapping: setup.mapping,
        wire: { ...defaultRequestOptions, dialect: setup.dialect, groupSchemaMs: setup.groupSchemaMs },
      },
      state: memoryStore(),
      target: counted.target,
      clock: Date.now,
      log: noLog,
    })
    await job.runCycle({ directory: withoutManagers(directory, setup) })
    return counted.counts()
  } finally {
    pass.close()
  }
}

/** Requests per second, below the limits of AWS. Tenants without throttling get no rate limit. */
const throttledRate = 20

function createSampleTarget(tenant: Tenant, token: string, { send, scimBase }: SampleDeps): Target {
  const tenantUrl = `${scimBase()}/${tenant.id}/scim/v2`
  const target = httpTarget({ tenantUrl, token, fetch: createInProcessFetch(send) })
  const maxRps = tenant.settings.throttle === 'off' ? Number.POSITIVE_INFINITY : throttledRate
  return withRateLimit(target, { maxRps, honorRetryAfter: true })
}

const createInProcessFetch =
  (send: SendInProcess): typeof globalThis.fetch =>
  async (input, { method = 'GET', headers, body } = {}) => {
    const { pathname, search } = new URL(String(input))
    const response = await send({
      method,
      url: pathname + search,
      headers: headers as Record<string, string>,
      ...(typeof body === 'string' && { body }),
    })
    return new Response(response.body === '' ? null : response.body, {
      status: response.status,
      headers: response.headers,
    })
  }

function countRequests(target: Target) {
  const counts = { requests: 0, created: 0, modified: 0, failed: 0 }
  const counting: Target = async request => {
    const response = await target(request)
    counts.requests++
    if (response.kind === 'none' || response.status >= 400) counts.failed++
    else if (request.method === 'POST') counts.created++
    else if (request.method !== 'GET') counts.modified++
    return response
  }
  return { target: counting, counts: (): SampleRun => ({ ...counts }) }
}

const withoutManagers = (directory: SourceDirectory, { managers }: EntraSetup): SourceDirectory =>
  managers
    ? directory
    : { ...directory, users: directory.users.map(({ manager: _manager, ...user }) => user) }
