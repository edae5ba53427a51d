import { minSecretLength, type Secret, type SecretPattern } from '../../scim/redaction/redactor.ts'
import { isJwt } from '../tenants/credential.ts'
import { accessTokenPrefix, secretPrefix, tokenEnding, tokenPrefix } from '../tenants/tokens.ts'

export const mark = '***'

/** The end of a masked filter whose rest may be part of the secret. */
export const maskedRest = ` ${mark}`

export type SecretMatcher = {
  /** Whether the text contains a name, even as part of a word. Cheap; may match too often, but never misses one. */
  readonly mayContainName: (text: string) => boolean
  readonly isSecretPath: (path: string) => boolean
  readonly maskFilter: (filter: string) => string
  readonly maskQuoted: (sentence: string) => string
  readonly maskRest: (sentence: string, longest: number) => string
  readonly maskSummary: (words: string) => string
}

const matchesNothing: SecretMatcher = {
  mayContainName: () => false,
  isSecretPath: () => false,
  maskFilter: filter => filter,
  maskQuoted: sentence => sentence,
  maskRest: sentence => sentence,
  maskSummary: words => words,
}

// What may follow the name of a secret in a filter: nothing, or `pr`, which has no value …
const harmlessEnd = String.raw`(?:\s+pr(?![^\s)\]])|\s*$)`
// … or an operator and a quoted value. Anything else is malformed, and masked to its end.
const quotedComparison = String.raw`((?:\.[\w$-]+)?\s+[a-z]{2}\s+)"(?:[^"\\]|\\.)*"(?=[\s)\]]|$)`

const escapeName = (name: string) => name.replace(/\W/g, String.raw`\$&`)

export function createSecretMatcher(names: readonly string[]): SecretMatcher {
  if (names.length === 0) return matchesNothing
  const anyName = names.map(escapeName).join('|')
  const wholeName = String.raw`(?<![\w$-])(?:${anyName})(?![\w$-])`
  const anywhere = new RegExp(anyName, 'i')
  const asPart = new RegExp(wholeName, 'i')
  const compared = new RegExp(`(${wholeName})(?:(${harmlessEnd})|${quotedComparison}|.+$)`, 'gis')
  const eachName = new RegExp(wholeName, 'gi')
  const joined = new RegExp(`(${wholeName})[:.[][^\\s,]*`, 'gi')
  const maskOne = (_: string, name: string, end: string | undefined, operator: string | undefined) => {
    if (end !== undefined) return name + end
    return operator === undefined ? name + maskedRest : `${name}${operator}"${mark}"`
  }
  return {
    mayContainName: text => anywhere.test(text),
    isSecretPath: path => asPart.test(path),
    maskFilter: filter => filter.replace(compared, maskOne),
    // One expression for quotation mark, name and last quotation mark would take the square of the length.
    maskQuoted(sentence) {
      const first = sentence.indexOf('"')
      const last = sentence.lastIndexOf('"')
      if (first === last) return sentence
      eachName.lastIndex = first + 1
      for (let found = eachName.exec(sentence); found; found = eachName.exec(sentence)) {
        const end = eachName.lastIndex
        if (end > last) break
        // A name alone in quotation marks has no value behind it.
        if (sentence[end] !== '"') return `${sentence.slice(0, end)}${maskedRest}${sentence.slice(last)}`
      }
      return sentence
    },
    maskRest(sentence, longest) {
      const found = asPart.exec(sentence)
      if (!found) return sentence
      return sentence.slice(0, Math.min(found.index + found[0].length, longest)) + maskedRest
    },
    maskSummary: words => words.replace(joined, '$1'),
  }
}

type Headers = Readonly<Record<string, unknown>>

/**
 * The last characters of a token, which are shown. Those of a JWT are of its signature, which is not; people paste "Bearer …"
 * where only the token belongs.
 */
export const shownEnding = (text: string): string =>
  isJwt(text.slice(text.lastIndexOf(' ') + 1)) ? '' : tokenEnding(text)

export const toTokenSecret = (text: string): Secret => ({ text, placeholder: `${mark}…${shownEnding(text)}` })

const issuedByEndpoint = `(?:${accessTokenPrefix}|${secretPrefix})[\\w-]{43}`
const issuedByConsole = `${tokenPrefix}(?:[\\w+/=-]|%2[bf]|%3d){200,520}`

const issuedTokens: SecretPattern = {
  prefix: tokenPrefix,
  pattern: new RegExp(`${issuedByConsole}|${issuedByEndpoint}`, 'gi'),
  placeholderFor: text => toTokenSecret(decodePercent(text)).placeholder,
}

/**
 * JWTs, also encrypted ones: one of any issuer may be valid. A run of letters is read from its beginning only, also behind an
 * escape of a URL or of JSON.
 */
const jwts: SecretPattern = {
  prefix: 'eyJ',
  pattern:
    /(?:(?<![\w-])|(?<=%[\da-fA-F]{2}|\\[bfnrt]|\\u[\da-fA-F]{4}))eyJ[\w-]{8,}\.[\w-]*\.[\w-]{8,}(?:\.[\w-]+\.[\w-]+)?/g,
  placeholderFor: () => `${mark}…`,
}

export const tokenPatterns: readonly SecretPattern[] = [issuedTokens, jwts]

// No part of a password is shown, not even its ending.
const toPasswordSecret = (text: string): Secret => ({ text, placeholder: `${mark}…` })

const secretHeaders: ReadonlyMap<string, 'authorization' | 'token' | 'session' | 'password'> = new Map([
  ['authorization', 'authorization'],
  ['proxy-authorization', 'authorization'],
  ['x-api-key', 'token'],
  ['api-key', 'token'],
  ['x-auth-token', 'token'],
  ['x-access-token', 'token'],
  ['x-functions-key', 'token'],
  ['x-amz-security-token', 'token'],
  ['cookie', 'session'],
  ['set-cookie', 'session'],
  ['password', 'password'],
  ['x-password', 'password'],
])

const headerKind = (header: string) => secretHeaders.get(header.toLowerCase())

const parameters =
  /^((access|refresh|id|auth)[_-]?)?token$|^(x-)?(api|functions|subscription)[_-]?key$|^x-(auth-token|access-token|amz-security-token)$/i
/**
 * Of URLs that are credentials themselves: presigned ones of AWS and Google, signed ones of CloudFront, shared access signatures
 * and function keys of Azure; and the authorization codes of OAuth (RFC 6749 §4.1.2).
 */
const signatureParameters = /^(x-(amz|goog)-)?signature$|^sig$|^code$/i
const secretParameters = /^(password|client[_-]secret|(client[_-])?assertion)$/i

/** The name without `amp;`, which a URL that was copied from HTML has before its parameters. */
const plainName = (parameter: string) => (parameter.startsWith('amp;') ? parameter.slice(4) : parameter)

/** Whether a parameter of a URL by this name holds a token (RFC 6750 §2.3), a key or a signature. */
export const isTokenParameter = (parameter: string): boolean => {
  const name = plainName(parameter)
  return parameters.test(name) || signatureParameters.test(name)
}

export const isSecretParameter = (parameter: string): boolean => secretParameters.test(plainName(parameter))

export function maskHeader(name: string, value: string): string | undefined {
  const secret = headerKind(name)
  if (secret === undefined) return undefined
  return secret === 'authorization' ? maskAuthorization(value) : mark
}

function readAuthorization(value: string): { readonly scheme?: string; readonly rest: string } {
  const [, scheme, rest] = /^(bearer|token|basic|digest|negotiate|ntlm)\s+(.*)$/is.exec(value) ?? []
  return scheme === undefined || rest === undefined ? { rest: value.trim() } : { scheme, rest: rest.trim() }
}

const isTokenScheme = (scheme: string) => /^(bearer|token)$/i.test(scheme)

/** AWS Signature Version 4: the scheme, and parts separated by commas. */
const signedAuthorization = /^(AWS4-[\w-]+)\s+(.*)$/is

const signaturePattern = /\bSignature=([^\s,]{0,8})([^\s,]*)/i

/** In place of the ID of an access key, what has the form of a secret of AWS: people confuse the two. IDs of AWS have no small letters. */
const confusedSecret = /\bCredential=(?=[A-Z\d/+]*[a-z])([A-Za-z\d/+]{40})\/\d{8}\//

const maskSignedPart = (part: string): string => {
  if (/^(Credential|SignedHeaders)=/i.test(part)) return part
  const [, shown] = signaturePattern.exec(part) ?? []
  return shown === undefined ? mark : `Signature=${shown}…`
}

// The scheme is kept as sent: a wrong or missing scheme is a common mistake.
function maskAuthorization(value: string): string {
  const [, algorithm, parts] = signedAuthorization.exec(value.trim()) ?? []
  if (parts !== undefined) {
    return `${algorithm} ${parts
      .split(',')
      .map(part => maskSignedPart(part.trim()))
      .join(', ')}`
  }
  const { scheme, rest } = readAuthorization(value)
  if (scheme === undefined) return `…${shownEnding(rest)}`
  return isTokenScheme(scheme) ? `${scheme} …${shownEnding(rest)}` : `${scheme} …`
}

/** The maximum number to search for in all texts, since each costs time. Named credentials are masked anyway. */
export const maxCredentials = 32

/**
 * The credentials of a request: in headers, in URL parameters and as user info in URLs. Longest first, so that
 * replacing one leaves no rest of another.
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
  if (signedAuthorization.test(value.trim())) {
    const [, shown = '', rest = ''] = signaturePattern.exec(value) ?? []
    const [, secret] = confusedSecret.exec(value) ?? []
    return [
      { text: shown + rest, placeholder: `${shown}…` },
      ...(secret === undefined ? [] : [toTokenSecret(secret)]),
    ]
  }
  const { scheme, rest } = readAuthorization(value)
  if (scheme !== undefined && /^basic$/i.test(scheme)) return [toPasswordSecret(rest), ...fromBasic(rest)]
  return scheme === undefined || isTokenScheme(scheme) ? fromWords(rest) : [toPasswordSecret(rest)]
}

const fromWords = (value: string): readonly Secret[] =>
  /\s/.test(value) ? [value, ...value.split(/\s+/)].map(toTokenSecret) : [toTokenSecret(value)]

/** RFC 7617; clients often send a token as the user name, without a password. Clients of a token endpoint encode it as in a form. */
function fromBasic(encoded: string): readonly Secret[] {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const password = decoded.slice(colon + 1)
  const shown = password === '' ? decoded.slice(0, colon) : password
  return (shown.includes('%') ? [shown, decodePercent(shown)] : [shown]).map(toPasswordSecret)
}

function fromUrl(url: string): Secret[] {
  const found: Secret[] = []
  const infos = url.includes('@') ? url.matchAll(userInfos) : []
  for (const [, userInfo = ''] of infos) {
    const [name = '', ...password] = userInfo.split(':')
    found.push(toPasswordSecret(decodePercent(password.length === 0 ? name : password.join(':'))))
  }
  const query = url.search(/[?#]/)
  if (query >= 0) found.push(...fromParameters(url.slice(query + 1)))
  return found
}

export function fromParameters(query: string): readonly Secret[] {
  if (!mayContainCredential(query)) return []
  return query.split(/[&#]/).flatMap(parameter => {
    const [name = ''] = parameter.split('=', 1)
    const written = parameter.slice(name.length + 1)
    // Tokens contain "+", which clients often do not encode.
    if (isTokenParameter(decodePercent(name))) return fromWords(decodePercent(written))
    if (!isSecretParameter(decodePercent(name))) return []
    return [written, written.replaceAll('+', ' ')].map(decodePercent).map(toPasswordSecret)
  })
}

export const isForm = (contentType: unknown, body: string): boolean => {
  if (typeof contentType === 'string' && formType.test(contentType)) return true
  const first = body.charAt(0)
  return first !== '{' && first !== '[' && !/^\s*[[{]/.test(body) && credentialInForm.test(body)
}

const formType = /^\s*application\/x-www-form-urlencoded\b/i

const credentialInForm = /(?:^|&)[\w%.-]{0,40}(?:token|secret|assertion|password)[\w%.-]{0,40}=/i

const credentialName = /token|key|password|secret|assertion|sig|code/i
/** Each `?` begins anew, so that no text is read twice. */
const encodedName = /(?:^|[?&#])[^=&#?]*%/

/** Whether a query may have a parameter with a credential. Cheap; may match too often, but never misses one. */
export const mayContainCredential = (query: string): boolean =>
  credentialName.test(query) || encodedName.test(query)

/** Names and passwords before the host (RFC 3986 §3.2.1). */
const userInfos = /\b[a-z][a-z\d+.-]{0,20}:\/\/([^/?#\s@]*)@/gi

export const removeUserInfo = (url: string): string =>
  url.includes('@')
    ? url.replace(userInfos, (whole, info: string) => `${whole.slice(0, -1 - info.length)}${mark}@`)
    : url

export const isUrlHeader = (name: string, value: string): boolean =>
  value.includes('://') || name.toLowerCase() === 'referer'

/** Decodes percent-encoding; returns the text unchanged if it is malformed. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
