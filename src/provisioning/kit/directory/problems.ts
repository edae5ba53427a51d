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

/** Collects errors and warnings while files are read. A warning reports ignored or assumed data. */
export type ReadingProblems = {
  readonly errors: string[]
  readonly warnings: string[]
  readonly leftOut: Set<string>
  error(place: string, message: string): void
  warning(place: string, message: string): void
}

export function createReadingProblems(): ReadingProblems {
  const errors: string[] = []
  const warnings: string[] = []
  return {
    errors,
    warnings,
    leftOut: new Set(),
    error: (place, message) => errors.push(`${place}: ${message}`),
    warning: (place, message) => warnings.push(`${place}: ${message}`),
  }
}

export function throwErrors({ errors }: ReadingProblems): void {
  if (errors.length > 0) throw new DirectoryError(errors)
}
