/** What can't be read in a directory's files: every mistake is a sentence that begins with its place. */
export class DirectoryError extends Error {
  readonly errors: readonly string[]
  constructor(errors: readonly string[]) {
    const shown = errors.slice(0, maxShown)
    const left = errors.length - shown.length
    super([...shown, ...(left > 0 ? [`… and ${left} more errors.`] : [])].join('\n'))
    this.name = 'DirectoryError'
    this.errors = errors
  }
}

const maxShown = 20

/** Collects what reading comes across. A warning says what was left out or taken for something; reading goes on. */
export type ReadingProblems = {
  readonly errors: string[]
  readonly warnings: string[]
  /** Names of properties whose values no mapping can read. */
  readonly leftOut: Set<string>
  /** `says` is a sentence without its place. */
  error(place: string, says: string): void
  warning(place: string, says: string): void
}

export function createReadingProblems(): ReadingProblems {
  const errors: string[] = []
  const warnings: string[] = []
  return {
    errors,
    warnings,
    leftOut: new Set(),
    error: (place, says) => errors.push(`${place}: ${says}`),
    warning: (place, says) => warnings.push(`${place}: ${says}`),
  }
}

/** Ends the reading with all the errors, if there are any. */
export function throwErrors({ errors }: ReadingProblems): void {
  if (errors.length > 0) throw new DirectoryError(errors)
}
