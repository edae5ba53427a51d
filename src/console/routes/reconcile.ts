import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../contract/reconcile.ts'
import { defaultMappings } from '../../entra/mapping/default-mappings.ts'
import { entraSetupOf } from '../../preflight/entra-setup.ts'
import { ExportError } from '../../reconcile/export-error.ts'
import { reconcileInThread } from '../../reconcile/in-thread.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

/** Compares a tenant with an export of Entra's directory. */
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
