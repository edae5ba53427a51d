import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { type ApiClient, apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { parseDuration } from './options.ts'
import { type Column, formatRecord, formatTable, formatTime } from './output.ts'
import { createSession } from './session.ts'

type CompactedAnswer = { readonly before: number; readonly after: number }

/** `scimulator compact`: returns the space of deleted data to the file system. */
export function compactCommand(program: Command): void {
  program
    .command('compact')
    .description('Return the space of deleted data to the file system')
    .action(compact)
}

async function compact(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.post<CompactedAnswer>(apiPath('compact'))
  show(answer, `The database has ${formatMiB(answer.after)}; it had ${formatMiB(answer.before)}.\n`)
}

const formatMiB = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`

/** `scimulator ready`: for scripts and health checks. */
export function readyCommand(program: Command): void {
  program
    .command('ready')
    .description('say whether the server takes requests')
    .option('--wait <duration>', 'wait so long until it does, for example 30s', parseDuration, 0)
    .action(ready)
}

async function ready({ wait }: { readonly wait: number }, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await waitUntilReady(api, performance.now() + wait)
  show(answer, 'The server is ready.\n')
}

const minAttemptTimeout = 2000
const retryInterval = 100

async function waitUntilReady(api: ApiClient, deadline: number): Promise<unknown> {
  for (;;) {
    const left = Math.max(deadline - performance.now(), minAttemptTimeout)
    try {
      return await api.get('/readyz', { signal: AbortSignal.timeout(Math.ceil(left)) })
    } catch (error) {
      if (!(error instanceof CliError) || performance.now() >= deadline) throw error
    }
    await pause(Math.max(0, Math.min(retryInterval, deadline - performance.now())))
  }
}

type ResetAnswer = { readonly tenants: readonly string[] }
type Options = { readonly tenant?: string; readonly yes?: true }

/** `scimulator reset`: start over. */
export function resetCommand(program: Command): void {
  program
    .command('reset')
    .description('forget users, groups, history and journal, and set the clock back; tokens stay')
    .option('-t, --tenant <id>', 'of this tenant only')
    .option('--yes', 'yes, forget them')
    .action(reset)
}

async function reset({ tenant, yes }: Options, command: Command): Promise<void> {
  if (!yes) {
    const whose = tenant === undefined ? 'every tenant' : `the tenant ${tenant}`
    throw wrongUse(`This forgets users, groups, history and journal of ${whose}: repeat it with --yes.`)
  }
  const { api, show } = createSession(command)
  const answer = await api.post<ResetAnswer>(apiPath('reset'), { body: { tenant } })
  show(answer, `Reset ${answer.tenants.join(', ')}.\n`)
}

type SettingAnswer = {
  readonly flag: string
  readonly variable: string
  readonly value: string
  readonly source: string
}
type SettingsAnswer = {
  readonly version: string
  readonly node: string
  readonly started: string
  readonly settings: readonly SettingAnswer[]
  readonly journal: {
    readonly exchanges: number
    readonly oldest?: string
    readonly keeps: { readonly count: number; readonly days: number }
  }
  readonly database?: { readonly path: string; readonly bytes: number }
}

const columns: readonly Column<SettingAnswer>[] = [
  { name: 'setting', of: ({ flag }) => flag },
  { name: 'value', of: ({ value }) => value },
  { name: 'from', of: ({ source, variable }) => (source === 'environment' ? variable : source) },
]

/** `scimulator settings`: how the server was started. */
export function settingsCommand(program: Command): void {
  program
    .command('settings')
    .description('show how the server was started, and what it keeps')
    .action(async (_options: object, command: Command) => {
      const { api, show } = createSession(command)
      const answer = await api.get<SettingsAnswer>(apiPath('settings'))
      show(answer, formatSettings(answer))
    })
}

const formatSettings = ({ version, node, started, settings, journal, database }: SettingsAnswer): string =>
  [
    formatRecord([
      ['version', version],
      ['node', node],
      ['started', formatTime(started)],
      ['journal', formatJournal(journal)],
      ['database', database && `${database.path}, ${(database.bytes / 1024 / 1024).toFixed(1)} MB`],
    ]),
    formatTable(columns, settings),
  ].join('\n')

const formatJournal = ({ exchanges, oldest, keeps }: SettingsAnswer['journal']): string => {
  const since = oldest === undefined ? '' : ` since ${formatTime(oldest)}`
  return `${exchanges} of at most ${keeps.count} exchanges${since}, each for ${keeps.days} days`
}
