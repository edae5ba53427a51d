/**
 * Folds a text for comparison that ignores case. RFC 7644 §5 requires the case-mapped profile of PRECIS: NFC and lower
 * case. Texts are never folded in SQL, whose `lower` supports only ASCII.
 */
export const fold = (text: string): string =>
  nonAscii.test(text)
    ? // JavaScript lowercases a final sigma differently, so `ΑΣ` would not equal `ασ`.
      text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ')
    : text.toLowerCase()

const nonAscii = /[\u0080-\uffff]/

/** Orders by code point, as SQLite does. JavaScript's `<` orders by UTF-16 unit, which differs beyond U+FFFF. */
export function compareCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++
  if (at === length) return one.length - other.length
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
}

// Surrogates stand for code points above U+FFFF, so they come after every other unit.
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/**
 * The first text, by code points, after all texts that start with a prefix; undefined if there is none. Texts that start
 * with `ab` are those from `ab` up to `ac`.
 */
export function textAfterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, character => character.codePointAt(0) ?? 0)
  const at = points.findLastIndex(point => point < 0x10ffff)
  if (at < 0) return undefined
  const last = points[at] ?? 0
  // Surrogates are no characters.
  return String.fromCodePoint(...points.slice(0, at), last === 0xd7ff ? 0xe000 : last + 1)
}

/** Splits a text into portions of about this length. Keeps surrogate pairs together. */
export function* portionsOf(text: string, length: number): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = at + length
    const next = isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end
    yield text.slice(at, next)
    at = next
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** Returns one string for equal ones, so that memory has it once. */
export type SharedTexts = (text: string) => string

export function createSharedTexts(): SharedTexts {
  const texts = new Map<string, string>()
  return text => {
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return known ?? text
  }
}

export const shortList = (names: readonly string[]): string =>
  names.length <= maxListedNames
    ? names.join(', ')
    : `${names.slice(0, maxListedNames).join(', ')} and ${names.length - maxListedNames} more`

const maxListedNames = 4

export const excerpt = (text: string, length = 80): string =>
  text.length <= length ? text : `${text.slice(0, length)}…`
