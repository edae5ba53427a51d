import type { IncomingMessage } from 'node:http'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { maxImportBytes, operations } from '../../domain/contract/aws-import.ts'
import { compact } from '../../scim/json.ts'
import { ImportError, readImportInThread } from '../../traffic/aws-directory/in-thread.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { readFileBody } from '../validation.ts'
import { register, requireTenant } from './register.ts'
import { viewTenant } from './tenants.ts'

const mediaType = 'application/octet-stream'

export const awsImportRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, sessions, version, clock } = deps

  app.addContentTypeParser(mediaType, ({ headers }: FastifyRequest, payload: IncomingMessage) =>
    readFileBody(payload, headers['content-length'], maxImportBytes),
  )

  register(app, 'importDirectory', operations.importDirectory, async ({ query, body, signal }, reply) => {
    if (!(body instanceof Uint8Array)) {
      throw new Problem('unsupported-media-type', `Send the archive with the media type ${mediaType}.`)
    }
    const { id, working = false, fitSwitches = false, name = 'export', ...options } = query
    const data = {
      source: { name, bytes: body },
      options: compact(options),
      ...{ working, fitSwitches, version, at: clock(), tenant: id },
      taken: tenants.list().map(tenant => tenant.id),
    }
    const tenant = await readImportInThread(data, signal, sessions.open).catch(throwProblem)
    const { imported } = tenant
    if (!imported) throw new Error(`The tenant "${tenant.id}" was stored without its import.`)
    reply.header('location', `/api/v1/tenants/${tenant.id}`)
    return { tenant: await viewTenant(deps, tenant), result: imported.result }
  })

  register(app, 'getImport', operations.getImport, async ({ params }) => {
    const { id, imported } = requireTenant(tenants, params.tenant)
    if (!imported) throw new Problem('not-found', `The tenant "${id}" was not imported from AWS.`)
    return imported.result
  })
}

function throwProblem(error: unknown): never {
  if (!(error instanceof ImportError)) throw error
  const { mistakes, count, message } = error
  const others = count - mistakes.length
  throw new Problem('invalid-import', others > 0 ? `${message}\nAnd ${others} more.` : message, {
    errors: mistakes.map(({ file, message, line }) => ({ path: file, message, ...compact({ line }) })),
  })
}
