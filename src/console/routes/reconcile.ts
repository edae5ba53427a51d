import type { FastifyPluginAsync } from 'fastify'
import { operations, type Reconciliation } from '../../contract/reconcile.ts'
import { mapInSlices } from '../../event-loop/slices.ts'
import { entraSetupOf } from '../../preflight/entra-setup.ts'
import type { Export, ExportError } from '../../reconcile/export.ts'
import type { Reconciliation as Comparison } from '../../reconcile/reconcile.ts'
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
    // Loads what the server does not need otherwise.
    const [{ ExportError, readExport }, { reconcile }] = await Promise.all([
      import('../../reconcile/export.ts'),
      import('../../reconcile/reconcile.ts'),
    ])
    const exported = await readExport(body.text, mapping, body.name, signal).catch((error: unknown) => {
      throw error instanceof ExportError ? exportProblem(error) : error
    })
    const typeMapping = exported.type === 'User' ? mapping.users : mapping.groups
    const comparison = await reconcile(exported, typeMapping, directory, tenant.key, signal)
    return viewReconciliation(exported, comparison, signal)
  })
}

const exportProblem = ({ message, mistakes }: ExportError): Problem =>
  new Problem('invalid-request', `Invalid file: ${message}`, {
    errors: mistakes.map(({ message, line }) => ({ path: 'body.text', message, ...compact({ line }) })),
  })

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
