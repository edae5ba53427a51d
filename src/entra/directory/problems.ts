/** What can't be read in a directory's files: every mistake is a sentence that begins with its place. */
export class DirectoryError extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    const shown = mistakes.slice(0, maxShown)
    const left = mistakes.length - shown.length
    super([...shown, ...(left > 0 ? [`… and ${left} more mistakes.`] : [])].join('\n'))
    this.name = 'DirectoryError'
    this.mistakes = mistakes
  }
}

const maxShown = 20

/** Collects what reading comes across. A warning says what was left out or taken for something; reading goes on. */
export type ReadingProblems = {
  readonly mistakes: string[]
  readonly warnings: string[]
  /** Names of properties whose values no mapping can read. */
  readonly leftOut: Set<string>
  /** `says` is a sentence without its place. */
  mistake(place: string, says: string): void
  warning(place: string, says: string): void
}

export function createReadingProblems(): ReadingProblems {
  const mistakes: string[] = []
  const warnings: string[] = []
  return {
    mistakes,
    warnings,
    leftOut: new Set(),
    mistake: (place, says) => mistakes.push(`${place}: ${says}`),
    warning: (place, says) => warnings.push(`${place}: ${says}`),
  }
}

/** Ends the reading with all the mistakes, if there are any. */
export function throwErrors({ mistakes }: ReadingProblems): void {
  if (mistakes.length > 0) throw new DirectoryError(mistakes)
}
