import type { Appraisal } from '../grade/appraise.ts'
import { harReport } from './har.ts'
import { htmlReport } from './html.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { badge, markdownReport } from './markdown.ts'
import { sarifReport } from './sarif.ts'
import { tapReport } from './tap.ts'
import { terminalReport } from './terminal.ts'

/** All reports, by the names that `--report` knows; each a whole file. */
export const reports = {
  terminal: terminalReport,
  tap: tapReport,
  junit: junitReport,
  json: jsonReport,
  sarif: sarifReport,
  html: htmlReport,
  markdown: markdownReport,
  badge,
  har: harReport,
} as const satisfies Readonly<Record<string, (appraisal: Appraisal) => string>>

export type Format = keyof typeof reports
export const formats = Object.keys(reports) as readonly Format[]
