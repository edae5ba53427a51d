import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/reconcile.ts'
import { entraSetupOf } from '../../insight/preflight/entra-setup.ts'
import { ExportError } from '../../insight/reconcile/export-error.ts'
import { reconcileInThread } from '../../insight/reconcile/in-thread.ts'
import { defaultMappings } from '../../provisioning/entra/mapping/default-mappings.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant } from './register.ts'

export const reconcileRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, directory }) => {
  register(app, 'reconcile', operations.reconcile, async ({ params, body, signal }) => {
    const { key, settings } = requireTenant(tenants, params.tenant)
    const isOfAws = entraSetupOf(settings.profile).mapping === defaultMappings.aws
    const data = { body, mapping: isOfAws ? 'aws' : 'nonGallery', tenant: key } as const
    return reconcileInThread(data, directory, signal).catch((error: unknown) => {
      throw error instanceof ExportError ? exportProblem(error) : error
    })
  })
}

const exportProblem = ({ message, mistakes }: ExportError): Problem =>
  new Problem('invalid-request', `Invalid file: ${message}`, {
    errors: mistakes.map(({ message, line }) => ({ path: 'body.text', message, ...compact({ line }) })),
  })
