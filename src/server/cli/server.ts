import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Setting, Settings } from '../../domain/contract/server.ts'
import type { ApiClient } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { parseDuration } from './options.ts'
import { formatCount, formatTime } from './output.ts'
import { createSession } from './session.ts'
import { type Column, formatRecord, formatTable } from './table.ts'

/** `scimulator compact`: compacts the database. */
export function compactCommand(command: Command): void {
  command.action(compact)
}

async function compact(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const compacted = await api.call('POST /compact')
  const { before, after } = compacted
  show(compacted, `Database size: ${formatMiB(after)} (before: ${formatMiB(before)}).\n`)
}

const formatMiB = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`

/** `scimulator ready`: the readiness check for scripts and containers. */
export function readyCommand(command: Command): void {
  command.option('--wait <duration>', 'Wait up to this long, such as 30s', parseDuration, 0).action(ready)
}

async function ready({ wait }: { readonly wait: number }, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const status = await waitUntilReady(api, performance.now() + wait)
  show(status, 'The server is ready.\n')
}

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

type Options = { readonly tenant?: string; readonly yes?: true }

/** `scimulator reset`: deletes the data of one tenant or of all. */
export function resetCommand(command: Command): void {
  command
    .option('-t, --tenant <id>', 'Reset this tenant only')
    .option('--yes', 'Confirm the action (required)')
    .action(reset)
}

async function reset({ tenant, yes }: Options, command: Command): Promise<void> {
  if (!yes) {
    const scope = tenant === undefined ? 'all tenants' : `tenant ${tenant}`
    throw wrongUse(`This deletes users, groups, history and journal of ${scope}. Use --yes to confirm.`)
  }
  const { api, show } = createSession(command)
  const result = await api.call('POST /reset', { body: { tenant } })
  show(result, `Reset ${result.tenants.join(', ')}.\n`)
}

const columns: readonly Column<Setting>[] = [
  { name: 'setting', of: ({ flag }) => flag },
  { name: 'value', of: ({ value }) => value },
  { name: 'source', of: ({ source, variable }) => (source === 'environment' ? variable : source) },
]

/** `scimulator settings`: the settings of the server and its storage. */
export function settingsCommand(command: Command): void {
  command.action(async (_options: object, command: Command) => {
    const { api, show } = createSession(command)
    const settings = await api.call('GET /settings')
    show(settings, formatSettings(settings))
  })
}

const formatSettings = ({ version, node, started, settings, journal, database }: Settings): string =>
  [
    formatRecord([
      ['version', version],
      ['node', node],
      ['started', formatTime(started)],
      ['journal', formatJournal(journal)],
      ['database', database && `${database.path}, ${formatMiB(database.bytes)}`],
    ]),
    formatTable(columns, settings),
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
