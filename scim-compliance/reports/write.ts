import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Appraisal } from '../grade/appraise.ts'
import { reportOf } from './index.ts'

/** A report that is asked for; without a file it goes to standard output. */
export type ReportAsked = { readonly format: string; readonly file?: string }

/** Why reports can't be written where they are to go, in sentences: to be told before a run, and not after minutes. */
export const unwritable = (reports: readonly ReportAsked[]): readonly string[] =>
  reports.flatMap(({ file }) => (file === undefined ? [] : whyNot(file, () => expectPlace(file))))

/** Writes each by itself, for one that can't be written is no reason to lose the others. Answers why in sentences. */
export const writeReports = (appraisal: Appraisal, reports: readonly ReportAsked[]): readonly string[] =>
  reports.flatMap(({ format, file }) => {
    if (file !== undefined)
      return whyNot(file, () => writeFileSync(file, reportOf(format, appraisal), { mode: 0o600 }))
    process.stdout.write(reportOf(format, appraisal, ofTerminal(process.stdout)))
    return []
  })

function expectPlace(file: string): void {
  accessSync(dirname(file), constants.W_OK)
  const there = statSync(file, { throwIfNoEntry: false })
  if (there?.isDirectory()) throw new Error('it is a folder')
  if (there) accessSync(file, constants.W_OK)
}

function whyNot(file: string, attempt: () => void): readonly string[] {
  try {
    attempt()
    return []
  } catch (error) {
    return [`The report ${file} can’t be written: ${error instanceof Error ? error.message : error}.`]
  }
}

const ofTerminal = ({ isTTY, columns }: Pick<typeof process.stdout, 'isTTY' | 'columns'>) => ({
  colour: isTTY === true && !process.env.NO_COLOR,
  ...(columns > 0 && { width: columns }),
})
