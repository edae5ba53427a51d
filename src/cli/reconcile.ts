import { basename } from 'node:path'
import type { Command } from 'commander'
import { readTextFile } from '../entra/directory/read-directory.ts'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { tenantOption } from './options.ts'
import { formatCount, printable } from './output.ts'
import { createSession, resolveTenant } from './session.ts'

export type ReconciliationAnswer = {
  readonly type: 'User' | 'Group'
  readonly read: number
  readonly inSync: number
  readonly missing: readonly { readonly label: string; readonly line?: number }[]
  readonly extra: readonly { readonly id: string; readonly label: string; readonly status: string }[]
  readonly different: readonly {
    readonly id: string
    readonly label: string
    readonly differences: readonly {
      readonly path: string
      readonly export?: unknown
      readonly directory?: unknown
    }[]
  }[]
  readonly ignored: readonly string[]
}

/** Whether the directory is what the export says. */
export const isInSync = ({ missing, extra, different }: ReconciliationAnswer): boolean =>
  missing.length + extra.length + different.length === 0

/** The comparison for people: a line for each that isn't alike. */
export function formatReconciliation(answer: ReconciliationAnswer): string {
  const { type, read, inSync, missing, extra, different, ignored } = answer
  const lines = [
    `Read ${formatCount(read, type.toLowerCase())}: ${inSync} in sync.`,
    ...section('Missing here', missing.map(formatMissing)),
    ...section(
      'Not in the export',
      extra.map(({ id, label, status }) => `${label} (${status}, ${id})`),
    ),
    ...section('Different', different.flatMap(formatDifferent)),
    ...(ignored.length > 0 ? ['', `Not compared: ${ignored.join(', ')}.`] : []),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `  ${line}`)]

const formatMissing = ({ label, line }: ReconciliationAnswer['missing'][number]) =>
  line === undefined ? label : `${label} (line ${line})`

const formatDifferent = ({ label, differences }: ReconciliationAnswer['different'][number]) =>
  differences.map(
    ({ path, export: exported, directory }) =>
      `${label}: ${path} is ${formatValue(directory)}, and in the export ${formatValue(exported)}`,
  )

const formatValue = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

/** `scimulator reconcile`: a tenant's directory is compared with an export from Entra ID. */
export function reconcileCommand(program: Command): void {
  program
    .command('reconcile <file>')
    .description('compare the directory with an export from Entra ID; exit code 1 when they differ')
    .addHelpText(
      'after',
      '\nThe file is what Microsoft Graph answers (`az rest --url …/users`), or the CSV file that\n"Download users" or "Download groups" of Entra\'s portal makes.',
    )
    .addOption(tenantOption())
    .action(reconcileFile)
}

async function reconcileFile(
  file: string,
  { tenant }: { readonly tenant?: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const text = await readExportFile(file)
  const id = await resolveTenant(api, tenant)
  const answer = await api.post<ReconciliationAnswer>(apiPath('tenants', id, 'reconcile'), {
    body: { text, name: basename(file) },
  })
  show(answer, formatReconciliation(answer))
  if (!isInSync(answer)) throw new CliError(`The tenant ${id} is not what the export says.`)
}

async function readExportFile(file: string): Promise<string> {
  const text = await readTextFile(file).catch((error: Error) => {
    throw wrongUse(`${file} can't be read: ${error.message}.`)
  })
  if (text === undefined) throw wrongUse(`${file} is no text in UTF-8 or UTF-16.`)
  return text
}
