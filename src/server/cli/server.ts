import { setTimeout as pause } from 'node:timers/promises'
import type { Setting, Settings } from '../../domain/contract/server.ts'
import { CliError } from './cli-error.ts'
import { formatServerOptions } from './help.ts'
import { noun, operation, program } from './noun.ts'
import { milliseconds, tenantFlag, withDefault } from './options.ts'
import { formatCount, formatTime } from './output.ts'
import type { ApiClient } from './session.ts'
import { type Column, formatRecord, formatTable, type Layout } from './table.ts'

export const compact = operation('compact', 'POST /compact', {
  shows: ({ before, after }) => `Database size: ${formatMiB(after)} (before: ${formatMiB(before)}).\n`,
})

const formatMiB = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`

export const ready = program(
  'ready',
  { flags: { wait: withDefault(milliseconds('Wait up to this long, such as 30s'), 0) } },
  async ({ wait }, { api, show }) =>
    show(await waitUntilReady(api, performance.now() + wait), 'The server is ready.\n'),
)

const minAttemptTimeout = 2000
const retryInterval = 100

async function waitUntilReady(api: ApiClient, deadline: number): Promise<unknown> {
  for (;;) {
    const left = Math.max(deadline - performance.now(), minAttemptTimeout)
    try {
      return await api.ready(AbortSignal.timeout(Math.ceil(left)))
    } catch (error) {
      if (!(error instanceof CliError) || performance.now() >= deadline) throw error
    }
    await pause(Math.max(0, Math.min(retryInterval, deadline - performance.now())))
  }
}

export const reset = operation('reset', 'POST /reset', {
  flags: { tenant: tenantFlag('Reset this tenant only') },
  confirms: ({ tenant }) =>
    `This deletes users, groups, history and journal of ${tenant === undefined ? 'all tenants' : `tenant ${tenant}`}.`,
  shows: ({ tenants }) => `Reset ${tenants.join(', ')}.\n`,
})

const columns: readonly Column<Setting>[] = [
  { name: 'setting', of: ({ flag }) => flag },
  { name: 'value', of: ({ value }) => value },
  { name: 'source', of: ({ source, variable }) => (source === 'environment' ? variable : source) },
]

const formatSettings = (
  { version, node, started, settings, journal, database }: Settings,
  _called: unknown,
  layout: Layout,
): string =>
  [
    formatRecord([
      ['version', version],
      ['node', node],
      ['started', formatTime(started)],
      ['journal', formatJournal(journal)],
      ['database', database && `${database.path}, ${formatMiB(database.bytes)}`],
    ]),
    formatTable(columns, settings, layout),
  ].join('\n')

const formatBytes = (bytes: number): string =>
  bytes >= 1e9 ? `${Number((bytes / 1e9).toFixed(1))} GB` : `${Math.ceil(bytes / 1e6)} MB`

const formatJournal = ({ exchanges, bytes, oldest, retention }: Settings['journal']): string => {
  const since = oldest === undefined ? '' : ` since ${formatTime(oldest)}`
  const most = [
    formatCount(retention.count, 'request'),
    formatCount(retention.days, 'day'),
    ...(retention.bytes === undefined ? [] : [formatBytes(retention.bytes)]),
  ]
  return `${formatCount(exchanges, 'request')}${since}, ${formatBytes(bytes)} (maximum ${most.join(', ')})`
}

export const settings = noun([
  operation('settings', 'GET /settings', { shows: formatSettings }),
  command => void command.addHelpText('after', () => `\n${formatServerOptions()}`),
])
