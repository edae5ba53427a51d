import type { FastifyPluginAsync } from 'fastify'
import { operations, type Reconciliation } from '../../contract/reconcile.ts'
import { type Export, ExportError, readExport } from '../../reconcile/export.ts'
import { type Reconciliation as Comparison, reconcile } from '../../reconcile/reconcile.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { entraSetupOf } from '../entra-setup.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

/** Compares a tenant with an export of Entra's directory. */
export const reconcileRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, directory }) => {
  register(app, 'reconcile', operations.reconcile, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { mapping } = entraSetupOf(tenant.settings.profile)
    const exported = await readExport(body.text, mapping, body.name).catch(throwExportProblem)
    const typeMapping = exported.type === 'User' ? mapping.users : mapping.groups
    return viewReconciliation(exported, await reconcile(exported, typeMapping, directory, tenant.key))
  })
}

function throwExportProblem(error: unknown): never {
  if (!(error instanceof ExportError)) throw error
  throw new Problem('invalid-request', `Invalid file: ${error.message}`, {
    errors: error.mistakes.map(({ message, line }) => ({
      path: 'body.text',
      message,
      ...compact({ line }),
    })),
  })
}

const viewReconciliation = (
  { format, type, rows, ignored }: Export,
  { inSync, missing, extra, different }: Comparison,
): Reconciliation => ({
  format,
  type,
  read: rows.length,
  inSync,
  missing: missing.map(({ label, line }) => ({ label, ...compact({ line }) })),
  extra: extra.map(({ id, label, status }) => ({ id, label, status })),
  different: different.map(({ identity: { id, label }, drift }) => ({
    id,
    label,
    differences: drift.map(({ path, source, target }) => ({
      path,
      ...compact({ export: source, directory: target }),
    })),
  })),
  ignored: [...ignored],
})
