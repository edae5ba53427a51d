export type PreflightMistake = { readonly part: 'files' | 'mapping'; readonly message: string }

export class PreflightError extends Error {
  readonly mistakes: readonly PreflightMistake[]
  constructor(mistakes: readonly PreflightMistake[]) {
    super(mistakes.map(({ message }) => message).join(' '))
    this.name = 'PreflightError'
    this.mistakes = mistakes
  }
}

export const mistakesOf = (error: unknown): readonly PreflightMistake[] | undefined =>
  error instanceof PreflightError ? error.mistakes : undefined
