import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Appraisal } from '../grade/appraisal.ts'
import { harReport } from './har.ts'
import { htmlReport } from './html.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { badge, markdownReport } from './markdown.ts'
import { sarifReport } from './sarif.ts'
import { tapReport } from './tap.ts'
import { type TerminalOptions, terminalReport, wantsColor } from './terminal.ts'

const reports: Readonly<Record<string, (appraisal: Appraisal, options: TerminalOptions) => string>> = {
  terminal: terminalReport,
  tap: tapReport,
  junit: junitReport,
  json: jsonReport,
  sarif: sarifReport,
  html: htmlReport,
  markdown: markdownReport,
  badge,
  har: harReport,
}

export const formats: readonly string[] = Object.keys(reports)

/** A whole file. `options` are the capabilities of the terminal, for that report. */
export function createReport(format: string, appraisal: Appraisal, options: TerminalOptions = {}): string {
  const report = Object.hasOwn(reports, format) ? reports[format] : undefined
  if (report === undefined) throw new Error(`Unknown report format ${format}.`)
  return report(appraisal, options)
}

/** A report without a file goes to standard output. */
export type RequestedReport = { readonly format: string; readonly file?: string }

/** Why reports can't be written to their files, in sentences: reported before a run, and not after minutes. */
export const findUnwritable = (reports: readonly RequestedReport[]): readonly string[] =>
  reports.flatMap(({ file }) => (file === undefined ? [] : attemptError(file, () => expectPlace(file))))

/** Writes each report, even if another one can't be written. Returns the errors, in sentences. */
export const writeReports = (
  appraisal: Appraisal,
  reports: readonly RequestedReport[],
  { verbose = false }: Pick<TerminalOptions, 'verbose'> = {},
): readonly string[] =>
  reports.flatMap(({ format, file }) => {
    if (file !== undefined)
      return attemptError(file, () =>
        writeFileSync(file, createReport(format, appraisal, { verbose }), { mode: 0o600 }),
      )
    process.stdout.write(createReport(format, appraisal, { ...ofTerminal(process.stdout), verbose }))
    return []
  })

function expectPlace(file: string): void {
  accessSync(dirname(file), constants.W_OK)
  const there = statSync(file, { throwIfNoEntry: false })
  if (there?.isDirectory()) throw new Error('it is a directory')
  if (there) accessSync(file, constants.W_OK)
}

function attemptError(file: string, attempt: () => void): readonly string[] {
  try {
    attempt()
    return []
  } catch (error) {
    return [`Could not write the report ${file}: ${error instanceof Error ? error.message : error}.`]
  }
}

const ofTerminal = ({ isTTY, columns }: Pick<typeof process.stdout, 'isTTY' | 'columns'>) => ({
  color: wantsColor({ isTTY }, process.env),
  ...(columns > 0 && { width: columns }),
})
