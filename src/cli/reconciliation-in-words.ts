import { counted, printable } from './words.ts'

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
export function reconciliationInWords(answer: ReconciliationAnswer): string {
  const { type, read, inSync, missing, extra, different, ignored } = answer
  const lines = [
    `Read ${counted(read, type.toLowerCase())}: ${inSync} in sync.`,
    ...section('Missing here', missing.map(missingInWords)),
    ...section(
      'Not in the export',
      extra.map(({ id, label, status }) => `${label} (${status}, ${id})`),
    ),
    ...section('Different', different.flatMap(differentInWords)),
    ...(ignored.length > 0 ? ['', `Not compared: ${ignored.join(', ')}.`] : []),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `  ${line}`)]

const missingInWords = ({ label, line }: ReconciliationAnswer['missing'][number]) =>
  line === undefined ? label : `${label} (line ${line})`

const differentInWords = ({ label, differences }: ReconciliationAnswer['different'][number]) =>
  differences.map(
    ({ path, export: exported, directory }) =>
      `${label}: ${path} is ${shown(directory)}, and in the export ${shown(exported)}`,
  )

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))
