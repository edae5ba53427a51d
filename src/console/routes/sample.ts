import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/setup.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

export const sampleRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  register(app, 'runSample', operations.runSample, async ({ params }) => {
    const tenant = requireTenant(deps.tenants, params.tenant)
    if (deps.sampleRuns.isRunning(tenant.id)) throw alreadyRunning(tenant.id)
    return deps.sampleRuns.run(tenant.id, async () => {
      // Loads the provisioning client, which the server does not need otherwise.
      const { runSample } = await import('../run-sample.ts')
      return runSample(tenant, deps)
    })
  })
}

const alreadyRunning = (tenant: string) =>
  new Problem(
    'already-running',
    `The sample is already running for the tenant "${tenant}". Wait until it ends.`,
  )
