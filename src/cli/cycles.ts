import type { Command } from 'commander'
import type { Cycle, CycleKind } from '../contract/cycles.ts'
import type { ClientKind } from '../contract/exchanges.ts'
import { formatClient } from '../recognition/products.ts'
import { limitOption, tenantFilter } from './options.ts'
import { formatTenantTime, formatTime } from './output.ts'
import { createSession, list } from './session.ts'
import type { Column } from './table.ts'

const columns: readonly Column<Cycle>[] = [
  {
    name: 'started',
    of: ({ started, tenantStarted }) => formatTenantTime(started, tenantStarted),
    shows: 'whole',
  },
  { name: 'tenant', of: ({ tenant }) => tenant },
  {
    name: 'token',
    of: ({ token }) => (token?.ending ? `…${token.ending}` : token?.id),
    shows: 'id',
    isExtra: true,
  },
  { name: 'kind', of: formatKind },
  { name: 'client', of: formatSender },
  { name: 'dialect', of: ({ dialect }) => dialect, isExtra: true },
  { name: 'requests', of: ({ requests }) => requests },
  { name: 'created', of: ({ created }) => created },
  { name: 'modified', of: ({ modified }) => modified },
  { name: 'disabled', of: ({ disabled }) => disabled },
  { name: 'deleted', of: ({ deleted }) => deleted },
  { name: 'failed', of: ({ failed }) => failed, tone: ({ failed }) => (failed > 0 ? 'error' : undefined) },
  { name: 'next', of: formatNext, isExtra: true },
  { name: 'cycle', of: ({ id }) => id, isExtra: true },
]

const kindLabels: Readonly<Record<CycleKind, string>> = {
  cycle: 'cycle',
  'test-connection': 'connection test',
  compliance: 'compliance run',
  'ad-hoc': 'ad-hoc requests',
}

/** Other clients are listed by their user agent. */
const clientLabels: Readonly<Partial<Record<ClientKind, string>>> = {
  entra: 'Entra ID',
  compliance: 'scim-compliance',
  sample: 'sample',
}

function formatSender({ client, userAgent, recognized }: Cycle): string | undefined {
  return clientLabels[client] ?? (recognized ? formatClient(recognized) : userAgent)
}

function formatKind({ kind, running }: Cycle): string {
  return `${kindLabels[kind]}${running ? ', running' : ''}`
}

/** Tenant time; the column of the start shows its lead. */
function formatNext({ next }: Cycle): string | undefined {
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
  list(
    createSession(command),
    'GET /cycles',
    { query: { tenant } },
    { limit, columns, nothing: 'No cycles yet.' },
  )
