import type { KeyName } from './keys.ts'

/**
 * One thing that a search asks of an exchange. `words` is what stands without a key: text in what was done, to whom,
 * in the URL or a body. The value is in the form that its key's `read` gives it, and well-formed Unicode.
 */
export type Term = { readonly key: KeyName | 'words'; readonly value: string; readonly not?: true }

/** A term about what is known of each exchange, not about text in it. */
export type FieldTerm = Term & { readonly key: Exclude<KeyName, 'text'> }

export const isFieldTerm = (term: Term): term is FieldTerm => term.key !== 'words' && term.key !== 'text'

/** All of it has to hold. */
export type Search = readonly Term[]

/** What is wrong with a search's text, `length` UTF-16 units from `at` on. */
export type Mistake = {
  readonly message: string
  readonly at: number
  readonly length: number
  /** What could stand there instead. */
  readonly suggestion?: string
}

export type ParsedSearch = { readonly terms: Search; readonly mistakes: readonly Mistake[] }

/** A term of which the value is known to be good. */
export const termOf = (key: Term['key'], value: string, not = false): Term => ({
  key,
  value: value.toWellFormed(),
  ...(not && { not }),
})
