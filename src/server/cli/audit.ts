import { type Command, Option } from 'commander'
import type { AuditEntry, AuditFormat } from '../../domain/contract/audit.ts'
import { limitOption, searchCommand } from './options.ts'
import { formatTime } from './output.ts'
import { saveExport } from './save-export.ts'
import { createSession, list } from './session.ts'
import { type Column, toneOfStatus } from './table.ts'

const columns: readonly Column<AuditEntry>[] = [
  { name: 'time', of: ({ at }) => formatTime(at), shows: 'whole' },
  { name: 'who', of: formatCaller },
  { name: 'operation', of: ({ operation }) => operation },
  { name: 'tenant', of: ({ tenant }) => tenant, isExtra: true },
  { name: 'objects', of: formatObjects },
  {
    name: 'status',
    of: ({ status }) => status,
    tone: ({ status }) => (status === undefined ? 'warning' : toneOfStatus(status)),
  },
  { name: 'problem', of: ({ problem }) => problem, isExtra: true },
  { name: 'client IP', of: ({ address }) => address, isExtra: true },
]

function formatCaller({ caller }: AuditEntry): string {
  switch (caller.kind) {
    case 'open':
      return 'no sign-in'
    case 'unknown':
      return 'unknown'
    case 'token':
      return `token ${caller.name}`
    case 'person':
    case 'identity':
      return caller.name ?? caller.subject
  }
}

function formatObjects({ objects, objectCount }: AuditEntry): string | undefined {
  const [first] = objects
  return objectCount > 1 ? `${first} and ${objectCount - 1} more` : first
}

const searchHelp = `
A query consists of filters that must all match:
  who:anna caller:person operation:purge tenant:acme object:ID status:4xx status:none
  after:7d before:2026-03-01
Other words match the caller, the operation, the tenant and the objects. Prefix a filter with -
to exclude, and quote values with spaces: 'who:"Anna Bauer"'. status:none: the server stopped
before the operation was complete. Write -- before a query that starts with -.`

/** `scimulator audit`: who changed what at the console. */
export function auditCommand(audit: Command): void {
  searchCommand(audit, 'list', 'List changes, refused ones and sign-ins, newest first')
    .addOption(limitOption(50))
    .addHelpText('after', searchHelp)
    .action(listEntries)
  audit
    .command('export [query...]')
    .description('Export the audit log')
    .addOption(new Option('--format <format>', 'Export format').choices(['ndjson', 'csv']).default('ndjson'))
    .option('-o, --output <file>', 'Output file (default: standard output)')
    .addHelpText('after', searchHelp)
    .action(exportEntries)
}

const toQuery = (terms: readonly string[]) => (terms.length === 0 ? {} : { q: terms.join(' ') })

const listEntries = (
  terms: readonly string[],
  { limit }: { readonly limit: number },
  command: Command,
): Promise<void> =>
  list(
    createSession(command),
    'GET /audit',
    { query: toQuery(terms) },
    { limit, columns, nothing: 'No matching entries.' },
  )

const exportEntries = (
  terms: readonly string[],
  { format, output }: { readonly format: AuditFormat; readonly output?: string },
  command: Command,
): Promise<void> =>
  saveExport(createSession(command), 'GET /audit/export', { query: { ...toQuery(terms), format } }, output)
