import { isUtf8 } from 'node:buffer'
import { errors, excerpt, type ScimError } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'

type Headers = {
  readonly 'content-type'?: string | undefined
  readonly 'content-encoding'?: string | undefined
}

const jsonTypes = /^application\/(scim\+)?json\s*(;.*)?$/i

/** What makes a body unreadable before anybody looks at it, by the headers that it came with. */
export function unsupportedContent(headers: Headers): ScimError | undefined {
  const encoding = contentEncoding(headers)
  if (encoding !== undefined) return errors.unsupportedEncoding(encoding)
  const mediaType = headers['content-type'] ?? ''
  return jsonTypes.test(mediaType) ? undefined : errors.unsupportedMediaType(mediaType)
}

/** What was done to the bytes of a body (RFC 9110 §8.4); undefined for one that is sent as it is. */
export function contentEncoding({ 'content-encoding': sent = '' }: Headers): string | undefined {
  const isAsItIs = sent.split(',').every(coding => /^(identity)?$/i.test(coding.trim()))
  return isAsItIs ? undefined : sent
}

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
      if (level?.names && start >= 0) checkName(nameIn(text, start, end), level, level.names, levels)
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

function checkName(name: string, level: Level, names: Set<string>, levels: readonly Level[]): void {
  if (names.has(name))
    throw errors.invalidJson(`"${memberPlace(name, levels)}" stands twice in the body; send it once.`)
  if (prototypeNames.has(name))
    throw errors.invalidJson(`"${memberPlace(name, levels)}" can't be the name of an attribute.`)
  names.add(name)
  level.last = name
}

const memberPlace = (name: string, levels: readonly Level[]) =>
  excerpt([...levels.slice(0, -1).map(({ last }) => last), name].filter(part => part !== undefined).join('.'))

/**
 * Parses a JSON body, and refuses doubled names, names that reach a prototype, NUL, lone surrogates and nesting
 * beyond reason. All of them are `invalidJson` with the place. An empty body is undefined.
 */
export function readJson(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw errors.invalidJson('The body is not valid UTF-8.')
  const text = withoutByteOrderMark(bytes.toString('utf8'))
  if (text.trim() === '') return undefined
  checkStructure(text)
  const value = parseJson(text)
  checkTexts(text)
  return value
}

/** RFC 8259 §8.1 lets a parser ignore the byte order mark, which PowerShell puts before what it sends. */
const withoutByteOrderMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text)

function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw errors.invalidJson(
      `The body is not valid JSON: ${error instanceof Error ? withoutQuotation(error.message) : 'unreadable'}.`,
    )
  }
}

/** V8 quotes the text around what it can't read, and a secret may stand there. */
const withoutQuotation = (message: string) =>
  message.replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '')

const quoted = /"(?:[^"\\]|\\.)*"/g

/** Raw control characters aren't JSON and valid UTF-8 holds no surrogates, so only escapes can bring them in. */
function checkTexts(text: string): void {
  if (!text.includes('\\u')) return
  for (const { 0: literal, index } of text.matchAll(quoted)) {
    if (!literal.includes('\\u')) continue
    const value: string = JSON.parse(literal)
    if (value.includes('\0')) throw unsoundText(index, 'a NUL character')
    if (!value.isWellFormed()) throw unsoundText(index, 'half of a surrogate pair')
  }
}

/** The text itself may be a secret. */
const unsoundText = (index: number, what: string) =>
  errors.invalidJson(`The text at position ${index + 1} of the body holds ${what}. Leave it out.`)
