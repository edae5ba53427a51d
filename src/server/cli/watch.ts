import { type JobClock, waitForClock } from '../../provisioning/kit/client.ts'
import type { SourceDirectory } from '../../provisioning/kit/directory/source-directory.ts'
import { CliError, wrongUse } from './cli-error.ts'
import type { DirectorySource } from './open-job.ts'
import { parseDuration } from './options.ts'
import { formatTime, printableJson } from './output.ts'

export type TimingOptions = {
  readonly watch?: true
  readonly every?: string
  readonly fast?: true
  readonly for?: string
}

export type Timing = {
  /** Milliseconds from one run's start to the next. */
  readonly every: number
  readonly fast: boolean
  /** Milliseconds on the job's clock after which it stops. */
  readonly span: number | undefined
}

/** Undefined without --watch. Throws a CliError. */
export function timingOf(
  { watch, every, fast, for: span }: TimingOptions,
  usualPeriod: string,
): Timing | undefined {
  if (!watch && (fast || span !== undefined)) throw wrongUse('--fast and --for require --watch.')
  if (!watch) return undefined
  const period = parseDuration(every ?? usualPeriod)
  if (period === 0) throw wrongUse('--every must be longer than zero.')
  return { every: period, fast: fast === true, span: span === undefined ? undefined : parseDuration(span) }
}

type Runs = {
  readonly clock: JobClock
  /** Undefined for one run. */
  readonly timing: Timing | undefined
  readonly directory: SourceDirectory
  readonly source: DirectorySource
  readonly signal: AbortSignal
  readonly json: boolean
}

type RepeatedJob<Report> = {
  readonly run: (directory: SourceDirectory) => Promise<Report>
  readonly format: (report: Report) => string
  /** The text of one of several runs; undefined if it is not shown. */
  readonly formatRepeated: (report: Report, timing: Timing) => string | undefined
  /** When the next run has something to do, by the job's clock; undefined if nothing is left. */
  readonly nextDue: (report: Report, directory: SourceDirectory, timing: Timing) => number | undefined
  readonly endingOf?: (report: Report, timing: Timing) => string | undefined
}

/** Runs until it is interrupted, the time is up or no work remains. Returns the last report. */
export async function runJob<Report extends { readonly startedAt: number }>(
  runs: Runs,
  job: RepeatedJob<Report>,
): Promise<Report> {
  const { clock, timing, source, signal, json } = runs
  if (!timing) {
    const report = await job.run(runs.directory)
    process.stdout.write(json ? `${printableJson(report, 2)}\n` : job.format(report))
    return report
  }
  const { every, fast, span } = timing
  const until = span === undefined ? Number.POSITIVE_INFINITY : clock.now() + span
  for (let { directory } = runs; ; directory = await rereadSource(source, directory)) {
    const report = await job.run(directory)
    const text = json ? undefined : job.formatRepeated(report, timing)
    if (json) process.stdout.write(`${printableJson(report)}\n`)
    else if (text !== undefined) printLine(report.startedAt, text)
    const next = fast ? job.nextDue(report, directory, timing) : report.startedAt + every
    const ending = signal.aborted
      ? 'Interrupted.'
      : (job.endingOf?.(report, timing) ?? endingBefore(next, until))
    if (next !== undefined && ending === undefined) {
      await waitForClock(clock, { fast, signal }, next)
      if (!signal.aborted) continue
    }
    if (!json) printLine(clock.now(), ending ?? 'Interrupted.')
    return report
  }
}

function endingBefore(next: number | undefined, until: number): string | undefined {
  if (next === undefined) return 'No work remains.'
  return next > until ? 'The time is up.' : undefined
}

const printLine = (at: number, text: string): void =>
  void process.stdout.write(`${formatTime(new Date(at).toISOString())}  ${text.trimEnd()}\n`)

/** Keeps the previous directory if the file can't be read: another process may be writing it. */
async function rereadSource(source: DirectorySource, previous: SourceDirectory): Promise<SourceDirectory> {
  try {
    return await source()
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.stderr.write(
      `scimulator: ${error.message}\nscimulator: Using the directory from the previous read.\n`,
    )
    return previous
  }
}

/**
 * Ctrl-C or SIGTERM as an AbortSignal. A second one ends the process at once, as it would without this handler; state
 * files survive that.
 */
export function stopOnSignal(): AbortSignal {
  const interrupted = new AbortController()
  const stop = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    process.stderr.write(
      '\nscimulator: stopping after the running requests; press Ctrl-C again to stop at once\n',
    )
    interrupted.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return interrupted.signal
}
