import { excerpt } from '../error.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'

/** Something in a declaration that can't be: where it stands, what is wrong with it and how to mend it. */
export type Mistake = {
  /** `schemas[1].attributes[3].subAttributes[0].type`; empty for the whole. */
  readonly path: string
  readonly message: string
}

/** Takes a mistake down, so that all of them are told at once. */
export type ReportMistake = (path: string, message: string) => void

/** Declared types that can't be served, with all that is wrong with them. */
export class DeclarationError extends Error {
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' '))
    this.name = 'DeclarationError'
    this.mistakes = mistakes
  }
}

/** Nobody mends more than these at once, and an answer has an end. */
const maxMistakes = 100

/** What `read` makes of something; throws a DeclarationError when it has noted mistakes. */
export function collectMistakes<Read>(read: (report: ReportMistake) => Read): Read {
  const mistakes: Mistake[] = []
  const result = read((path, message) => {
    if (mistakes.length < maxMistakes) mistakes.push({ path, message })
  })
  if (mistakes.length > 0) throw new DeclarationError(mistakes)
  return result
}

/** An object of a declaration, whose members are read one by one. What is wrong with one is noted at its place. */
export type Fields = {
  /** Where a member stands. */
  readonly place: (name: string) => string
  readonly has: (name: string) => boolean
  readonly report: (name: string, message: string) => void
  readonly text: (name: string, most: number) => string | undefined
  readonly flag: (name: string) => boolean | undefined
  readonly choice: <Choice extends string>(name: string, choices: readonly Choice[]) => Choice | undefined
  readonly list: (name: string, most: number) => readonly Json[]
  readonly texts: (name: string, most: number, longest: number) => readonly string[]
}

/** The members of an object; null counts as left out (RFC 7643 §2.5). Undefined when it is no object. */
export function readFields(
  value: unknown,
  at: string,
  known: readonly string[],
  reportAt: ReportMistake,
): Fields | undefined {
  if (!isObject(value)) {
    reportAt(at, `This has to be an object with ${known.join(', ')}.`)
    return undefined
  }
  const place = (name: string) => (at === '' ? name : `${at}.${name}`)
  const report = (name: string, message: string) => reportAt(place(name), message)
  reportUnknown(value, known, report)
  const given = (name: string): Json | undefined =>
    Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined

  const text: Fields['text'] = (name, most) => {
    const found = given(name)
    if (found === undefined) return undefined
    const mistake = textMistake(found, most)
    if (mistake) report(name, mistake)
    return typeof found === 'string' ? found : undefined
  }

  const flag: Fields['flag'] = name => {
    const found = given(name)
    if (found === undefined || typeof found === 'boolean') return found
    report(name, 'This has to be true or false, without quotes.')
    return undefined
  }

  const choice: Fields['choice'] = (name, choices) => {
    const found = given(name)
    const chosen = choices.find(one => one === found)
    if (found !== undefined && chosen === undefined) report(name, `This is one of ${choices.join(', ')}.`)
    return chosen
  }

  const list: Fields['list'] = (name, most) => {
    const found = given(name)
    if (found === undefined) return []
    if (!Array.isArray(found)) {
      report(name, 'This has to be an array.')
      return []
    }
    if (found.length > most) report(name, `These are ${found.length}; at most ${most} are accepted.`)
    return found.slice(0, most)
  }

  const texts: Fields['texts'] = (name, most, longest) =>
    list(name, most).flatMap((element, index) => {
      const mistake = element === '' ? 'This is empty.' : textMistake(element, longest)
      if (mistake) report(`${name}[${index}]`, mistake)
      return typeof element === 'string' ? [element] : []
    })

  return { place, has: name => given(name) !== undefined, report, text, flag, choice, list, texts }
}

function reportUnknown(
  value: JsonObject,
  known: readonly string[],
  report: (name: string, message: string) => void,
) {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    const meant = known.find(one => one.toLowerCase() === name.toLowerCase())
    report(
      excerpt(name),
      meant ? `This is written ${meant}.` : `Nothing is called so here. Known are ${known.join(', ')}.`,
    )
  }
}

function textMistake(text: Json, most: number): string | undefined {
  if (typeof text !== 'string') return 'This has to be a text in quotes.'
  if (text.length > most) return `This has ${text.length} characters; at most ${most} are accepted.`
  // Descriptions have lines.
  if (/[^\P{Cc}\t\r\n]/u.test(text) || !text.isWellFormed()) {
    return 'This holds control characters or half of a surrogate pair. Leave them out.'
  }
  return undefined
}

/** RFC 7643 sets no limits. These are far beyond what anybody declares, and keep a declaration small to hold. */
export const declarationLimits = {
  types: 50,
  schemas: 100,
  /** Of one type. */
  extensions: 20,
  /** Of one schema, or of one complex attribute. */
  attributes: 200,
  canonicalValues: 200,
  referenceTypes: 60,
  /** Characters of names, of URNs, of canonical values and of texts for people. */
  name: 64,
  urn: 255,
  canonicalValue: 255,
  description: 1000,
} as const
