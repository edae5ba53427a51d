/** The levels of objects and arrays that a document from a client may have. No schema of SCIM comes near. */
export const deepestJson = 64

const quote = 0x22
const backslash = 0x5c

/** The position of the closing quote of the string at `start`; the length of the text without one. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text.charCodeAt(before - 1) === backslash) before--
    if ((end - before) % 2 === 0) return end
  }
  return text.length
}

/** What JSON.parse may need for a text. */
export type JsonLimits = {
  /** Levels of objects and arrays. */
  readonly levels: number
  /** Memory, as `costs` estimates it. */
  readonly bytes: number
}

/** Files of 32 MiB with 100,000 users need a third of that. */
export const jsonLimits: JsonLimits = { levels: deepestJson, bytes: 384 * 1024 * 1024 }

/** Bytes of memory for an object or a list, for an element, and for the name of a member, apart from its text. */
const costs = { bracket: 56, comma: 16, colon: 32 }

/**
 * Why JSON.parse would need too much memory for a text, as the end of a sentence about it; undefined if it would not. A thread is not
 * ended while JSON.parse runs, whatever its limits are. Linear in the text, and stops at the first bracket too many.
 */
export function findExcess(text: string, { levels, bytes }: JsonLimits = jsonLimits): string | undefined {
  let depth = 0
  let needed = text.length
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case 0x2c: // ,
        needed += costs.comma
        break
      case 0x3a: // :
        needed += costs.colon
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > levels) return `has more than ${levels} levels of objects and arrays`
        needed += costs.bracket
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
    }
  }
  return needed > bytes ? 'has too many objects and values for the memory of the server' : undefined
}
