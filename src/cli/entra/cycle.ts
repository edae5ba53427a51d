import { DirectoryError, readDirectory } from '../../entra/directory/read-directory.ts'
import type { SourceDirectory } from '../../entra/directory/source-directory.ts'
import {
  type CycleCounts,
  type CycleProgress,
  type CycleReport,
  formatCycleReport,
} from '../../entra/job/cycle-report.ts'
import { printable, printableLines } from '../output.ts'
import { formatFailures, hintsFor, pendingRetries } from './failures.ts'
import { settingsError } from './job-options.ts'
import type { OpenJob } from './open-job.ts'

export type ProgressOptions = {
  readonly write: (text: string) => void
  /** One line is written over and over. */
  readonly isTerminal: boolean
  /** Milliseconds of real time. */
  readonly now: () => number
}

export type Progress = {
  show(progress: CycleProgress): void
  /** Clears the line for what follows. */
  end(): void
}

const rewriteInterval = 100
const lineInterval = 10_000

/** Tells how far a cycle is: on a terminal at once, elsewhere a line now and then, and none of a short cycle. */
export function createProgress({ write, isTerminal, now }: ProgressOptions): Progress {
  const startedAt = now()
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : startedAt
  let isShown = false
  return {
    show(progress) {
      if (now() - shownAt < (isTerminal ? rewriteInterval : lineInterval)) return
      shownAt = now()
      isShown = true
      const line = formatProgress(progress, now() - startedAt)
      write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`)
    },
    end() {
      if (isTerminal && isShown) write('\r\u001b[K')
    },
  }
}

const progressCounts = {
  created: 'created',
  matched: 'matched',
  updated: 'updated',
  disabled: 'disabled',
  deleted: 'deleted',
  membersAdded: 'members added',
  membersRemoved: 'members removed',
  failed: 'failed',
} as const satisfies Partial<Record<keyof CycleCounts, string>>

/** `users 120/5000: 118 created, 2 failed; 361 requests, 24.9 a second` */
export function formatProgress(
  { phase, done, total, requests, counts }: CycleProgress,
  milliseconds: number,
): string {
  const happened = Object.entries(progressCounts).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof progressCounts]
    return count > 0 ? [`${count} ${word}`] : []
  })
  const rate = (requests / Math.max(1, milliseconds)) * 1000
  const soFar = happened.length > 0 ? `: ${happened.join(', ')}` : ''
  return `${phase} ${done}/${total}${soFar}; ${requests} requests, ${rate.toFixed(1)} a second`
}

export type CycleOptions = {
  readonly directory: SourceDirectory
  readonly signal: AbortSignal
  /** Although a quarantine's next attempt isn't due. */
  readonly now: boolean
  /** Tells nobody how far it is. */
  readonly silent: boolean
}

/** Runs a cycle, and shows how far it is on the error output. */
export async function runCycleWithProgress({ job }: OpenJob, wish: CycleOptions): Promise<CycleReport> {
  const { directory, signal, now, silent } = wish
  const { stderr } = process
  const progress = createProgress({
    write: text => void stderr.write(text),
    isTerminal: stderr.isTTY === true,
    now: () => performance.now(),
  })
  const onProgress = silent ? {} : { onProgress: progress.show }
  try {
    return await job.runCycle({ directory, signal, now, ...onProgress })
  } finally {
    progress.end()
  }
}

/** All went well, and nothing is left undone. */
export const isClean = ({ ending, escrows }: CycleReport): boolean => ending === 'completed' && escrows === 0

/** Nothing was to be done, or could be. */
export const isUneventful = ({ ending, writes, counts }: CycleReport): boolean =>
  ending === 'waiting' || (ending === 'completed' && writes === 0 && counts.failed === 0)

/** The report for people, with who failed and what to do. */
export function formatCycle(report: CycleReport, { state }: OpenJob): string {
  const waiting = pendingRetries(state)
  const hints = hintsFor(report.quarantine, waiting).map(hint => `${hint}\n`)
  return `${printableLines(formatCycleReport(report))}${formatFailures(waiting)}${hints.join('')}`
}

export type DirectorySource = () => Promise<SourceDirectory>

/**
 * Reads the directory as often as it is called, and says on the error output what was left out, each thing once.
 * Throws a CliError with all mistakes.
 */
export function createDirectorySource(path: string): DirectorySource {
  const told = new Set<string>()
  return async () => {
    const { directory, warnings } = await readSource(path)
    for (const warning of warnings.filter(each => !told.has(each))) {
      told.add(warning)
      process.stderr.write(`scimulator: ${printable(warning)}\n`)
    }
    return directory
  }
}

async function readSource(path: string) {
  try {
    return await readDirectory(path)
  } catch (error) {
    if (error instanceof DirectoryError) throw settingsError(error.errors.map(printable))
    throw error
  }
}
