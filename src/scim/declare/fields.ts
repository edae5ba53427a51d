import { shown } from '../error.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Note } from './mistakes.ts'

/** An object of a declaration, whose members are read one by one. What is wrong with one is noted at its place. */
export type Fields = {
  /** Where a member stands. */
  readonly place: (name: string) => string
  readonly has: (name: string) => boolean
  readonly note: (name: string, message: string) => void
  readonly text: (name: string, most: number) => string | undefined
  readonly flag: (name: string) => boolean | undefined
  readonly choice: <Choice extends string>(name: string, choices: readonly Choice[]) => Choice | undefined
  readonly list: (name: string, most: number) => readonly Json[]
  readonly texts: (name: string, most: number, longest: number) => readonly string[]
}

/** The members of an object; null counts as left out (RFC 7643 §2.5). Undefined when it is no object. */
export function fieldsOf(
  value: unknown,
  at: string,
  known: readonly string[],
  noteAt: Note,
): Fields | undefined {
  if (!isObject(value)) {
    noteAt(at, `This has to be an object with ${known.join(', ')}.`)
    return undefined
  }
  const place = (name: string) => (at === '' ? name : `${at}.${name}`)
  const note = (name: string, message: string) => noteAt(place(name), message)
  noteUnknown(value, known, note)
  const given = (name: string): Json | undefined =>
    Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined

  const text: Fields['text'] = (name, most) => {
    const found = given(name)
    if (found === undefined) return undefined
    const mistake = mistakeInText(found, most)
    if (mistake) note(name, mistake)
    return typeof found === 'string' ? found : undefined
  }

  const flag: Fields['flag'] = name => {
    const found = given(name)
    if (found === undefined || typeof found === 'boolean') return found
    note(name, 'This has to be true or false, without quotes.')
    return undefined
  }

  const choice: Fields['choice'] = (name, choices) => {
    const found = given(name)
    const chosen = choices.find(one => one === found)
    if (found !== undefined && chosen === undefined) note(name, `This is one of ${choices.join(', ')}.`)
    return chosen
  }

  const list: Fields['list'] = (name, most) => {
    const found = given(name)
    if (found === undefined) return []
    if (!Array.isArray(found)) {
      note(name, 'This has to be an array.')
      return []
    }
    if (found.length > most) note(name, `These are ${found.length}; at most ${most} are accepted.`)
    return found.slice(0, most)
  }

  const texts: Fields['texts'] = (name, most, longest) =>
    list(name, most).flatMap((element, index) => {
      const mistake = element === '' ? 'This is empty.' : mistakeInText(element, longest)
      if (mistake) note(`${name}[${index}]`, mistake)
      return typeof element === 'string' ? [element] : []
    })

  return { place, has: name => given(name) !== undefined, note, text, flag, choice, list, texts }
}

function noteUnknown(
  value: JsonObject,
  known: readonly string[],
  note: (name: string, message: string) => void,
) {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    const meant = known.find(one => one.toLowerCase() === name.toLowerCase())
    note(
      shown(name),
      meant ? `This is written ${meant}.` : `Nothing is called so here. Known are ${known.join(', ')}.`,
    )
  }
}

function mistakeInText(text: Json, most: number): string | undefined {
  if (typeof text !== 'string') return 'This has to be a text in quotes.'
  if (text.length > most) return `This has ${text.length} characters; at most ${most} are accepted.`
  // Descriptions have lines.
  if (/[^\P{Cc}\t\r\n]/u.test(text) || !text.isWellFormed()) {
    return 'This holds control characters or half of a surrogate pair. Leave them out.'
  }
  return undefined
}
