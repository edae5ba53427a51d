import type { Sentence } from '../check.ts'

const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufffe\uffff]/gu

/**
 * What a server says is data wherever it is shown: nothing in it steers a terminal, turns the direction of writing, or
 * ends the text that it stands in. Control characters and those that XML can't hold are shown as their number.
 */
export const harmless = (text: string): string => text.toWellFormed().replace(unsafe, escaped)

/** The same for text of several lines. */
export const harmlessLines = (text: string): string =>
  text
    .split(/\r\n|\n/)
    .map(line => line.split('\t').map(harmless).join('\t'))
    .join('\n')

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For the text of an element and the value of an attribute, in HTML and in XML. */
export const escapeMarkup = (text: string): string =>
  harmlessLines(text).replace(/[&<>"']/g, character => entities[character] ?? '')

/** For running text of Markdown, and cells of its tables. */
export const escapeMarkdown = (text: string): string =>
  harmless(text)
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/^[-+#>=]/, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')

/** `“…” (RFC 7644 §3.3)` */
export const quoted = ({ section, text }: Sentence): string => `“${text}” (${section})`

/** `3 checks`, `1 check`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Cut to so many characters, with a sign that it was. */
export const short = (text: string, most: number): string => {
  const characters = [...text]
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text
}

/** JSON in which whatever would steer a terminal or turn the direction of writing is an escape: the same value. */
export const jsonText = (value: unknown, indent: number): string =>
  `${JSON.stringify(value, undefined, indent).replace(unsafe, character =>
    character === '\n' ? character : escaped(character),
  )}\n`
