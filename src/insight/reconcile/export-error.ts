export type ExportMistake = { readonly message: string; readonly line?: number }

export class ExportError extends Error {
  readonly mistakes: readonly ExportMistake[]
  constructor(mistakes: readonly ExportMistake[]) {
    super(mistakes.map(({ message }) => message).join(' '))
    this.name = 'ExportError'
    this.mistakes = mistakes
  }
}
