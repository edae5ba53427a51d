import { canStore } from './dialect.ts'

/** A text as PostgreSQL can store it: U+FFFD replaces U+0000 and halves of surrogate pairs. */
export const toStorable = (text: string): string =>
  canStore(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd')

/** What JSON has for these characters. It may also match a text about them. */
const unstorableEscape = /\\u(?:0000|d[89a-f])/i

const replaceUnstorable = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? toStorable(value) : value

/** Names of members need no replacement. */
export const toStorableJson = (json: string): string =>
  unstorableEscape.test(json) ? JSON.stringify(JSON.parse(json), replaceUnstorable) : json
