import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { maxSessionBytes, operations } from '../../domain/contract/session-file.ts'
import { newSessionPrefix, type Tenant } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { readSessionInThread, SessionFileError } from '../../traffic/session-import/in-thread.ts'
import type { ConsoleDeps } from '../deps.ts'
import { exportSession, type SessionViewer } from '../export/session.ts'
import { readOrBundle } from '../page.ts'
import { Problem } from '../problem.ts'
import { readFileBody } from '../validation.ts'
import { toSearch } from './exchanges.ts'
import { readOverview } from './overview.ts'
import { register, requireTenant } from './register.ts'
import { viewTenant } from './tenants.ts'
import { tenantResourceTypes } from './types.ts'

/** Milliseconds of waiting for the analysis of earlier exchanges. */
const analysisTimeout = 2000

const typesOf = (tenant: Tenant): readonly ResourceType[] =>
  tenantResourceTypes(tenant).filter(({ name }, at, all) => all.findIndex(type => type.name === name) === at)

export const sessionFileRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis } = deps

  register(app, 'exportSession', operations.exportSession, async ({ params, query, signal }, reply) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { q, test = tenant.session?.test } = query
    const scope = {
      tenant,
      types: typesOf(tenant),
      search: toSearch({ q, tenant: tenant.id }),
      q,
      signal,
      test,
    }
    const viewer = await sessionViewer()
    await analysis.caughtUp(analysisTimeout)
    const headline = query.headline ?? (await readOverview(tenant, deps)).headline.text
    reply.type('text/html; charset=utf-8')
    reply.header('content-disposition', `attachment; filename="${tenant.id}-session.html"`)
    return reply.send(Readable.from(exportSession({ ...scope, headline }, viewer, deps)))
  })

  app.addContentTypeParser('text/html', ({ headers }: FastifyRequest, payload: IncomingMessage) =>
    readFileBody(payload, headers['content-length'], maxSessionBytes),
  )

  register(app, 'openSession', operations.openSession, async ({ query, body, signal }, reply) => {
    if (!(body instanceof Uint8Array)) {
      throw new Problem('unsupported-media-type', 'Send the session file with the media type text/html.')
    }
    const tenant = await openSession(body as Uint8Array<ArrayBuffer>, query.id, signal, deps)
    reply.header('location', `/api/v1/tenants/${tenant.id}`)
    return viewTenant(deps, tenant)
  })
}

async function openSession(
  file: Uint8Array<ArrayBuffer>,
  id: string | undefined,
  signal: AbortSignal,
  { tenants, sessions }: ConsoleDeps,
): Promise<Tenant> {
  try {
    return await readSessionInThread(
      file,
      {
        ...compact({ tenant: id }),
        taken: tenants.list().map(tenant => tenant.id),
        prefix: newSessionPrefix(randomUUID()),
      },
      signal,
      sessions.open,
    )
  } catch (error) {
    if (error instanceof SessionFileError) throw new Problem('invalid-session', error.message)
    throw error
  }
}

let viewer: Promise<SessionViewer> | undefined

/** A failure is not kept: the next call tries again. */
export function sessionViewer(): Promise<SessionViewer> {
  viewer ??= read().catch(error => {
    viewer = undefined
    throw error
  })
  return viewer
}

async function read(): Promise<SessionViewer> {
  const [script, style] = await readOrBundle('session-viewer')
  return { script: Buffer.from(script).toString(), style: Buffer.from(style).toString() }
}
