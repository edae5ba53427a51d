import { isDeepStrictEqual } from 'node:util'

/** Prints a story and checks each statement before it is printed. */
export type Narrator = {
  chapter(title: string): void
  note(text: string): void
  /** Compares actual and expected, and prints the result. */
  claim(text: string, expected: unknown, found: unknown): void
  readonly claims: number
  readonly falseClaims: number
}

export function createNarrator(write: (text: string) => void): Narrator {
  let chapters = 0
  let claims = 0
  let falseClaims = 0
  return {
    chapter: title => write(`\n${++chapters}. ${title}\n`),
    note: text => write(`   ${text}\n`),
    claim(text, expected, found) {
      claims++
      if (isDeepStrictEqual(found, expected)) return write(`   ✓ ${text}\n`)
      falseClaims++
      write(`   ✗ ${text}\n       expected ${formatValue(expected)}\n       found    ${formatValue(found)}\n`)
    },
    get claims() {
      return claims
    },
    get falseClaims() {
      return falseClaims
    },
  }
}

const formatValue = (value: unknown) => JSON.stringify(value) ?? 'no value'
