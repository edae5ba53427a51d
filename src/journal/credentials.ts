import { type Secret, type SecretForm, shortestSecret } from '../secrets/hide.ts'
import { endingOf, tokenBeginning } from '../tenants/tokens.ts'
import { mark } from './secret-text.ts'

type Headers = Readonly<Record<string, unknown>>

/** A token is told by its ending, as in its own header; `***` says that something was taken out here. */
export const tokenIn = (text: string): Secret => ({ text, shown: `${mark}…${endingOf(text)}` })

/** Tokens of our own making, also those whose slashes were taken for those of a path. */
export const ownTokens: SecretForm = {
  beginning: tokenBeginning,
  whole: new RegExp(`${tokenBeginning}(?:[\\w+/=-]|%2[bf]|%3d){200,520}`, 'gi'),
  shown: text => tokenIn(percentDecoded(text)).shown,
}

// Nothing of a password: its last characters are its end.
const passwordIn = (text: string): Secret => ({ text, shown: `${mark}…` })

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

const secretIn = (header: string) => secretHeaders.get(header.toLowerCase())

const parameters =
  /^((access|refresh|id|auth)[_-]?)?token$|^(x-)?api[_-]?key$|^x-(auth-token|access-token|amz-security-token)$/i
const secretParameters = /^(password|client[_-]secret)$/i

/** Whether a parameter of a URL by this name holds a token (RFC 6750 §2.3). */
export const namesToken = (parameter: string): boolean => parameters.test(parameter)

/** Whether a parameter of a URL by this name holds another secret. */
export const namesSecret = (parameter: string): boolean => secretParameters.test(parameter)

/** The value of a header that holds a credential as the journal shows it; undefined for any other header. */
export function shownHeader(name: string, value: string): string | undefined {
  const secret = secretIn(name)
  if (secret === undefined) return undefined
  return secret === 'authorization' ? shownAuthorization(value) : mark
}

/** Scheme and rest; the scheme is absent where nobody knows it. */
function readAuthorization(value: string): { readonly scheme?: string; readonly rest: string } {
  const [, scheme, rest] = /^(bearer|token|basic|digest|negotiate|ntlm)\s+(.*)$/is.exec(value) ?? []
  return scheme === undefined || rest === undefined ? { rest: value.trim() } : { scheme, rest: rest.trim() }
}

const isTokenScheme = (scheme: string) => /^(bearer|token)$/i.test(scheme)

// The scheme stays as it was spelt: a wrong one, or none at all, is a common mistake.
function shownAuthorization(value: string): string {
  const { scheme, rest } = readAuthorization(value)
  if (scheme === undefined) return `…${endingOf(rest)}`
  return isTokenScheme(scheme) ? `${scheme} …${endingOf(rest)}` : `${scheme} …`
}

/** So many are looked for everywhere, since each takes its time. Nobody has more; what is named as one is masked anyway. */
const mostCredentials = 32

/**
 * What a request presented as credentials: in its headers, as parameters of its URL and as user info in any URL.
 * Longest first, so that replacing one leaves no rest of another.
 */
export function credentialsIn(url: string, headers: Headers): readonly Secret[] {
  const authorized: Secret[] = []
  const others: Secret[] = []
  for (const name in headers) {
    const value = String(headers[name])
    const secret = secretIn(name)
    if (secret === 'authorization') authorized.push(...inAuthorization(value))
    else if (secret === 'token') others.push(...inWords(value))
    else if (secret === 'password') others.push(passwordIn(value))
    else if (holdsUrl(name, value)) others.push(...inUrl(value))
  }
  return longestFirst([...authorized, ...inUrl(url), ...others], mostCredentials)
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
    if (credential.text.length >= shortestSecret && !byText.has(credential.text))
      byText.set(credential.text, credential)
  }
  if (byText.size < 2) return [...byText.values()]
  return [...byText.values()].sort((one, other) => other.text.length - one.text.length)
}

function inAuthorization(value: string): readonly Secret[] {
  const { scheme, rest } = readAuthorization(value)
  if (scheme !== undefined && /^basic$/i.test(scheme)) return [passwordIn(rest), ...inBasic(rest)]
  return scheme === undefined || isTokenScheme(scheme) ? inWords(rest) : [passwordIn(rest)]
}

/** People paste "Bearer …" where only the token belongs. */
const inWords = (value: string): readonly Secret[] =>
  /\s/.test(value) ? [value, ...value.split(/\s+/)].map(tokenIn) : [tokenIn(value)]

/** RFC 7617; a token is often sent as the name, without a password. */
function inBasic(encoded: string): readonly Secret[] {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const password = decoded.slice(colon + 1)
  return [passwordIn(password === '' ? decoded.slice(0, colon) : password)]
}

function inUrl(url: string): Secret[] {
  const found: Secret[] = []
  const infos = url.includes('@') ? url.matchAll(userInfos) : []
  for (const [, userInfo = ''] of infos) {
    const [name = '', ...password] = userInfo.split(':')
    found.push(passwordIn(percentDecoded(password.length === 0 ? name : password.join(':'))))
  }
  if (!mayNameSecret.test(url)) return found
  const query = url.search(/[?#]/)
  if (query < 0) return found
  for (const parameter of url.slice(query + 1).split(/[&#]/)) {
    const [name = ''] = parameter.split('=', 1)
    const value = percentDecoded(parameter.slice(name.length + 1))
    if (namesToken(percentDecoded(name))) found.push(...inWords(value))
    else if (namesSecret(percentDecoded(name))) found.push(passwordIn(value))
  }
  return found
}

/** Never wrongly no: a name may be written with escapes. */
const mayNameSecret = /token|key|password|secret|[?&#][^=&#]*%/i

/** Names and passwords before the host (RFC 3986 §3.2.1). */
const userInfos = /\b[a-z][a-z\d+.-]{0,20}:\/\/([^/?#\s@]*)@/gi

/** A URL, or a text with URLs in it, without the names and passwords before hosts. */
export const withoutUserInfo = (url: string): string =>
  url.includes('@')
    ? url.replace(userInfos, (whole, info: string) => `${whole.slice(0, -1 - info.length)}${mark}@`)
    : url

/** Whether a header's value is to be read as a URL. */
export const holdsUrl = (name: string, value: string): boolean =>
  value.includes('://') || name.toLowerCase() === 'referer'

/** The text as it is where its percent-encoding is broken. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
