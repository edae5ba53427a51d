import { isUtf8 } from 'node:buffer'
import { findJsonError, type Json } from '../../scim/json.ts'
import { type ExportFile, type ImportLimits, printable } from './archive.ts'
import { ImportError } from './directory.ts'

/** A part of the object or list that a file consists of. `list` is empty if the file is a list. */
export type FilePart =
  | { readonly kind: 'list'; readonly list: string }
  | ({ readonly kind: 'element'; readonly list: string; readonly place: string } & Parsed)
  | ({ readonly kind: 'member'; readonly place: string } & Parsed)

type Parsed = { readonly value: Json; readonly line: () => number }

/** A user has 20 attributes of 1,024 characters and a few lists at most. */
const largestValue = 4 * 1024 * 1024

/** Members of the top object; a response of AWS has three at most. */
const maxMembers = 1000

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Parses each element of the lists of a file, and each other member, on its own: a file of 256 MiB never becomes one value. Throws
 * `ImportError`.
 */
export function* readParts(file: ExportFile, limits: ImportLimits): Generator<FilePart> {
  const text = toUtf8(file)
  const lineOf = (position: number) => lineAt(text, position)
  let at = 0
  /** What the parser of JSON must have read to expect what it expects at `at`. */
  let before = ''

  const skipBlank = () => {
    while (isBlank(text[at])) at++
  }
  const refuse = (message: string, line?: number) => refuseFile(file, message, line)
  const refuseAt = (line: number, column: number, message: string) =>
    refuse(`Line ${line}, column ${column}: ${message}`, line)

  /**
   * What is wrong from `at` to `end`, after which a text was cut off if it ends there. Parses only a part: the file may be too large
   * for a string.
   */
  const refuseJson = (place: string, end = at, preceding = before) => {
    if (end >= text.length)
      return refuseAt(
        lineOf(text.length),
        columnOf(text, text.length),
        `the file ends within ${place}. The command was interrupted: run it again.`,
      )
    const part = preceding + text.toString('utf8', at, Math.max(end, at + 65_536))
    const { line, column, message } = findJsonError(part)
    const columnsBefore = line === 1 ? columnOf(text, at) - 1 - preceding.length : 0
    return refuseAt(lineOf(at) + line - 1, column + columnsBefore, message)
  }

  const endOfText = (place: string, first: number): number => {
    for (let end = first + 1; end < text.length; end++) {
      const byte = text[end] as number
      if (byte === quote) return end
      if (byte === backslash) end++
      else if (byte < 0x20) throw refuseJson(place, end + 1, '')
      if (end - first > limits.text) throw refuse(`A text in ${place} is longer than 1 MiB.`, lineOf(at))
    }
    throw refuseJson(place, text.length, '')
  }

  const endOfValue = (place: string): number => {
    let depth = 0
    for (let end = at; end < text.length; end++) {
      const byte = text[end] as number
      if (byte === quote) {
        end = endOfText(place, end)
        if (depth === 0) return end + 1
      } else if (byte === openBrace || byte === openBracket) {
        if (++depth > limits.levels - 2)
          throw refuse(`${place} is nested more than ${limits.levels} levels.`, lineOf(at))
      } else if (byte === closeBrace || byte === closeBracket) {
        if (depth === 0) return end
        if (--depth === 0) return end + 1
      } else if (depth === 0 && (byte === comma || isBlank(byte))) return end
      if (end - at > largestValue) throw refuse(`${place} is larger than 4 MiB.`, lineOf(at))
    }
    if (depth === 0) return text.length
    throw refuseJson(place, text.length, '')
  }

  const readValue = (place: string): Parsed => {
    const start = at
    const end = endOfValue(place)
    if (end === start) throw refuseJson(place)
    const written = text.toString('utf8', start, end)
    const value = parsed(written)
    if (value === undefined) throw refuseJson(place, end, '')
    const wrong = written.includes('\\u') ? findWrongText(value, place) : undefined
    if (wrong !== undefined) throw refuse(wrong, lineOf(start))
    at = end
    return { value, line: () => lineOf(start) }
  }

  function* readItems(
    place: string,
    [start, close]: readonly [start: string, close: number],
    readItem: (nth: number) => Generator<FilePart>,
  ): Generator<FilePart> {
    at++
    skipBlank()
    before = start.charAt(0)
    for (let nth = 0; nth > 0 || text[at] !== close; nth++) {
      yield* readItem(nth)
      skipBlank()
      before = start
      if (text[at] === close) break
      if (text[at] !== comma) throw refuseJson(place)
      at++
      skipBlank()
      before += ','
    }
    at++
  }

  function* readList(list: string): Generator<FilePart> {
    yield { kind: 'list', list }
    yield* readItems(list === '' ? 'the list' : list, ['[0', closeBracket], function* (nth) {
      const place = `${list}[${nth}]`
      if (nth === limits.memberships) throw refuse(`${place} is one element too many for a file.`)
      yield { kind: 'element', list, place, ...readValue(place) }
    })
  }

  function* readMember(nth: number): Generator<FilePart> {
    if (nth === maxMembers) throw refuse(`Its object has more than ${maxMembers} members.`)
    if (text[at] !== quote) throw refuseJson('its object')
    const place = printable(String(readValue('the name of a member').value))
    skipBlank()
    before = '{""'
    if (text[at] !== colon) throw refuseJson(place)
    at++
    skipBlank()
    before = '{"":'
    if (text[at] === openBracket) return yield* readList(place)
    const member = readValue(place)
    if (place === 'NextToken' && member.value !== null && member.value !== '') throw refuse(incomplete)
    yield { kind: 'member', place, ...member }
  }

  skipBlank()
  const other = at === text.length ? empty : recognize(text.toString('utf8', at, at + headLength))
  if (other !== undefined) throw refuse(other)
  yield* text[at] === openBracket ? readList('') : readItems('its object', ['{"":0', closeBrace], readMember)
  skipBlank()
  if (at === text.length) return
  const line = lineOf(at)
  throw refuse(`Line ${line}: the file continues after its end. Write each call to a file of its own.`, line)
}

const refuseFile = ({ name }: ExportFile, message: string, line?: number) =>
  new ImportError([{ file: name, message, ...(line !== undefined && { line }) }])

const incomplete =
  'The list is incomplete: it has a NextToken. Run the command without --max-items, --max-results and --no-paginate.'
const empty = 'The file is empty: the command was interrupted, or failed.'

const headLength = 4096

/** What a file is that is no JSON, by its beginning. */
function recognize(head: string): string | undefined {
  if (head.startsWith('{') || head.startsWith('[')) return undefined
  const [, error, operation] = /An error occurred \((\w+)\) when calling the (\w+) operation/.exec(head) ?? []
  if (error !== undefined) return describeError(error, operation ?? '')
  if (head.startsWith('<')) return 'This is an HTML page, not the output of the AWS CLI.'
  if (/^[A-Z]+\t/.test(head)) return 'This is text output of the AWS CLI. Add --output json.'
  if (/^[-+]-{4}/.test(head)) return 'This is a table of the AWS CLI. Add --output json.'
  if (/^(- )?\w+:\r?\n/.test(head)) return 'This is YAML output of the AWS CLI. Add --output json.'
  return 'This is no JSON. If the AWS CLI printed an error, run the command again, with --output json.'
}

function describeError(error: string, operation: string): string {
  const article = /^[AEIOU]/.test(error) ? 'an' : 'a'
  const what = `This is ${article} ${error} of the AWS CLI, not a list.`
  if (error.startsWith('AccessDenied')) {
    return `${what} A permission is missing, or the store accepts calls from other networks only.`
  }
  // aws/aws-sdk#629: these lists demanded a filter.
  return error === 'ValidationException' && /^List(Users|Groups)$/.test(operation)
    ? `${what} If the identity source is Active Directory, its users and groups can't be listed or imported.`
    : what
}

function toUtf8(file: ExportFile): Buffer {
  const { buffer, byteOffset, byteLength } = file.bytes
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  const utf16 = { fffe: 'utf-16le', feff: 'utf-16be' }[bytes.toString('hex', 0, 2)]
  const start = bytes.toString('hex', 0, 3) === 'efbbbf' ? 3 : 0
  const text = utf16 === undefined ? bytes.subarray(start) : fromUtf16(file, bytes, utf16)
  const nul = text.indexOf(0)
  if (nul >= 0) throw refuseFile(file, `Byte ${start + nul + 1} is NUL. ${saveAgain}`)
  if (isUtf8(text)) return text
  throw refuseFile(file, `Byte ${start + firstInvalidByte(text) + 1} is not UTF-8. ${saveAgain}`)
}

const saveAgain = 'Save the file as UTF-8, or as UTF-16 with a byte order mark.'

/** PowerShell 5 writes UTF-16. */
function fromUtf16(file: ExportFile, bytes: Buffer, encoding: string): Buffer {
  try {
    return Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(bytes))
  } catch {
    throw refuseFile(
      file,
      'The file begins with the byte order mark of UTF-16, but is not UTF-16. Save it as UTF-8.',
    )
  }
}

function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0
  for (let step = 2 ** 28; step >= 1; ) {
    // A character has at most three bytes after its first one.
    const ends = [0, 1, 2, 3].map(back => valid + step - back).filter(end => end > valid)
    const end = ends.find(end => isUtf8(bytes.subarray(valid, end)))
    if (end === undefined) step /= 2
    else valid = end
  }
  return valid
}

/** Faster than a search for each line break. */
function lineAt(text: Buffer, position: number): number {
  let line = 1
  for (let at = 0; at < position; at++) if (text[at] === 0x0a) line++
  return line
}

function columnOf(text: Buffer, position: number): number {
  let column = 1
  for (let at = position - 1; at >= 0 && text[at] !== 0x0a; at--) {
    if (((text[at] ?? 0) & 0xc0) !== 0x80) column++
  }
  return column
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only escape sequences can stand for these characters: a file with them as bytes is no UTF-8, or is refused. */
function findWrongText(value: Json, place: string): string | undefined {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return `A text in ${place} has half of a character (an unpaired surrogate).`
    return value.includes('\0') ? `A text in ${place} has the character NUL.` : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const below = Array.isArray(value) ? `${place}[${name}]` : `${place}.${printable(name)}`
    const wrong = findWrongText(name, place) ?? findWrongText(member, below)
    if (wrong !== undefined) return wrong
  }
  return undefined
}
