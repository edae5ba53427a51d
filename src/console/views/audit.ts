import type { Audit, AuditEntry, AuditSearch } from '../../domain/audit/audit.ts'
import { csvMediaType, csvRow } from '../../domain/client-text.ts'
import type { AuditEntry as AuditEntryView, AuditFormat } from '../../domain/contract/audit.ts'
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

type Column = readonly [name: string, of: (entry: AuditEntryView) => string | number | undefined]

/** New columns are the last ones. */
const columns: readonly Column[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => at],
  ['caller', ({ caller }) => caller.kind],
  ['name', ({ caller }) => ('name' in caller ? caller.name : undefined)],
  [
    'subject',
    ({ caller }) => ('subject' in caller ? caller.subject : 'id' in caller ? caller.id : undefined),
  ],
  ['issuer', ({ caller }) => ('issuer' in caller ? caller.issuer : undefined)],
  ['authenticationAge', ({ authenticationAge }) => authenticationAge],
  ['acr', ({ acr }) => acr],
  ['operation', ({ operation }) => operation],
  ['tenant', ({ tenant }) => tenant],
  ['objects', ({ objects }) => objects.join(' ')],
  ['objectCount', ({ objectCount }) => objectCount],
  ['status', ({ status }) => status],
  ['problem', ({ problem }) => problem],
  ['address', ({ address }) => address],
]

type Format = {
  readonly mediaType: string
  readonly file: string
  readonly head: string
  readonly line: (entry: AuditEntryView) => string
}

export const auditFormats: Readonly<Record<AuditFormat, Format>> = {
  ndjson: {
    mediaType: 'application/x-ndjson',
    file: 'audit.ndjson',
    head: '',
    line: entry => `${JSON.stringify(entry)}\n`,
  },
  csv: {
    mediaType: csvMediaType,
    file: 'audit.csv',
    head: csvRow(columns.map(([name]) => name)),
    line: entry => csvRow(columns.map(([, of]) => of(entry))),
  },
}

/** Newest first. Reads the next batch on demand. */
export async function* exportAudit(
  audit: Pick<Audit, 'batches'>,
  search: AuditSearch,
  format: AuditFormat,
): AsyncGenerator<string> {
  const { head, line } = auditFormats[format]
  if (head !== '') yield head
  for await (const entries of audit.batches(search)) {
    yield entries.map((entry: AuditEntry) => line(viewAuditEntry(entry))).join('')
  }
}
