import { errors, shown } from '../error.ts'

/** A piece of a filter as it stands in the text. */
export type Lexeme = {
  readonly kind: 'word' | 'string' | 'bracket'
  readonly text: string
  /** Where it starts, counted from 0. */
  readonly at: number
  /** Whether a blank, an opening bracket or nothing stands before it. */
  readonly apart: boolean
}

const lexeme =
  /(?<blank>[ \t\r\n]+)|(?<string>"(?:[^"\\]|\\[\s\S])*")|(?<bracket>[()[\]])|(?<word>[^ \t\r\n"()[\]]+)/y

/** Splits a filter into words, JSON strings and brackets. Positions in errors count from 1. */
export function lex(text: string, offset = 0): readonly Lexeme[] {
  const lexemes: Lexeme[] = []
  let apart = true
  lexeme.lastIndex = 0
  for (let at = 0; at < text.length; at = lexeme.lastIndex) {
    lexeme.lastIndex = at
    const groups = lexeme.exec(text)?.groups
    if (!groups) {
      throw errors.invalidFilter(
        `The string that starts at position ${at + offset + 1} has no closing quote.`,
      )
    }
    const { string, bracket, word } = groups
    const found = string ?? bracket ?? word
    if (found !== undefined) {
      const kind = string ? 'string' : bracket ? 'bracket' : 'word'
      lexemes.push({ kind, text: found, at: at + offset, apart })
    }
    apart = found === undefined || found === '(' || found === '['
  }
  return lexemes
}

/** The text that a JSON string with its quotes stands for. */
export function stringOf({ text, at }: Lexeme): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw errors.invalidFilter(
      `The string ${shown(text)} at position ${at + 1} is not a JSON string: a backslash must begin one of JSON's ` +
        'escapes, and control characters must be escaped.',
    )
  }
  return storable(String(value), at)
}

/** No stored text holds these two, and the database would read them as something else. */
export function storable(value: string, at: number): string {
  if (value.includes('\0') || !value.isWellFormed()) {
    throw errors.invalidFilter(
      `The string at position ${at + 1} contains the character U+0000 or half of a surrogate pair.`,
    )
  }
  return value
}
