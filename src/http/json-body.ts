import { isUtf8 } from 'node:buffer'
import { errors, shown } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'

const maxDepth = 64
/** Names that reach an object's prototype where code isn't careful; no SCIM attribute is called so. */
const prototypeNames = new Set(['__proto__', 'constructor', 'prototype'])
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/**
 * Parses a JSON body and refuses what JSON.parse lets through: a name that stands twice in an object (which of
 * the two would count?), names that reach a prototype, NUL and lone surrogates, and nesting beyond reason.
 * All of them are `invalidJson` with the place. An empty body is undefined.
 */
export function readJson(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw errors.invalidJson('The body is not valid UTF-8.')
  const text = bytes.toString('utf8')
  if (text.trim() === '') return undefined
  checkStructure(text)
  const value = parsed(text)
  checkTexts(text)
  return value
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw errors.invalidJson(
      `The body is not valid JSON: ${error instanceof Error ? error.message : 'unreadable'}.`,
    )
  }
}

type Level = { readonly names: Set<string> | undefined; last: string | undefined }

/** Goes over the tokens only; whether they make JSON at all is JSON.parse's business. */
function checkStructure(text: string): void {
  const levels: Level[] = []
  let string: string | undefined
  token.lastIndex = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const found = match[0]
    const level = levels.at(-1)
    if (found === '{' || found === '[') {
      if (levels.length >= maxDepth)
        throw errors.invalidJson(`The body is nested deeper than ${maxDepth} levels.`)
      levels.push({ names: found === '{' ? new Set() : undefined, last: undefined })
    } else if (found === '}' || found === ']') levels.pop()
    else if (found === ':' && string !== undefined && level?.names)
      noteName(string, level, level.names, levels)
    string = found[0] === '"' ? found : undefined
  }
}

function noteName(quoted: string, level: Level, names: Set<string>, levels: readonly Level[]): void {
  const name = unquoted(quoted)
  const place = [...levels.slice(0, -1).map(({ last }) => last), name]
    .filter(part => part !== undefined)
    .join('.')
  if (names.has(name)) throw errors.invalidJson(`"${shown(place)}" stands twice in the body; send it once.`)
  if (prototypeNames.has(name))
    throw errors.invalidJson(`"${shown(place)}" can't be the name of an attribute.`)
  names.add(name)
  level.last = name
}

function unquoted(quoted: string): string {
  try {
    return quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1)
  } catch {
    return quoted
  }
}

/** Raw control characters aren't JSON and valid UTF-8 holds no surrogates, so only escapes can bring them in. */
function checkTexts(text: string): void {
  if (!text.includes('\\u')) return
  for (const [quoted] of text.matchAll(token)) {
    if (!quoted.includes('\\u')) continue
    const value = unquoted(quoted)
    if (value.includes('\0')) throw errors.invalidJson(`The text ${shown(quoted)} holds a NUL character.`)
    if (!value.isWellFormed())
      throw errors.invalidJson(`The text ${shown(quoted)} holds half of a surrogate pair.`)
  }
}
