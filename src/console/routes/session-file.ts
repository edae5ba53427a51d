import { Readable } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../contract/session-file.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { exportSession } from '../export/session.ts'
import { sessionViewer } from '../session-viewer.ts'
import { toSearch } from './exchanges.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'
import { tenantResourceTypes } from './types.ts'

/** How long an export waits for the analysis of earlier exchanges. Milliseconds. */
const analysisTimeout = 2000

/** Each type once: declared types come with those of the RFC. */
const typesOf = (tenant: Tenant): readonly ResourceType[] =>
  tenantResourceTypes(tenant).filter(({ name }, at, all) => all.findIndex(type => type.name === name) === at)

/** A session of a tenant as one file. */
export const sessionFileRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis } = deps

  register(app, 'exportSession', operations.exportSession, async ({ params, query, signal }, reply) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { q } = query
    const scope = {
      tenant,
      types: typesOf(tenant),
      search: toSearch({ q, tenant: tenant.id }),
      q,
      signal,
    }
    const viewer = await sessionViewer()
    await analysis.caughtUp(analysisTimeout)
    reply.type('text/html; charset=utf-8')
    reply.header('content-disposition', `attachment; filename="${tenant.id}-session.html"`)
    return reply.send(Readable.from(exportSession(scope, viewer, deps)))
  })
}
