import type { Reconciliation as View } from '../../domain/contract/reconcile.ts'
import { compact } from '../../scim/json.ts'
import type { Export } from './export.ts'
import type { Reconciliation } from './reconcile.ts'

export const viewReconciliation = (
  { format, type, rows, ignored }: Export,
  { inSync, missing, extra, different }: Reconciliation,
): View => ({
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
