import type { Appraisal } from '../grade/appraise.ts'
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
export function reportOf(format: string, appraisal: Appraisal, options: TerminalOptions = {}): string {
  const report = Object.hasOwn(reports, format) ? reports[format] : undefined
  if (report === undefined) throw new Error(`There is no report of format ${format}.`)
  return report(appraisal, options)
}
