import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { sessionOf } from './session.ts'
import { type Column, record, table } from './table.ts'
import { shortTime } from './words.ts'

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
      const { api, show } = sessionOf(command)
      const answer = await api.get<SettingsAnswer>(apiPath('settings'))
      show(answer, inWords(answer))
    })
}

const inWords = ({ version, node, started, settings, journal, database }: SettingsAnswer): string =>
  [
    record([
      ['version', version],
      ['node', node],
      ['started', shortTime(started)],
      ['journal', journalInWords(journal)],
      ['database', database && `${database.path}, ${(database.bytes / 1024 / 1024).toFixed(1)} MB`],
    ]),
    table(columns, settings),
  ].join('\n')

const journalInWords = ({ exchanges, oldest, keeps }: SettingsAnswer['journal']): string => {
  const since = oldest === undefined ? '' : ` since ${shortTime(oldest)}`
  return `${exchanges} of at most ${keeps.count} exchanges${since}, each for ${keeps.days} days`
}
