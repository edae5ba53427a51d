import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/aws-import.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant } from './register.ts'

export const awsImportRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants }) => {
  register(app, 'importDirectory', operations.importDirectory, async () => {
    throw new Problem('not-found', 'Imports are not available.')
  })

  register(app, 'getImport', operations.getImport, async ({ params }) => {
    const { id, imported } = requireTenant(tenants, params.tenant)
    if (!imported) throw new Problem('not-found', `The tenant "${id}" was not imported from AWS.`)
    return imported.result
  })
}
