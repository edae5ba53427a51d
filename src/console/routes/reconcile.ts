import type { FastifyPluginAsync } from 'fastify'
import { operations, type Reconciliation } from '../../contract/reconcile.ts'
import { mapInSlices } from '../../event-loop/slices.ts'
import { entraSetupOf } from '../../preflight/entra-setup.ts'
import { type Export, ExportError, readExport } from '../../reconcile/export.ts'
import { type Reconciliation as Comparison, reconcile } from '../../reconcile/reconcile.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

/** Compares a tenant with an export of Entra's directory. */
export const reconcileRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, directory }) => {
  register(app, 'reconcile', operations.reconcile, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { mapping } = entraSetupOf(tenant.settings.profile)
    const exported = await readExport(body.text, mapping, body.name, signal).catch(throwExportProblem)
    const typeMapping = exported.type === 'User' ? mapping.users : mapping.groups
    const comparison = await reconcile(exported, typeMapping, directory, tenant.key, signal)
    return viewReconciliation(exported, comparison, signal)
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

const viewReconciliation = async (
  { format, type, rows, ignored }: Export,
  { inSync, missing, extra, different }: Comparison,
  signal: AbortSignal,
): Promise<Reconciliation> => ({
  format,
  type,
  read: rows.length,
  inSync,
  missing: await mapInSlices(missing, ({ label, line }) => ({ label, ...compact({ line }) }), signal),
  extra: await mapInSlices(extra, ({ id, label, status }) => ({ id, label, status }), signal),
  different: await mapInSlices(different, viewDifferent, signal),
  ignored: [...ignored],
})

const viewDifferent = ({
  identity: { id, label },
  drift,
}: Comparison['different'][number]): Reconciliation['different'][number] => ({
  id,
  label,
  differences: drift.map(({ path, source, target }) => ({
    path,
    ...compact({ export: source, directory: target }),
  })),
})
