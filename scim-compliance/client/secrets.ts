import type { AuthorizationOptions } from '../check.ts'

const stars = '***'

const userInfo = /(\bhttps?:\/\/)[^/?#\s"<>@]*@/gi

/**
 * Each escape of a character contains one of these. Most responses contain none, and the pattern of all forms of a secret takes
 * long. Of the characters that JSON escapes without a code, most secrets contain none, but most responses contain such escapes.
 */
const escapeOf = (secret: string): RegExp => (/["\\/]/.test(secret) ? /[%\\&]/ : /[%&]|\\u/)

export type Mask = (text: string) => string

/** The secrets of a run: its token, the assertion of a client, the values of its headers, and their parts. */
export const findSecrets = ({ token, headers, authorization }: Credentials): readonly string[] => [
  ...(token === undefined ? [] : [token]),
  ...(authorization?.client ? [authorization.client.assertion] : []),
  ...Object.entries(headers).flatMap(([name, value]) =>
    /^(proxy-)?authorization$/i.test(name) ? [value, ...credentialsIn(value)] : [value],
  ),
]

type Headers = Readonly<Record<string, string>>
type Credentials = {
  readonly token: string | undefined
  readonly headers: Headers
  readonly authorization?: AuthorizationOptions
}

/** The value after the scheme; for Basic also the password, or the name without one (RFC 7617). */
function credentialsIn(authorization: string): readonly string[] {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? []
  if (!/^basic$/i.test(scheme)) return [rest]
  const decoded = Buffer.from(rest, 'base64').toString('utf8')
  const [name = '', ...password] = decoded.split(':')
  return [rest, decoded, password.join(':') || name]
}

/** A shorter string occurs by chance in words, dates and IDs, and would be masked there as well. */
const shortest = 8

/** Returns a function that masks secrets of 8 and more characters in any text: unchanged, escaped in URLs, JSON and HTML, in base64, and truncated by "…". */
export function createMask(secrets: readonly string[]): Mask {
  // The longest first: otherwise the rest of a secret that starts with another would remain.
  const unique = [...new Set(secrets)]
    .filter(({ length }) => length >= shortest)
    .sort((a, b) => b.length - a.length)
  const hiders = unique.map(secret => {
    const written = patternOf([...secret])
    const mayEscape = escapeOf(secret)
    const cores = base64CoresOf(secret)
    return (text: string) => {
      const masked = mayEscape.test(text) ? text.replace(written, stars) : text.replaceAll(secret, stars)
      const plain = withoutBeginning(masked, secret)
      return cores.reduce(withoutRun, plain)
    }
  })
  return text => hiders.reduce((masked, hide) => hide(masked), text).replace(userInfo, `$1${stars}@`)
}

const named: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }

const characters: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(named).map(([character, name]) => [name, character]),
)

// The delimiters of escapes may be percent-encoded themselves.
const percent = '%(?:25)*'
const backslash = `(?:\\\\|${percent}5[cC])`
const hash = `(?:#|${percent}23)`
const semicolon = `(?:;|${percent}3[bB])`

const patternOf = (characters: readonly string[]): RegExp =>
  new RegExp(characters.map((character, at) => anyFormOf(character, at === 0)).join(''), 'gu')

/**
 * A pattern of a character in each form in which a response may contain it, also escaped repeatedly. For the first character,
 * a run of backslashes is matched only from its start: otherwise matching would start at each of them.
 */
function anyFormOf(character: string, isFirst: boolean): string {
  const backslashes = isFirst ? `(?:(?<!${backslash})${backslash}+)` : `${backslash}+`
  const ampersand = `(?:&|${percent}26|${backslashes}u0026)(?:amp(?:;|${percent}3[bB]))*`
  const code = character.codePointAt(0) ?? 0
  const bytes = [...Buffer.from(character)].map(byte => percent + hex(byte, 2)).join('')
  const units = character.split('').map(unit => `${backslashes}u${hex(unit.charCodeAt(0), 4)}`)
  const name = named[character]
  const entities = [`${hash}0*${code}`, `${hash}[xX]0*${hex(code, 1)}`, ...(name ? [name] : [])].join('|')
  const escaped = /["\\/]/.test(character) ? `(?:${backslashes})?` : ''
  return `(?:${escaped}(?:\\u{${code.toString(16)}}|${bytes}|${ampersand}(?:${entities})${semicolon})|${units.join('')})`
}

const hex = (number: number, digits: number): string =>
  number
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, digit => `[${digit}${digit.toUpperCase()}]`)

/** The minimum length of a truncated secret that is recognized. */
const leastCut = 8

/** A sentence that quotes a long response ends in "…", possibly within a secret. */
function withoutBeginning(text: string, secret: string): string {
  if (!text.includes('…') || secret.length <= leastCut) return text
  const start = patternOf([...secret].slice(0, leastCut))
  const [last = '', ...quotes] = text.split('…').reverse()
  return [last, ...quotes.map(quote => withoutEnd(quote, secret, start))].reverse().join('…')
}

/** The longest form of one character: `&amp;amp;#x0022;`. */
const widest = 16

function withoutEnd(quote: string, secret: string, start: RegExp): string {
  const tail = quote.slice(-secret.length * widest)
  const head = quote.slice(0, quote.length - tail.length)
  for (const { index } of tail.matchAll(start)) {
    if (secret.startsWith(readable(tail.slice(index)))) return head + tail.slice(0, index) + stars
  }
  const [run = ''] = /(?<![\w+/-])[\w+/-]{8,}$/.exec(tail) ?? []
  const decoded = Buffer.from(run, 'base64').toString('utf8')
  const at = decoded.indexOf(secret.slice(0, leastCut))
  // The last character may be truncated itself.
  return at >= 0 && secret.startsWith(decoded.slice(at, -1)) ? quote.slice(0, -run.length) + stars : quote
}

function readable(text: string): string {
  let read = text.replace(/(?:%(?:25)*[\da-f]?|\\+(?:u[\da-f]{0,3})?|&(?:amp;)*#?\w{0,6})$/i, '')
  for (let last = ''; last !== read; ) {
    last = read
    read = read.replace(escapes, unescaped)
  }
  return read
}

const escapes =
  /%([\da-f]{2})|\\u([\da-f]{4})|&#x([\da-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos);|\\(["\\/])/gi

function unescaped(
  ...[, byte, unit, hexadecimal, decimal, name, plain]: readonly (string | undefined)[]
): string {
  const digits = byte ?? unit ?? hexadecimal
  if (digits !== undefined) return characterOf(Number.parseInt(digits, 16))
  if (decimal !== undefined) return characterOf(Number(decimal))
  return name === undefined ? (plain ?? '') : (characters[name.toLowerCase()] ?? '')
}

const characterOf = (code: number): string => (code > 0x10ffff ? '' : String.fromCodePoint(code))

/**
 * The part of every base64 text that contains this string, whatever precedes it: for each of the three ways in which its
 * bytes can be grouped, the characters that depend on no other bytes; in both alphabets (RFC 4648 §5).
 */
function base64CoresOf(text: string): readonly string[] {
  const cores = [0, 1, 2].flatMap(before => {
    const bytes = Buffer.from(' '.repeat(before) + text)
    const core = bytes
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [...new Set(cores)]
}

function withoutRun(text: string, core: string): string {
  if (!text.includes(core)) return text
  const [first = '', ...rest] = text.split(core)
  return rest.reduce(
    (left, part) => `${left.replace(/(?<![\w+/-])[\w+/-]+$/, '')}${stars}${part.replace(/^[\w+/=-]+/, '')}`,
    first,
  )
}

// Session cookies that a server sets are as valuable as a token.
const hidden = /^((proxy-)?authorization|(set-)?cookie|x-api-key)$/i

export type MaskHeaders = (headers: Headers) => Headers

/** Returns a function that masks the values of headers with secrets completely, even short ones. */
export function createHeadersMask({ headers }: Pick<Credentials, 'headers'>, mask: Mask): MaskHeaders {
  const given = new Set(Object.keys(headers).map(name => name.toLowerCase()))
  const isSecret = (name: string) => hidden.test(name) || given.has(name.toLowerCase())
  return all =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [mask(name), isSecret(name) ? stars : mask(value)]),
    )
}

/** Masks the secrets in all strings and names of a value, since a server may return a token anywhere. */
export function masked<T>(value: T, mask: Mask): T
export function masked(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map(item => masked(item, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [mask(name), masked(item, mask)]))
}
