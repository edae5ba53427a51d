import { isObject, type Json, type JsonObject } from '../json.ts'
import { excerpt } from '../text.ts'

type Mistake = {
  /** `schemas[1].attributes[3].subAttributes[0].type`; empty for the whole. */
  readonly path: string
  readonly message: string
}

export type ReportMistake = (path: string, message: string) => void

export class DeclarationError extends Error {
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join(' '))
    this.name = 'DeclarationError'
    this.mistakes = mistakes
  }
}

/** Limits the size of a response. Nobody corrects more errors at once. */
const maxMistakes = 100

/** Returns the result of `read`. Throws a DeclarationError if `read` has reported errors. */
export function collectMistakes<Read>(read: (report: ReportMistake) => Read): Read {
  const mistakes: Mistake[] = []
  const result = read((path, message) => {
    if (mistakes.length < maxMistakes) mistakes.push({ path, message })
  })
  if (mistakes.length > 0) throw new DeclarationError(mistakes)
  return result
}

export type Fields = {
  readonly place: (name: string) => string
  readonly has: (name: string) => boolean
  readonly report: (name: string, message: string) => void
  readonly text: (name: string, most: number) => string | undefined
  readonly flag: (name: string) => boolean | undefined
  readonly choice: <Choice extends string>(name: string, choices: readonly Choice[]) => Choice | undefined
  readonly list: (name: string, most: number) => readonly Json[]
  readonly texts: (name: string, most: number, longest: number) => readonly string[]
}

/** The members of an object; null counts as absent (RFC 7643 §2.5). Undefined if the value is not an object. */
export function readFields(
  value: unknown,
  at: string,
  known: readonly string[],
  reportAt: ReportMistake,
): Fields | undefined {
  if (!isObject(value)) {
    reportAt(at, `This must be an object with ${known.join(', ')}.`)
    return undefined
  }
  const place = (name: string) => (at === '' ? name : `${at}.${name}`)
  const report = (name: string, message: string) => reportAt(place(name), message)
  reportUnknown(value, known, report)
  const member = (name: string): Json | undefined =>
    Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined

  const text: Fields['text'] = (name, most) => {
    const found = member(name)
    if (found === undefined) return undefined
    const mistake = textMistake(found, most)
    if (mistake) report(name, mistake)
    return typeof found === 'string' ? found : undefined
  }

  const flag: Fields['flag'] = name => {
    const found = member(name)
    if (found === undefined || typeof found === 'boolean') return found
    report(name, 'This must be true or false, without quotes.')
    return undefined
  }

  const choice: Fields['choice'] = (name, choices) => {
    const found = member(name)
    const chosen = choices.find(one => one === found)
    if (found !== undefined && chosen === undefined)
      report(name, `This must be one of ${choices.join(', ')}.`)
    return chosen
  }

  const list: Fields['list'] = (name, most) => {
    const found = member(name)
    if (found === undefined) return []
    if (!Array.isArray(found)) {
      report(name, 'This must be an array.')
      return []
    }
    if (found.length > most) report(name, `This has ${found.length} elements; the maximum is ${most}.`)
    return found.slice(0, most)
  }

  const texts: Fields['texts'] = (name, most, longest) =>
    list(name, most).flatMap((element, index) => {
      const mistake = element === '' ? 'This is empty.' : textMistake(element, longest)
      if (mistake) report(`${name}[${index}]`, mistake)
      return typeof element === 'string' ? [element] : []
    })

  return { place, has: name => member(name) !== undefined, report, text, flag, choice, list, texts }
}

function reportUnknown(
  value: JsonObject,
  known: readonly string[],
  report: (name: string, message: string) => void,
) {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    const correct = known.find(one => one.toLowerCase() === name.toLowerCase())
    report(
      excerpt(name),
      correct ? `The correct spelling is ${correct}.` : `Unknown member. Use ${known.join(', ')}.`,
    )
  }
}

function textMistake(text: Json, most: number): string | undefined {
  if (typeof text !== 'string') return 'This must be a string in quotes.'
  if (text.length > most) return `This has ${text.length} characters; the maximum is ${most}.`
  if (/[^\P{Cc}\t\r\n]/u.test(text) || !text.isWellFormed()) {
    return 'This contains control characters or unpaired surrogates. Remove them.'
  }
  return undefined
}

/** RFC 7643 sets no limits. These are higher than any real declaration needs, and limit the memory of a declaration. */
export const declarationLimits = {
  types: 50,
  schemas: 100,
  extensions: 20,
  /** Per schema, or per complex attribute. */
  attributes: 200,
  canonicalValues: 200,
  referenceTypes: 60,
  /** Characters of names, URNs, canonical values and descriptions. */
  name: 64,
  urn: 255,
  canonicalValue: 255,
  description: 1000,
} as const
