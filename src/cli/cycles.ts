import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { limitOption, tenantFilter } from './options.ts'
import { type Column, formatTenantTime, formatTime } from './output.ts'
import { createSession, list } from './session.ts'

type CycleAnswer = {
  readonly id: string
  readonly tenant: string
  /** The ending of a short token is empty. */
  readonly token?: { readonly id: string; readonly ending: string }
  readonly kind: string
  readonly client: string
  readonly userAgent?: string
  readonly dialect?: string
  readonly started: string
  readonly tenantStarted: string
  readonly running: boolean
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly disabled: number
  readonly deleted: number
  readonly failed: number
  readonly next?: { readonly expected: string; readonly tenantExpected: string; readonly overdue: boolean }
}

const columns: readonly Column<CycleAnswer>[] = [
  { name: 'started', of: ({ started, tenantStarted }) => formatTenantTime(started, tenantStarted) },
  { name: 'tenant', of: ({ tenant }) => tenant },
  { name: 'token', of: ({ token }) => (token?.ending ? `…${token.ending}` : token?.id) },
  { name: 'kind', of: formatKind },
  { name: 'client', of: ({ client, userAgent }) => clientLabels[client] ?? userAgent },
  { name: 'dialect', of: ({ dialect }) => dialect },
  { name: 'requests', of: ({ requests }) => requests },
  { name: 'created', of: ({ created }) => created },
  { name: 'modified', of: ({ changed }) => changed },
  { name: 'disabled', of: ({ disabled }) => disabled },
  { name: 'deleted', of: ({ deleted }) => deleted },
  { name: 'failed', of: ({ failed }) => failed },
  { name: 'next', of: formatNext },
  { name: 'cycle', of: ({ id }) => id },
]

const kindLabels: Readonly<Record<string, string>> = {
  'test-connection': 'connection test',
  compliance: 'compliance run',
  'ad-hoc': 'ad-hoc requests',
}

/** Other clients are listed by their user agent. */
const clientLabels: Readonly<Record<string, string>> = {
  entra: 'Entra ID',
  compliance: 'scim-compliance',
  sample: 'sample',
}

function formatKind({ kind, running }: CycleAnswer): string {
  return `${kindLabels[kind] ?? kind}${running ? ', running' : ''}`
}

/** Tenant time; the column of the start shows its lead. */
function formatNext({ next }: CycleAnswer): string | undefined {
  return next && `${formatTime(next.tenantExpected)}${next.overdue ? ', overdue' : ''}`
}

type Options = { readonly tenant?: string; readonly limit: number }

/** `scimulator cycles`: the provisioning cycles of clients. */
export function cyclesCommand(program: Command): void {
  program
    .command('cycles')
    .description('List cycles, newest first (tenant time)')
    .addOption(tenantFilter())
    .addOption(limitOption(50))
    .action(listCycles)
}

const listCycles = ({ tenant, limit }: Options, command: Command) =>
  list<CycleAnswer>(createSession(command), {
    path: apiPath('cycles'),
    query: { tenant },
    limit,
    columns,
    nothing: 'No cycles yet.',
  })
