/** Something wrong in a mapping, an expression or a scoping filter. */
export type MappingMistake = {
  /** Where in the mapping file: `users.attributes[3].source`; empty when the text came without a file. */
  readonly place: string
  /** What is wrong, and how to mend it. */
  readonly text: string
}

/** All that is wrong with a mapping, at once. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly mistakes: readonly MappingMistake[]

  constructor(...mistakes: readonly MappingMistake[]) {
    super(mistakes.map(({ place, text }) => (place === '' ? text : `${place}: ${text}`)).join('\n'))
    this.mistakes = mistakes
  }
}
