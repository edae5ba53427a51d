import type { AuditEntry } from '../../domain/contract/audit.ts'
import { does, lists, noun } from './noun.ts'
import { choice, outputFile, withDefault } from './options.ts'
import { formatAgo } from './output.ts'
import { saveExport } from './save-export.ts'
import { type Column, toneOfStatus } from './table.ts'

const columns: readonly Column<AuditEntry>[] = [
  { name: 'time', of: ({ at }, now) => formatAgo(at, now), shows: 'whole' },
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

const help = `
A query consists of filters that must all match:
  who:anna caller:person operation:purge tenant:acme object:ID status:4xx status:none
  after:7d before:2026-03-01
Other words match the caller, the operation, the tenant and the objects. Prefix a filter with -
to exclude, and quote values with spaces: 'who:"Anna Bauer"'. status:none: the server stopped
before the operation was complete. Write -- before a query that starts with -.`

const toQuery = (terms: readonly string[]) => (terms.length === 0 ? {} : { q: terms.join(' ') })

export const audit = noun([
  lists('list [query...]', 'GET /audit', 'List changes, refused ones and sign-ins, newest first', {
    help,
    sends: ({ query }) => toQuery(query),
    columns,
    nothing: 'No matching entries.',
  }),
  does(
    'export [query...]',
    'Export the audit log',
    {
      help,
      flags: {
        format: withDefault(choice(['ndjson', 'csv'], 'Export format'), 'ndjson'),
        output: outputFile,
      },
    },
    ({ query, format, output }, session) =>
      saveExport(session, 'GET /audit/export', { query: { ...toQuery(query), format } }, output),
  ),
])
