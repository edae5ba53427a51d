import { errors } from './error.ts'

/** Longer ones are nobody's password, and would cost time to hash. */
export const maxSecretLength = 1024

/**
 * A secret text as it is compared: PRECIS' OpaqueString (RFC 8265 §4.2, which RFC 7644 §5 asks for) keeps the case,
 * makes any blank an ordinary one, composes characters (NFC), and knows neither controls nor an empty text. The
 * invisible joiners that it forbids as well are taken, for emoji are made of them. `at` is the place, for the message.
 */
export function toOpaqueString(text: string, at: string): string {
  if (text === '') throw errors.invalidValue(`${at} is empty. Send a text, or leave it out.`)
  if (/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)) {
    throw errors.invalidValue(`${at} holds control characters. Send a text without them.`)
  }
  const prepared = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  if ([...prepared].length > maxSecretLength) {
    throw errors.invalidValue(`${at} is longer than the ${maxSecretLength} characters that are accepted.`)
  }
  return prepared
}

/**
 * The form in which texts are compared when case doesn't matter. RFC 7644 §5 asks for PRECIS' case-mapped
 * profile: NFC and lower case. Folded here and never in SQL, whose `lower` knows only ASCII.
 */
export const fold = (text: string): string =>
  // JavaScript writes a sigma at a word's end in its own way, and `ΑΣ` would not be `ασ`.
  text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ')

/** Orders by code point, as SQLite does; JavaScript's `<` goes by UTF-16 unit and differs beyond U+FFFF. */
export function compareCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++
  if (at === length) return one.length - other.length
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
}

// Surrogates stand for code points above U+FFFF, so they come after every other unit.
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
