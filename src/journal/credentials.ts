import { minSecretLength, type Secret, type SecretPattern } from '../redaction/redactor.ts'
import { tokenEnding, tokenPrefix } from '../tenants/tokens.ts'

/** What stands where a secret stood. */
export const mark = '***'

/** How a masked filter ends of which the rest couldn't be told from a secret. */
export const maskedRest = ` ${mark}`

/** Finds the names of secrets in texts: names of attributes, paths, filters, whole bodies. */
export type SecretMatcher = {
  /** Whether a name stands somewhere in the text, be it as part of a word: cheap, and never wrongly no. */
  readonly mayContainName: (text: string) => boolean
  /** Whether a name or path leads to a secret: `x`, `urn:…:User:x`, `x.value`, `x[type eq "work"]`, in any case. */
  readonly isSecretPath: (path: string) => boolean
  /** The filter or path with a mark for each value that a secret is compared with. */
  readonly maskFilter: (filter: string) => string
  /** A sentence that quotes what a client wrote, with a mark for what stands there behind a secret's name. */
  readonly maskQuoted: (sentence: string) => string
  /** Words about a request, without what is joined to a secret's name: `password:x` is called `password`. */
  readonly maskSummary: (words: string) => string
}

const matchesNothing: SecretMatcher = {
  mayContainName: () => false,
  isSecretPath: () => false,
  maskFilter: filter => filter,
  maskQuoted: sentence => sentence,
  maskSummary: words => words,
}

// What may follow a secret's name in a filter: nothing, or `pr`, which tells no value …
const harmlessEnd = String.raw`(?:\s+pr(?![^\s)\]])|\s*$)`
// … or an operator and a value in proper quotes. All else is broken, and hidden to its end.
const quotedComparison = String.raw`((?:\.[\w$-]+)?\s+[a-z]{2}\s+)"(?:[^"\\]|\\.)*"(?=[\s)\]]|$)`

const escapeName = (name: string) => name.replace(/\W/g, String.raw`\$&`)

export function createSecretMatcher(names: readonly string[]): SecretMatcher {
  if (names.length === 0) return matchesNothing
  const anyName = names.map(escapeName).join('|')
  const wholeName = String.raw`(?<![\w$-])(?:${anyName})(?![\w$-])`
  const anywhere = new RegExp(anyName, 'i')
  const asPart = new RegExp(wholeName, 'i')
  const compared = new RegExp(`(${wholeName})(?:(${harmlessEnd})|${quotedComparison}|.+$)`, 'gis')
  // The client's text may hold quotes itself, so it is hidden up to the last one.
  const quoted = new RegExp(`^([^"]*"[^]*?${wholeName})(?!")[^]*"`, 'i')
  const joined = new RegExp(`(${wholeName})[:.[][^\\s,]*`, 'gi')
  const maskOne = (_: string, name: string, end: string | undefined, operator: string | undefined) => {
    if (end !== undefined) return name + end
    return operator === undefined ? name + maskedRest : `${name}${operator}"${mark}"`
  }
  return {
    mayContainName: text => anywhere.test(text),
    isSecretPath: path => asPart.test(path),
    maskFilter: filter => filter.replace(compared, maskOne),
    maskQuoted: sentence => sentence.replace(quoted, `$1${maskedRest}"`),
    maskSummary: words => words.replace(joined, '$1'),
  }
}

type Headers = Readonly<Record<string, unknown>>

/** A token is told by its ending, as in its own header; `***` says that something was taken out here. */
export const toTokenSecret = (text: string): Secret => ({ text, placeholder: `${mark}…${tokenEnding(text)}` })

/** Tokens of our own making, also those whose slashes were taken for those of a path. */
export const issuedTokens: SecretPattern = {
  prefix: tokenPrefix,
  pattern: new RegExp(`${tokenPrefix}(?:[\\w+/=-]|%2[bf]|%3d){200,520}`, 'gi'),
  placeholderFor: text => toTokenSecret(decodePercent(text)).placeholder,
}

// Nothing of a password: its last characters are its end.
const toPasswordSecret = (text: string): Secret => ({ text, placeholder: `${mark}…` })

/** What a header of each name holds that is a secret as a whole. */
const secretHeaders: ReadonlyMap<string, 'authorization' | 'token' | 'session' | 'password'> = new Map([
  ['authorization', 'authorization'],
  ['proxy-authorization', 'authorization'],
  ['x-api-key', 'token'],
  ['api-key', 'token'],
  ['x-auth-token', 'token'],
  ['x-access-token', 'token'],
  ['x-amz-security-token', 'token'],
  ['cookie', 'session'],
  ['set-cookie', 'session'],
  ['password', 'password'],
  ['x-password', 'password'],
])

const headerKind = (header: string) => secretHeaders.get(header.toLowerCase())

const parameters =
  /^((access|refresh|id|auth)[_-]?)?token$|^(x-)?api[_-]?key$|^x-(auth-token|access-token|amz-security-token)$/i
const secretParameters = /^(password|client[_-]secret)$/i

/** Whether a parameter of a URL by this name holds a token (RFC 6750 §2.3). */
export const isTokenParameter = (parameter: string): boolean => parameters.test(parameter)

/** Whether a parameter of a URL by this name holds another secret. */
export const isSecretParameter = (parameter: string): boolean => secretParameters.test(parameter)

/** The value of a header that holds a credential as the journal shows it; undefined for any other header. */
export function maskHeader(name: string, value: string): string | undefined {
  const secret = headerKind(name)
  if (secret === undefined) return undefined
  return secret === 'authorization' ? maskAuthorization(value) : mark
}

/** Scheme and rest; the scheme is absent where nobody knows it. */
function readAuthorization(value: string): { readonly scheme?: string; readonly rest: string } {
  const [, scheme, rest] = /^(bearer|token|basic|digest|negotiate|ntlm)\s+(.*)$/is.exec(value) ?? []
  return scheme === undefined || rest === undefined ? { rest: value.trim() } : { scheme, rest: rest.trim() }
}

const isTokenScheme = (scheme: string) => /^(bearer|token)$/i.test(scheme)

// The scheme stays as it was spelt: a wrong one, or none at all, is a common mistake.
function maskAuthorization(value: string): string {
  const { scheme, rest } = readAuthorization(value)
  if (scheme === undefined) return `…${tokenEnding(rest)}`
  return isTokenScheme(scheme) ? `${scheme} …${tokenEnding(rest)}` : `${scheme} …`
}

/** So many are looked for everywhere, since each takes its time. Nobody has more; what is named as one is masked anyway. */
const maxCredentials = 32

/**
 * What a request presented as credentials: in its headers, as parameters of its URL and as user info in any URL.
 * Longest first, so that replacing one leaves no rest of another.
 */
export function findCredentials(url: string, headers: Headers): readonly Secret[] {
  const authorized: Secret[] = []
  const others: Secret[] = []
  for (const name in headers) {
    const value = String(headers[name])
    const secret = headerKind(name)
    if (secret === 'authorization') authorized.push(...fromAuthorization(value))
    else if (secret === 'token') others.push(...fromWords(value))
    else if (secret === 'password') others.push(toPasswordSecret(value))
    else if (isUrlHeader(name, value)) others.push(...fromUrl(value))
  }
  return longestFirst([...authorized, ...fromUrl(url), ...others], maxCredentials)
}

/**
 * Each text once, the longest first, of the first `most`; those that are too short to be told from ordinary words are
 * left out.
 */
export function longestFirst(
  credentials: readonly Secret[],
  most = Number.POSITIVE_INFINITY,
): readonly Secret[] {
  const byText = new Map<string, Secret>()
  for (const credential of credentials) {
    if (byText.size === most) break
    if (credential.text.length >= minSecretLength && !byText.has(credential.text))
      byText.set(credential.text, credential)
  }
  if (byText.size < 2) return [...byText.values()]
  return [...byText.values()].sort((one, other) => other.text.length - one.text.length)
}

function fromAuthorization(value: string): readonly Secret[] {
  const { scheme, rest } = readAuthorization(value)
  if (scheme !== undefined && /^basic$/i.test(scheme)) return [toPasswordSecret(rest), ...fromBasic(rest)]
  return scheme === undefined || isTokenScheme(scheme) ? fromWords(rest) : [toPasswordSecret(rest)]
}

/** People paste "Bearer …" where only the token belongs. */
const fromWords = (value: string): readonly Secret[] =>
  /\s/.test(value) ? [value, ...value.split(/\s+/)].map(toTokenSecret) : [toTokenSecret(value)]

/** RFC 7617; a token is often sent as the name, without a password. */
function fromBasic(encoded: string): readonly Secret[] {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const password = decoded.slice(colon + 1)
  return [toPasswordSecret(password === '' ? decoded.slice(0, colon) : password)]
}

function fromUrl(url: string): Secret[] {
  const found: Secret[] = []
  const infos = url.includes('@') ? url.matchAll(userInfos) : []
  for (const [, userInfo = ''] of infos) {
    const [name = '', ...password] = userInfo.split(':')
    found.push(toPasswordSecret(decodePercent(password.length === 0 ? name : password.join(':'))))
  }
  if (!mayContainSecretName.test(url)) return found
  const query = url.search(/[?#]/)
  if (query < 0) return found
  for (const parameter of url.slice(query + 1).split(/[&#]/)) {
    const [name = ''] = parameter.split('=', 1)
    const value = decodePercent(parameter.slice(name.length + 1))
    if (isTokenParameter(decodePercent(name))) found.push(...fromWords(value))
    else if (isSecretParameter(decodePercent(name))) found.push(toPasswordSecret(value))
  }
  return found
}

/** Never wrongly no: a name may be written with escapes. */
const mayContainSecretName = /token|key|password|secret|[?&#][^=&#]*%/i

/** Names and passwords before the host (RFC 3986 §3.2.1). */
const userInfos = /\b[a-z][a-z\d+.-]{0,20}:\/\/([^/?#\s@]*)@/gi

/** A URL, or a text with URLs in it, without the names and passwords before hosts. */
export const removeUserInfo = (url: string): string =>
  url.includes('@')
    ? url.replace(userInfos, (whole, info: string) => `${whole.slice(0, -1 - info.length)}${mark}@`)
    : url

/** Whether a header's value is to be read as a URL. */
export const isUrlHeader = (name: string, value: string): boolean =>
  value.includes('://') || name.toLowerCase() === 'referer'

/** The text as it is where its percent-encoding is broken. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
