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
import { type TerminalOptions, terminalReport } from './terminal.ts'

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

/** What `--report` knows. */
export const formats: readonly string[] = Object.keys(reports)

/** A whole file. `options` say what the terminal can, for that report. */
export function createReport(format: string, appraisal: Appraisal, options: TerminalOptions = {}): string {
  const report = Object.hasOwn(reports, format) ? reports[format] : undefined
  if (report === undefined) throw new Error(`There is no report of format ${format}.`)
  return report(appraisal, options)
}

/** A report that is asked for; without a file it goes to standard output. */
export type RequestedReport = { readonly format: string; readonly file?: string }

/** Why reports can't be written where they are to go, in sentences: to be told before a run, and not after minutes. */
export const findUnwritable = (reports: readonly RequestedReport[]): readonly string[] =>
  reports.flatMap(({ file }) => (file === undefined ? [] : attemptError(file, () => expectPlace(file))))

/** Writes each by itself, for one that can't be written is no reason to lose the others. Answers why in sentences. */
export const writeReports = (appraisal: Appraisal, reports: readonly RequestedReport[]): readonly string[] =>
  reports.flatMap(({ format, file }) => {
    if (file !== undefined)
      return attemptError(file, () => writeFileSync(file, createReport(format, appraisal), { mode: 0o600 }))
    process.stdout.write(createReport(format, appraisal, ofTerminal(process.stdout)))
    return []
  })

function expectPlace(file: string): void {
  accessSync(dirname(file), constants.W_OK)
  const there = statSync(file, { throwIfNoEntry: false })
  if (there?.isDirectory()) throw new Error('it is a folder')
  if (there) accessSync(file, constants.W_OK)
}

function attemptError(file: string, attempt: () => void): readonly string[] {
  try {
    attempt()
    return []
  } catch (error) {
    return [`The report ${file} can’t be written: ${error instanceof Error ? error.message : error}.`]
  }
}

const ofTerminal = ({ isTTY, columns }: Pick<typeof process.stdout, 'isTTY' | 'columns'>) => ({
  color: isTTY === true && !process.env.NO_COLOR,
  ...(columns > 0 && { width: columns }),
})
