/** Something in a declaration that can't be: where it stands, what is wrong with it and how to mend it. */
export type Mistake = {
  /** `schemas[1].attributes[3].subAttributes[0].type`; empty for the whole. */
  readonly path: string
  readonly message: string
}

/** Takes a mistake down, so that all of them are told at once. */
export type Note = (path: string, message: string) => void

/** Declared types that can't be served, with all that is wrong with them. */
export class DeclarationError extends Error {
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' '))
    this.name = 'DeclarationError'
    this.mistakes = mistakes
  }
}

/** Nobody mends more than these at once, and an answer has an end. */
const mostMistakes = 100

/** What `read` makes of something; throws a DeclarationError when it has noted mistakes. */
export function withoutMistakes<Read>(read: (note: Note) => Read): Read {
  const mistakes: Mistake[] = []
  const result = read((path, message) => {
    if (mistakes.length < mostMistakes) mistakes.push({ path, message })
  })
  if (mistakes.length > 0) throw new DeclarationError(mistakes)
  return result
}
