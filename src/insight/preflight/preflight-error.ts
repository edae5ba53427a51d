/** An error in the files or in the mapping, with its location. */
export type PreflightMistake = { readonly part: 'files' | 'mapping'; readonly message: string }

/** The errors in the files, or in the mapping. */
export class PreflightError extends Error {
  readonly mistakes: readonly PreflightMistake[]
  constructor(mistakes: readonly PreflightMistake[]) {
    super(mistakes.map(({ message }) => message).join(' '))
    this.name = 'PreflightError'
    this.mistakes = mistakes
  }
}
