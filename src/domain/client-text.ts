/**
 * Texts of clients in documents for people: without invisible characters, and as text where the format has markup, formulas or
 * commands.
 */

// Control characters, zero-width characters, and characters that change the direction of the text after them.
const hiddenCharacters = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Replaces invisible characters by their code points: `\u202e`. */
export const escapeHidden = (text: string): string =>
  text.replace(
    hiddenCharacters,
    character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )

export const markdownText = (written: string): string =>
  escapeHidden(written).replace(/[\\`*_{}[\]<>#|~&!]/g, character => `\\${character}`)

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, character => references[character] ?? character)

/** The media type of a file with a header (RFC 4180). */
export const csvMediaType = 'text/csv; charset=utf-8; header=present'

/** RFC 4180. A leading apostrophe keeps spreadsheets from executing the text of a client as a formula. */
export const csvRow = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`

const csvCell = (cell: string | number | undefined): string => {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One argument of a POSIX shell. Control characters are written as escaped bytes, which bash and zsh read. */
export const shellQuote = (text: string): string => {
  const passed = text.replaceAll('\0', '')
  if (!controlCharacters.test(passed)) return `'${passed.replaceAll("'", String.raw`'\''`)}'`
  const escaped = passed.replace(/[\\']/g, String.raw`\$&`)
  return `$'${escaped.replace(new RegExp(controlCharacters, 'gu'), escapeBytes)}'`
}

const controlCharacters = /[\p{Cc}\p{Bidi_Control}]/u

const escapeBytes = (character: string): string =>
  [...new TextEncoder().encode(character)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
