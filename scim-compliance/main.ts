import { readFileSync } from 'node:fs'
import { awsVerdict } from './checks/aws/verdict.ts'
import { checks } from './checks/catalog.ts'
import { entraVerdict } from './checks/entra/verdict.ts'
import { ipsieVerdict } from './checks/ipsie/verdict.ts'
import { oktaVerdict } from './checks/okta/verdict.ts'
import { Unreachable } from './client/reachability.ts'
import { createMask, findSecrets } from './client/secrets.ts'
import { appraiseRun } from './grade/appraisal.ts'
import { readBaseline, readKnown, UnreadableFile, updateBaseline, updateKnown } from './grade/comparison.ts'
import { levelInSuite } from './grade/score.ts'
import { helpText, type Options, readOptions } from './options.ts'
import { findUnwritable, writeReports } from './reports/formats.ts'
import { leftBehindLines } from './reports/summary.ts'
import { createProgressLine } from './reports/terminal.ts'
import { NothingToGrade } from './run/nothing-to-grade.ts'
import { runChecks } from './run/run-checks.ts'
import { expandSelection, selectChecks, selectionErrors } from './run/select.ts'
import { version } from './version.ts'

/** Ctrl-C or SIGTERM as a signal. A second one ends the process at once. */
function stopOnSignal(onFirst: () => void): { readonly signal: AbortSignal; readonly off: () => void } {
  const interrupted = new AbortController()
  const off = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  const stop = () => {
    off()
    onFirst()
    interrupted.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return { signal: interrupted.signal, off }
}

/** Grades a server from the command line. Returns the exit code: 0 passed, 1 failed, 2 invalid use, incomplete run, or not graded. */
export async function main(args: readonly string[], called = 'scim-compliance'): Promise<number> {
  const read = readOptions(args, process.env)
  if ('help' in read) return printLine(helpText(called))
  if ('version' in read) return printLine(`${version}\n`)
  if ('problems' in read) return usageError(...read.problems, `Use --help to list all options.`)
  const { selection: options, notes } = expandSelection(read.options, checks)
  const mistakes = selectionErrors(options, checks)
  if (mistakes.length > 0) return usageError(...mistakes)
  if (options.list) return printLine(listed(options))
  const lost = findUnwritable(options.reports)
  if (lost.length > 0) return usageError(...lost)
  try {
    return await grade(options, notes)
  } catch (error) {
    if ([Unreachable, UnreadableFile, NothingToGrade].some(kind => error instanceof kind))
      return usageError(createMask(findSecrets(options))((error as Error).message))
    throw error
  }
}

function printLine(text: string): number {
  process.stdout.write(text)
  return 0
}

function warn(...sentences: readonly string[]): void {
  for (const sentence of sentences) process.stderr.write(`scim-compliance: ${sentence}\n`)
}

function usageError(...sentences: readonly string[]): number {
  warn(...sentences)
  return 2
}

const listed = (options: Options): string =>
  selectChecks(checks, options)
    .map(check => `${check.id}  ${levelInSuite(check)}  ${check.description}\n`)
    .join('')

const ids = new Set(checks.map(({ id }) => id))
const exists = (id: string): boolean => ids.has(id)

async function grade(options: Options, selectionNotes: readonly string[]): Promise<number> {
  const mask = createMask(findSecrets(options))
  // Read before the run, so that an invalid file is reported at once and not after minutes.
  const given = options.known && updateKnown(readKnown(readFileText(options.known), options.known), exists)
  const earlier =
    options.baseline && updateBaseline(readBaseline(readFileText(options.baseline), options.baseline), exists)
  const notes = [...selectionNotes, ...(given ? given.notes : []), ...(earlier ? earlier.notes : [])]
  warn(...notes)
  // The run continues: a check may have had this ID in an earlier version.
  for (const { id } of given ? given.known : [])
    if (!exists(id)) warn(`${options.known} names ${id}, but no check has that ID.`)
  const progress = createProgressLine({
    write: text => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    ...(process.stderr.columns > 0 && { width: process.stderr.columns }),
  })
  const { signal, off } = stopOnSignal(() => {
    process.stderr.write(
      '\nStopping; created resources are being removed. Press Ctrl-C again to stop at once.\n',
    )
  })
  const { result, unreachable } = await runChecks({
    ...options,
    checks,
    stop: signal,
    ...(!options.quiet && { tell: progress.tell }),
  }).finally(() => {
    off()
    if (!options.quiet) progress.end()
  })
  const appraisal = appraiseRun(
    { ...result, notes: [...notes, ...result.notes] },
    {
      threshold: options.threshold,
      evaluators: [entraVerdict, awsVerdict, oktaVerdict, ipsieVerdict],
      ...(given && { known: given.known }),
      ...(earlier && { baseline: earlier.baseline }),
      version,
    },
  )
  // Before the report, which should stay on the screen.
  for (const line of leftBehindLines(result, options.verbose ? undefined : mostWarnings))
    warn(`Could not remove ${line.replace(/\.$/, '')}.`)
  const lost = writeReports(appraisal, options.reports, options)
  if (unreachable || lost.length > 0)
    return usageError(...(unreachable ? [mask(unreachable.message)] : []), ...lost)
  return appraisal.decision.exitCode
}

const mostWarnings = 3

function readFileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UnreadableFile(`${file} can’t be read: ${(error as Error).message}.`)
  }
}
