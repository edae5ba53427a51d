import type { AuditEntry } from '../../domain/audit/audit.ts'
import type { AuditEntry as AuditEntryView } from '../../domain/contract/audit.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import { compact } from '../../scim/json.ts'

export const viewAuditEntry = ({
  id,
  at,
  caller,
  authentication,
  operation,
  tenant,
  address,
  outcome,
}: AuditEntry): AuditEntryView =>
  compact({
    id,
    at: toIsoTime(at),
    caller: { ...caller },
    authenticationAge: authentication?.age,
    acr: authentication?.acr,
    operation,
    tenant,
    objects: [...(outcome?.objects.ids ?? [])],
    objectCount: outcome?.objects.count ?? 0,
    status: outcome?.status,
    problem: outcome?.problem,
    address,
  })
