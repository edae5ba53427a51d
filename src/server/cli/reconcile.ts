import { basename } from 'node:path'
import type { Reconciliation } from '../../domain/contract/reconcile.ts'
import { operation } from './noun.ts'
import { formatCount, printable } from './output.ts'
import { readTextArgument } from './source-files.ts'

const isInSync = ({ missing, extra, different }: Reconciliation): boolean =>
  missing.length + extra.length + different.length === 0

function formatReconciliation({
  type,
  read,
  inSync,
  missing,
  extra,
  different,
  ignored,
}: Reconciliation): string {
  const lines = [
    `Read ${formatCount(read, type.toLowerCase())}: ${inSync} in sync.`,
    ...section('Missing from the tenant', missing.map(formatMissing)),
    ...section(
      'Not in the export',
      extra.map(({ id, label, status }) => `${label} (${status}, ${id})`),
    ),
    ...section('Different', different.flatMap(formatDifferent)),
    ...(ignored.length > 0 ? ['', `Ignored columns: ${ignored.join(', ')}.`] : []),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `  ${line}`)]

const formatMissing = ({ label, line }: Reconciliation['missing'][number]) =>
  line === undefined ? label : `${label} (line ${line})`

const formatDifferent = ({ label, differences }: Reconciliation['different'][number]) =>
  differences.map(
    ({ path, export: exported, directory }) =>
      `${label}: ${path} is ${formatValue(directory)} in the tenant and ${formatValue(exported)} in the export`,
  )

const formatValue = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value))

export const reconcile = operation('reconcile <file>', 'POST /tenants/:tenant/reconcile', {
  help: '\nThe file is a response of Microsoft Graph (`az rest --url …/users`), or the CSV file of\n"Download users" or "Download groups" in the Microsoft Entra admin center.',
  sends: async ({ file }) => ({ text: await readTextArgument(file), name: basename(file) }),
  shows: formatReconciliation,
  fails: (found, { tenant }) => (isInSync(found) ? undefined : `Tenant ${tenant} differs from the export.`),
})
