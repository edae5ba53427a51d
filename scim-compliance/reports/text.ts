import type { NormativeSentence } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'

/** `#12 POST https://…/Users → 201 Created in 12 ms`; unescaped, for the report to escape. */
export function formatExchangeLine(exchange: Exchange): string {
  const { number, method, url, response, failure, milliseconds } = exchange
  const came = response
    ? `${response.status} ${response.statusText}`.trim()
    : `no response${failure === undefined ? '' : ` (${failure})`}`
  return `#${number} ${method} ${url} → ${came} in ${Math.round(milliseconds)} ms`
}

/** The whole exchange as sent and received, without framing. */
export function formatExchange(exchange: Exchange, most: number): string {
  const { method, url, request, response, failure } = exchange
  return [
    `${method} ${url}`,
    ...formatMessage(request, most),
    '',
    ...(response
      ? [`${response.status} ${response.statusText}`.trim(), ...formatMessage(response, most)]
      : [`No response: ${failure ?? 'the connection ended'}`]),
  ].join('\n')
}

function formatMessage(message: Exchange['request'], most: number): readonly string[] {
  const headers = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`)
  return message.body === '' ? headers : [...headers, '', formatBody(message, most)]
}

/** JSON is indented, other bodies are unchanged; truncated bodies end with a note. */
function formatBody({ body, bytes, cut }: Exchange['request'], most: number): string {
  const whole = cut ? body : indented(body)
  if (!cut && whole.length <= most) return whole
  return `${whole.slice(0, most)}\n… (truncated; ${bytes} bytes in total)`
}

/** Indents compact JSON. A body that would change when it is written again, such as one with a long number, is unchanged. */
function indented(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    return JSON.stringify(value) === body.trim() ? JSON.stringify(value, undefined, 2) : body
  } catch {
    return body
  }
}

const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufffe\uffff]/gu

/**
 * Escapes text from a server, so that it can't control a terminal, change the direction of writing, or
 * end the text that contains it. Control characters and those that XML doesn't allow are written as numbers.
 */
export const sanitize = (text: string): string => text.toWellFormed().replace(unsafe, escaped)

/** Makes text of several lines printable. */
export const sanitizeLines = (text: string): string =>
  text
    .split(/\r\n|\n/)
    .map(line => line.split('\t').map(sanitize).join('\t'))
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

/** Escapes the text of an element and the value of an attribute, in HTML and in XML. */
export const escapeMarkup = (text: string): string =>
  sanitizeLines(text).replace(/[&<>"']/g, character => entities[character] ?? '')

/** Escapes running text and table cells in Markdown. */
export const escapeMarkdown = (text: string): string =>
  sanitize(text)
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/^[-+#>=]/, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')

/** `“…” (RFC 7644 §3.3)` */
export const quoteSentence = ({ section, text }: NormativeSentence): string => `“${text}” (${section})`

/** `3 checks`, `1 check`. */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Truncates to a number of characters, with an ellipsis. */
export const truncate = (text: string, most: number): string => {
  const characters = [...text]
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text
}

/** Equivalent JSON without characters that control a terminal or change the direction of writing. */
export const formatJson = (value: unknown, indent: number): string =>
  `${JSON.stringify(value, undefined, indent).replace(unsafe, character =>
    character === '\n' ? character : escaped(character),
  )}\n`

const lengthOf = (text: string): number => [...text].length

/** Wraps words in lines of at most `width`; a longer word has its own line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of sanitize(text).split(' ')) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** The text behind a label in a column of its own, which further lines leave empty. */
export const labeled = (label: string, text: string, column: number, width: number): readonly string[] =>
  wrap(text, Math.max(20, width - column)).map((line, index) =>
    `${(index === 0 ? label : '').padEnd(column)}${line}`.trimEnd(),
  )

/** Rows in columns as wide as their widest cell; numbers are aligned to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const cells = rows.map(row => row.map(cell => sanitize(String(cell))))
  const numeric = (column: number) => cells.slice(1).every(row => /^(\d+%?|-)$/.test(row[column] ?? ''))
  const widthOf = (column: number) => Math.max(...cells.map(row => lengthOf(row[column] ?? '')))
  const [widths = []] = cells.map(row => row.map((_, column) => widthOf(column)))
  const padded = (cell: string, column: number) => {
    const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell)))
    return numeric(column) ? gap + cell : cell + gap
  }
  return cells.map(row => row.map(padded).join('  ').trimEnd())
}
