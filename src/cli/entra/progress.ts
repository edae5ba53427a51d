import type { CycleCounts, CycleProgress } from '../../entra/cycle-report.ts'

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

const betweenRewrites = 100
const betweenLines = 10_000

/** Tells how far a cycle is: on a terminal at once, elsewhere a line now and then, and none of a short cycle. */
export function createProgress({ write, isTerminal, now }: ProgressOptions): Progress {
  const startedAt = now()
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : startedAt
  let isShown = false
  return {
    show(progress) {
      if (now() - shownAt < (isTerminal ? betweenRewrites : betweenLines)) return
      shownAt = now()
      isShown = true
      const line = progressInWords(progress, now() - startedAt)
      write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`)
    },
    end() {
      if (isTerminal && isShown) write('\r\u001b[K')
    },
  }
}

const told = {
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
export function progressInWords(
  { phase, done, total, requests, counts }: CycleProgress,
  milliseconds: number,
): string {
  const happened = Object.entries(told).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof told]
    return count > 0 ? [`${count} ${word}`] : []
  })
  const rate = (requests / Math.max(1, milliseconds)) * 1000
  const soFar = happened.length > 0 ? `: ${happened.join(', ')}` : ''
  return `${phase} ${done}/${total}${soFar}; ${requests} requests, ${rate.toFixed(1)} a second`
}
