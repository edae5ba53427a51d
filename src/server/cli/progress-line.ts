import type { Progress } from '../../provisioning/kit/run.ts'
import { formatCount } from './output.ts'

type ProgressOptions = {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  /** Milliseconds of real time. */
  readonly now: () => number
}

export type ProgressLine = {
  /** `format` gets the milliseconds since the start. */
  show(format: (elapsed: number) => string): void
  end(): void
}

const rewriteInterval = 100
const lineInterval = 10_000

/** Shows progress: on a terminal in one line at once, elsewhere a line every 10 s. */
export function createProgressLine({ write, isTerminal, now }: ProgressOptions): ProgressLine {
  const startedAt = now()
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : startedAt
  let isShown = false
  return {
    show(format) {
      if (now() - shownAt < (isTerminal ? rewriteInterval : lineInterval)) return
      shownAt = now()
      isShown = true
      const line = format(now() - startedAt)
      write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`)
    },
    end() {
      if (isTerminal && isShown) write('\r\u001b[K')
    },
  }
}

const stderrProgress = (): ProgressLine =>
  createProgressLine({
    write: text => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  })

type OnProgress<Progress> = ((progress: Progress) => void) | undefined

/** Shows the progress of work on standard error. `format` gets the milliseconds since the start. */
export async function withProgress<Progress, Result>(
  {
    silent,
    format,
  }: { readonly silent: boolean; readonly format: (progress: Progress, elapsed: number) => string },
  work: (onProgress: OnProgress<Progress>) => Promise<Result>,
): Promise<Result> {
  const line = stderrProgress()
  try {
    return await work(silent ? undefined : progress => line.show(elapsed => format(progress, elapsed)))
  } finally {
    line.end()
  }
}

export const formatProgress = ({ phase, done, total, requests }: Progress): string =>
  `${phase} ${done}/${total}, ${formatCount(requests, 'request')}`
