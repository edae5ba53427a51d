import type { SourceDirectory } from '../../provisioning/kit/directory/source-directory.ts'
import { type JobClock, waitForClock } from '../../provisioning/kit/job-clock.ts'
import { CliError, wrongUse } from './cli-error.ts'
import type { DirectorySource } from './directory-source.ts'
import { parseDuration } from './options.ts'
import { formatTime } from './output.ts'

/** The options of a command that can run a job repeatedly. */
export type TimingOptions = {
  readonly watch?: true
  readonly every?: string
  readonly fast?: true
  readonly for?: string
}

export type Timing = {
  /** Milliseconds from one run's start to the next. */
  readonly every: number
  /** Advances the job's clock instead of waiting. */
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

/** What follows one run. */
export type AfterRun = {
  /** When the next run is due, by the job's clock; undefined if nothing is left to do. */
  readonly next: number | undefined
  /** Why there is no further run, as a sentence. */
  readonly ending: string | undefined
}

export type Watch = {
  readonly clock: JobClock
  readonly timing: Timing
  /** The directory of the first run. */
  readonly directory: SourceDirectory
  readonly source: DirectorySource
  readonly signal: AbortSignal
  readonly json: boolean
  /** Runs the job once, and prints its report. */
  readonly run: (directory: SourceDirectory) => Promise<AfterRun>
}

/** Runs the job until it is interrupted, the time is up or no work remains, and prints why it ended. */
export async function watchRuns({
  clock,
  timing,
  source,
  signal,
  json,
  run,
  ...first
}: Watch): Promise<void> {
  const { fast, span } = timing
  const until = span === undefined ? Number.POSITIVE_INFINITY : clock.now() + span
  for (let { directory } = first; ; directory = await rereadSource(source, directory)) {
    const after = await run(directory)
    const ending = endingOf(after, signal, until)
    if (after.next !== undefined && ending === undefined) {
      await waitForClock(clock, { fast, signal }, after.next)
      if (!signal.aborted) continue
    }
    if (!json) printLine(clock.now(), ending ?? 'Interrupted.')
    return
  }
}

function endingOf({ next, ending }: AfterRun, signal: AbortSignal, until: number): string | undefined {
  if (signal.aborted) return 'Interrupted.'
  if (ending !== undefined) return ending
  if (next === undefined) return 'No work remains.'
  return next > until ? 'The time is up.' : undefined
}

/** Prints what happened at a time of the job's clock. */
export const printLine = (at: number, text: string): void =>
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
