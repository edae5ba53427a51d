import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, problemResponses, tenantParams } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { readDirectory } from '../../entra/directory/read-directory.ts'
import type { SourceDirectory } from '../../entra/directory/source-directory.ts'
import { httpTarget, withRateLimit } from '../../entra/http-target.ts'
import { createJob } from '../../entra/job/job.ts'
import { defaultJobConfig } from '../../entra/job/job-config.ts'
import { memoryStore } from '../../entra/job/job-state.ts'
import { noLog } from '../../entra/job/log.ts'
import { defaultRequestOptions, type Target } from '../../entra/target.ts'
import type { TenantStore } from '../../ports/tenants.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { type EntraSetup, entraSetups } from '../entra-setup.ts'
import type { SendToScim } from '../in-process.ts'
import { requireTenant } from './tenants.ts'

/** Beside the package's code, be it compiled or not. */
const sampleFile = fileURLToPath(new URL('../../../samples/springfield.json', import.meta.url))

/** What the requests of a run came to. */
export type SampleCounts = {
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly failed: number
}

export type SampleDeps = {
  readonly tenants: Pick<TenantStore, 'openInternalToken'>
  readonly send: SendToScim
  readonly scimBase: () => string
}

/**
 * Runs an initial cycle of Springfield into a tenant, with the requests that Entra ID would send and its headers. Each
 * run begins anew, so a second one looks everybody up and finds them.
 */
export async function runSample(tenant: Tenant, deps: SampleDeps): Promise<SampleCounts> {
  const setup = entraSetups[tenant.settings.profile]
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

/** Below what AWS takes a second; where nothing is throttled, as fast as it goes. */
const throttledRate = 20

function createSampleTarget(tenant: Tenant, token: string, { send, scimBase }: SampleDeps): Target {
  const tenantUrl = `${scimBase()}/${tenant.id}/scim/v2`
  const target = httpTarget({ tenantUrl, token, fetch: createInProcessFetch(send) })
  const maxRps = tenant.settings.throttle === 'off' ? Number.POSITIVE_INFINITY : throttledRate
  return withRateLimit(target, { maxRps, honorRetryAfter: true })
}

const createInProcessFetch =
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

const withoutManagers = (directory: SourceDirectory, { managers }: EntraSetup): SourceDirectory =>
  managers
    ? directory
    : { ...directory, users: directory.users.map(({ manager: _manager, ...user }) => user) }

const sampleCount = (description: string, example: number) =>
  z.int().nonnegative().meta({ description, example })

const sampleRunSchema = z
  .object({
    requests: sampleCount('The requests that were sent.', 44),
    created: sampleCount('Those that created a user or a group.', 10),
    changed: sampleCount('Those that wrote to one, members included.', 12),
    failed: sampleCount('Those that were refused.', 0),
  })
  .meta({ id: 'SampleRun', description: 'What the requests of the sample came to.' })

/** Filling a tenant with people, as Entra ID would. */
export const sampleRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const running = new Set<string>()

  app.post(
    '/tenants/:tenant/sample',
    {
      schema: {
        operationId: 'runSample',
        summary: 'Provision a sample directory',
        description:
          'Runs an initial cycle of Springfield, ten people and five groups, into the tenant with the requests that Entra ID would send. They are in the journal like those of any client. A second run looks everybody up and finds them; members are added once more, for Entra never reads them back.',
        tags: ['setup'],
        params: tenantParams,
        response: { 200: jsonResponse('What came of it.', sampleRunSchema), ...problemResponses(404, 409) },
      },
    },
    async ({ params }) => {
      const tenant = requireTenant(deps.tenants, params.tenant)
      if (running.has(tenant.id)) throw alreadyRunning(tenant.id)
      running.add(tenant.id)
      try {
        return await runSample(tenant, deps)
      } finally {
        running.delete(tenant.id)
      }
    },
  )
}

const alreadyRunning = (tenant: string) =>
  new Problem(
    'under-way',
    `The sample is being provisioned into the tenant "${tenant}" already. Wait until that is done.`,
  )
