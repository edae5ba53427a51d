import type { AuditBeginning, AuditCaller, AuditEntry, AuditOutcome } from '../../domain/audit/entry.ts'
import { compact } from '../../scim/json.ts'

export type AuditRow = {
  readonly id: string
  readonly at: number
  readonly caller: AuditCaller['kind']
  readonly issuer: string | null
  readonly subject: string | null
  readonly name: string | null
  readonly age: number | null
  readonly acr: string | null
  readonly operation: string
  readonly tenant: string | null
  readonly address: string
  readonly status: number | null
  readonly problem: string | null
  /** IDs as a JSON array. */
  readonly objects: string
  readonly object_count: number
}

/** IDs are shorter; other texts come from clients. */
const maxLength = 256

const clip = (text: string): string => text.slice(0, maxLength).toWellFormed().replaceAll('\0', '\ufffd')

export function toAuditRow(
  id: string,
  entry: AuditBeginning & { readonly outcome?: AuditOutcome },
): AuditRow {
  const { at, caller, authentication, operation, tenant, address, outcome } = entry
  return {
    id,
    at,
    ...callerColumns(caller),
    age: authentication?.age ?? null,
    acr: authentication?.acr === undefined ? null : clip(authentication.acr),
    operation,
    tenant: tenant === undefined ? null : clip(tenant),
    address,
    ...outcomeColumns(outcome),
  }
}

type CallerColumns = Pick<AuditRow, 'caller' | 'issuer' | 'subject' | 'name'>

function callerColumns(caller: AuditCaller): CallerColumns {
  switch (caller.kind) {
    case 'open':
    case 'unknown':
      return { caller: caller.kind, issuer: null, subject: null, name: null }
    case 'token':
      return { caller: 'token', issuer: null, subject: caller.id, name: caller.name }
    case 'person':
    case 'identity': {
      const { kind, issuer, subject, name } = caller
      return {
        caller: kind,
        issuer,
        subject: clip(subject),
        name: name === undefined ? null : clip(name),
      }
    }
  }
}

type OutcomeColumns = Pick<AuditRow, 'status' | 'problem' | 'objects' | 'object_count'>

export const outcomeColumns = (outcome: AuditOutcome | undefined): OutcomeColumns => ({
  status: outcome?.status ?? null,
  problem: outcome?.problem ?? null,
  objects: JSON.stringify(outcome?.objects.ids.map(clip) ?? []),
  object_count: outcome?.objects.count ?? 0,
})

export function toAuditEntry(row: AuditRow): AuditEntry {
  const { id, at, age, acr, operation, tenant, address, status } = row
  return compact({
    id,
    at,
    caller: toCaller(row),
    authentication:
      age === null && acr === null ? undefined : compact({ age: age ?? undefined, acr: acr ?? undefined }),
    operation,
    tenant: tenant ?? undefined,
    address,
    outcome: status === null ? undefined : toOutcome(row, status),
  })
}

function toCaller({ caller: kind, issuer, subject, name }: AuditRow): AuditCaller {
  if (kind === 'open' || kind === 'unknown') return { kind }
  if (kind === 'token') return { kind, id: subject ?? '', name: name ?? '' }
  return { kind, issuer: issuer ?? '', subject: subject ?? '', ...(name !== null && { name }) }
}

const toOutcome = ({ problem, objects, object_count: count }: AuditRow, status: number): AuditOutcome => ({
  status,
  ...(problem !== null && { problem }),
  objects: { ids: JSON.parse(objects), count },
})
