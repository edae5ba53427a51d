import type { CycleReport } from '../../entra/cycle-report.ts'
import { wordedReport } from '../../entra/report.ts'
import type { SourceDirectory } from '../../entra/source-directory.ts'
import { printableLines } from '../words.ts'
import { waitingIn } from './failures.ts'
import { failuresInWords, hintsFor } from './hints.ts'
import type { OpenJob } from './open-job.ts'
import { createProgress } from './progress.ts'

export type CycleWish = {
  readonly directory: SourceDirectory
  readonly signal: AbortSignal
  /** Although a quarantine's next attempt isn't due. */
  readonly now: boolean
  /** Tells nobody how far it is. */
  readonly silent: boolean
}

/** Runs a cycle, and shows how far it is on the error output. */
export async function oneCycle({ job }: OpenJob, wish: CycleWish): Promise<CycleReport> {
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
export const isQuiet = ({ ending, writes, counts }: CycleReport): boolean =>
  ending === 'waiting' || (ending === 'completed' && writes === 0 && counts.failed === 0)

/** The report for people, with who failed and what to do. */
export function cycleInWords(report: CycleReport, { state }: OpenJob): string {
  const waiting = waitingIn(state)
  const hints = hintsFor(report.quarantine, waiting).map(hint => `${hint}\n`)
  return `${printableLines(wordedReport(report))}${failuresInWords(waiting)}${hints.join('')}`
}
