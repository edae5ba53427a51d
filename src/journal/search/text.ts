const notAscii = /\P{ASCII}/u

/**
 * How text is compared where case doesn't matter: of letters, those of ASCII alone are folded, which is what SQLite's
 * `lower` does, so that a search finds the same in the database and in what is just coming in.
 */
export const foldAscii = (text: string): string =>
  // Bodies are long and mostly ASCII, of which all is folded at once.
  notAscii.test(text) ? text.replace(/[A-Z]+/g, letters => letters.toLowerCase()) : text.toLowerCase()

/** Whether `part`, folded already, stands in the text. */
export const holds = (text: string | undefined, part: string): boolean =>
  text !== undefined && foldAscii(text).includes(part)

/** A text as it may stand in a URL: as it is, or percent-encoded, with blanks in either way. Folded. */
export function inUrls(text: string): readonly string[] {
  const encoded = foldAscii(encodeURIComponent(text))
  return [...new Set([foldAscii(text), encoded, encoded.replaceAll('%20', '+')])]
}
