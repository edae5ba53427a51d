import type { WorstText } from './growth.ts'

/** A beginning, a unit as often as it fits, and an end. */
export const fill =
  (start: string, unit: string, end = ''): WorstText =>
  length =>
    start + unit.repeat(Math.max(1, Math.ceil((length - start.length - end.length) / unit.length))) + end

export const repeat = (unit: string, end = ''): WorstText => fill('', unit, end)

/** A JSON array of the value again and again. */
export const arrayOf =
  (value: unknown): WorstText =>
  length => {
    const text = JSON.stringify(value)
    return `[${Array.from({ length: Math.floor(length / (text.length + 1)) }, () => text).join()}]`
  }

/** A JSON object with many different names. */
export const namesWith =
  (prefix: string): WorstText =>
  length =>
    `{${Array.from({ length: Math.floor(length / (prefix.length + 10)) }, (_, at) => `"${prefix}${at.toString(36).padStart(6, '0')}":1`).join()}}`

/** An error detail with one quotation mark and the name of a secret again and again. */
export const quotedDetail: WorstText = length => JSON.stringify({ detail: `"${repeat('password ')(length)}` })

/** A form with a different token in each parameter. */
export function manyTokens(length: number): string {
  let form = 'x=1'
  for (let at = 0; form.length < length; at++)
    form += `&token=${`${at.toString(36)}qzjxkvbw`.padEnd(10, 'z')}`
  return form
}

/** A quotation mark within this many strings of JSON: each level adds five characters only. */
const quoteAt = (level: number) => (level === 0 ? '"' : `\\${'u005c'.repeat(level - 1)}u0022`)

/** JSON in a string in JSON in a string, on as many levels as possible with a long text in the innermost one. */
export function nestedStrings(length: number): string {
  const levels = Math.floor(Math.sqrt(length / 24))
  const quotes = Array.from({ length: levels }, (_, level) => quoteAt(level))
  const opening = quotes.map(quote => `[${quote}`).join('')
  const closing = quotes
    .reverse()
    .map(quote => `${quote}]`)
    .join('')
  return `${opening}password ${'x'.repeat(Math.max(0, length - opening.length - closing.length))}${closing}`
}

const form = 'application/x-www-form-urlencoded'

/** Bodies that once blocked the server, as any client can send them. */
export const worstBodies = (
  length: number,
): readonly { readonly name: string; readonly type: string; readonly body: string }[] => [
  { name: 'an error detail', type: 'application/json', body: quotedDetail(length - 20) },
  { name: 'JSON in strings', type: 'application/json', body: nestedStrings(length) },
  { name: 'a form of tokens', type: form, body: manyTokens(length - 20) },
  { name: 'a form of question marks', type: form, body: repeat('?')(length) },
]
