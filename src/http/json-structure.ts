import { errors, shown } from '../scim/error.ts'

const maxDepth = 64
/** Names that reach an object's prototype where code isn't careful; no SCIM attribute is called so. */
const prototypeNames = new Set(['__proto__', 'constructor', 'prototype'])

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const openings = new Set([0x7b, 0x5b])
const closings = new Set([0x7d, 0x5d])

/** An object's names so far, or an array; `last` is the name whose value is being read. */
type Level = { readonly names: Set<string> | undefined; last: string | undefined }

/**
 * Refuses what JSON.parse lets through: a name that stands twice in an object (which of the two would count?),
 * names that reach a prototype, and nesting beyond reason. Goes over strings and brackets only, once, as every
 * body passes here; whether they make JSON at all is JSON.parse's business.
 */
export function checkStructure(text: string): void {
  const levels: Level[] = []
  let level: Level | undefined
  let start = -1
  let end = -1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      start = at
      at = end = endOfString(text, at)
    } else if (unit === colon) {
      if (level?.names && start >= 0) noteName(nameIn(text, start, end), level, level.names, levels)
    } else if (openings.has(unit)) {
      if (levels.length >= maxDepth)
        throw errors.invalidJson(`The body is nested deeper than ${maxDepth} levels.`)
      level = { names: unit === 0x7b ? new Set() : undefined, last: undefined }
      levels.push(level)
      start = -1
    } else if (closings.has(unit)) {
      levels.pop()
      level = levels.at(-1)
      start = -1
    }
  }
}

/** Where the string that begins at `start` has its closing quote; the end of the text when it has none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text.charCodeAt(before - 1) === backslash) before--
    if ((end - before) % 2 === 0) return end
  }
  return text.length
}

function nameIn(text: string, start: number, end: number): string {
  const name = text.slice(start + 1, end)
  return name.includes('\\') ? unescaped(name) : name
}

function unescaped(name: string): string {
  try {
    return JSON.parse(`"${name}"`)
  } catch {
    return name
  }
}

function noteName(name: string, level: Level, names: Set<string>, levels: readonly Level[]): void {
  if (names.has(name))
    throw errors.invalidJson(`"${placeOf(name, levels)}" stands twice in the body; send it once.`)
  if (prototypeNames.has(name))
    throw errors.invalidJson(`"${placeOf(name, levels)}" can't be the name of an attribute.`)
  names.add(name)
  level.last = name
}

const placeOf = (name: string, levels: readonly Level[]) =>
  shown([...levels.slice(0, -1).map(({ last }) => last), name].filter(part => part !== undefined).join('.'))
