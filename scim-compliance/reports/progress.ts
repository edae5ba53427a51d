import type { Progress, Tell } from '../run/result.ts'
import { harmless, short } from './text.ts'

export type ProgressTarget = {
  readonly write: (text: string) => void
  /** One line that is written over; otherwise a line for each tenth of the run. */
  readonly isTerminal: boolean
  readonly width?: number
}

const eraseLine = '\r\u001b[2K'

/** Says how far a run is. `end` takes the line away. */
export function progressLine({ write, isTerminal, width = 80 }: ProgressTarget): {
  readonly tell: Tell
  readonly end: () => void
} {
  let failed = 0
  let tenths = 0
  const show = (text: string) =>
    write(isTerminal ? eraseLine + short(harmless(text), width - 1) : `${harmless(text)}\n`)
  const tell = (progress: Progress) => {
    if (progress.kind === 'discovered') show(`${progress.checks} checks of ${progress.service.url}`)
    else if (progress.kind === 'noted') write(`${isTerminal ? eraseLine : ''}${harmless(progress.note)}\n`)
    else if (progress.kind === 'cleaning') show(`Removing what was made: ${progress.left} left`)
    else {
      const { outcome, number, of } = progress
      if (outcome.verdict === 'failed') failed++
      const done = `${number} of ${of} checks done, ${failed} failed`
      if (isTerminal) show(`${done}: ${outcome.check.id}`)
      else if (Math.floor((10 * number) / of) > tenths) {
        tenths = Math.floor((10 * number) / of)
        show(done)
      }
    }
  }
  return { tell, end: () => isTerminal && write(eraseLine) }
}
