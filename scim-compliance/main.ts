import { readFileSync } from 'node:fs'
import { awsVerdict } from './checks/aws/verdict.ts'
import { entraCauses } from './checks/entra/causes.ts'
import { entraVerdict } from './checks/entra/verdict.ts'
import { checks } from './checks/index.ts'
import { maskOf, secretsOf } from './client/secrets.ts'
import { Unreachable } from './client/unreachable.ts'
import { appraise } from './grade/appraise.ts'
import { readBaseline } from './grade/baseline.ts'
import { type Known, readKnown } from './grade/known.ts'
import { levelInSuite } from './grade/score.ts'
import { Unreadable } from './grade/unreadable.ts'
import { interruption } from './interruption.ts'
import { helpText } from './option-list.ts'
import { type Options, readOptions } from './options.ts'
import { progressLine } from './reports/progress.ts'
import { leftLines } from './reports/summary.ts'
import { unwritable, writeReports } from './reports/write.ts'
import { NothingToGrade } from './run/nothing-to-grade.ts'
import { runChecks } from './run/run-checks.ts'
import { mistakesIn, selectChecks } from './run/select.ts'
import { version } from './version.ts'

/** Grades a server as a shell asks for it. Answers the exit code: 0 good enough, 1 not, 2 wrong use or no whole run. */
export async function main(args: readonly string[], called = 'npm run compliance --'): Promise<number> {
  const read = readOptions(args, process.env)
  if ('help' in read) return say(helpText(called))
  if ('version' in read) return say(`${version}\n`)
  if ('problems' in read) return wrong(...read.problems, `--help shows all options.`)
  const mistakes = mistakesIn(read.options, checks)
  if (mistakes.length > 0) return wrong(...mistakes)
  if (read.options.list) return say(listed(read.options))
  const lost = unwritable(read.options.reports)
  if (lost.length > 0) return wrong(...lost)
  try {
    return await grade(read.options)
  } catch (error) {
    if ([Unreachable, Unreadable, NothingToGrade].some(kind => error instanceof kind))
      return wrong(maskOf(secretsOf(read.options))((error as Error).message))
    throw error
  }
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

function wrong(...sentences: readonly string[]): number {
  for (const sentence of sentences) process.stderr.write(`scim-compliance: ${sentence}\n`)
  return 2
}

const listed = (options: Options): string =>
  selectChecks(checks, options)
    .map(check => `${check.id}  ${levelInSuite(check)}  ${check.says}\n`)
    .join('')

async function grade(options: Options): Promise<number> {
  const mask = maskOf(secretsOf(options))
  // Read before the run, so that a wrong file is told at once and not after minutes.
  const known = options.known && readKnown(textOf(options.known), options.known)
  if (known) tellUnknown(known, options)
  const baseline = options.baseline && readBaseline(textOf(options.baseline), options.baseline)
  const progress = progressLine({
    write: text => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    ...(process.stderr.columns > 0 && { width: process.stderr.columns }),
  })
  const { signal, off } = interruption(() => {
    process.stderr.write('\nStopping; what was made is removed. Once more to stop at once.\n')
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
  const appraisal = appraise(result, {
    threshold: options.threshold,
    judges: [entraVerdict, awsVerdict],
    explain: entraCauses,
    ...(known && { known }),
    ...(baseline && { baseline }),
    version,
  })
  const lost = writeReports(appraisal, options.reports)
  for (const line of leftLines(result)) wrong(`Couldn’t remove ${line.replace(/\.$/, '')}.`)
  if (unreachable || lost.length > 0)
    return wrong(...(unreachable ? [mask(unreachable.message)] : []), ...lost)
  return appraisal.decision.exitCode
}

/** No reason not to run: a check may have had such an id in an earlier version. */
function tellUnknown(entries: readonly Known[], { known }: Options): void {
  const ids = new Set(checks.map(({ id }) => id))
  for (const { id } of entries) if (!ids.has(id)) wrong(`${known} names ${id}, and no check has that id.`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Unreadable(`${file} can’t be read: ${(error as Error).message}.`)
  }
}
