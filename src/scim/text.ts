/**
 * The form in which texts are compared when case doesn't matter. RFC 7644 §5 asks for PRECIS' case-mapped
 * profile: NFC and lower case. Folded here and never in SQL, whose `lower` knows only ASCII.
 */
export const fold = (text: string): string =>
  // JavaScript writes a sigma at a word's end in its own way, and `ΑΣ` would not be `ασ`.
  text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ')

/** Orders by code point, as SQLite does; JavaScript's `<` goes by UTF-16 unit and differs beyond U+FFFF. */
export function codePointOrder(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++
  if (at === length) return one.length - other.length
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
}

// Surrogates stand for code points above U+FFFF, so they come after every other unit.
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
