/**
 * Returns a function that reports whether a text contains `searched`. V8 stops at each occurrence of its first character, which may be
 * every tenth character of JSON. A part of it that starts with its rarest character is found in a fifth of the time.
 */
export function createTextFinder(searched: string): (text: string) => boolean {
  const part = rarestPart(searched)
  return text => text.includes(part) && text.includes(searched)
}

/** Longer texts are searched with a table of their characters, which takes longer to make than most texts to search. */
const longestPart = 6
/** A single character would often be found alone. */
const shortestPart = 2

/** The characters of JSON from attribute names, English texts, UUIDs and times, from frequent to rare. Others are rarer. */
const fromFrequentToRare =
  '" eaitnorsldmcu0,:-12pf34b5678hg9yv.{}[]\\\nwkPNSTCMAU/RDELBIOFHG@%=+xjq_ZVWKYzJQX'

const rarity = (character: string): number => {
  const at = fromFrequentToRare.indexOf(character)
  return at < 0 ? fromFrequentToRare.length : at
}

function rarestPart(searched: string): string {
  let start = 0
  for (let at = 1; at <= searched.length - shortestPart; at++) {
    if (rarity(searched.charAt(at)) > rarity(searched.charAt(start))) start = at
  }
  return searched.slice(start, start + longestPart)
}
