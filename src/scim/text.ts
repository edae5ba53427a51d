import { errors } from './error.ts'

/** Longer than any password. A limit, because hashing long texts is slow. */
export const maxSecretLength = 1024

/**
 * Prepares a secret text for comparison by the OpaqueString profile of PRECIS (RFC 8265 §4.2, required by RFC 7644 §5): it
 * preserves case, maps all space characters to U+0020, applies NFC, and forbids control characters and empty texts. Unlike
 * the profile, this function accepts invisible joiners, because emoji contain them. `at` is the place, for error texts.
 */
export function toOpaqueString(text: string, at: string): string {
  if (text === '') throw errors.invalidValue(`${at} is empty. Send a text or omit the attribute.`)
  if (/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)) {
    throw errors.invalidValue(`${at} contains control characters. Remove them.`)
  }
  const prepared = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  if ([...prepared].length > maxSecretLength) {
    throw errors.invalidValue(`${at} is longer than the maximum of ${maxSecretLength} characters.`)
  }
  return prepared
}

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

export const shortList = (names: readonly string[]): string =>
  names.length <= maxListedNames
    ? names.join(', ')
    : `${names.slice(0, maxListedNames).join(', ')} and ${names.length - maxListedNames} more`

const maxListedNames = 4
