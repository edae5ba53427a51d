type ProgressOptions = {
  readonly write: (text: string) => void
  /** Rewrites one line. */
  readonly isTerminal: boolean
  /** Milliseconds of real time. */
  readonly now: () => number
}

export type ProgressLine = {
  /** `format` gets the milliseconds since the start. */
  show(format: (elapsed: number) => string): void
  /** Clears the line for what follows. */
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

/** Progress on standard error. */
export const stderrProgress = (): ProgressLine =>
  createProgressLine({
    write: text => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  })
