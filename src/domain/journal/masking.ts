import { type Attribute, subAttributesOf } from '../../scim/attribute.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { isSecret } from '../../scim/secrets.ts'
import {
  createSecretMatcher,
  decodePercent,
  isSecretParameter,
  isTokenParameter,
  isUrlHeader,
  mark,
  maskedRest,
  maskHeader,
  mayContainCredential,
  removeUserInfo,
  type SecretMatcher,
  shownEnding,
} from './credentials.ts'

export const withheldBody = '(Withheld: it names a secret attribute and could not be read as JSON.)'

/** Levels of JSON in strings that are parsed. Deeper nesting does not happen by mistake, and each level costs as much as the first. */
const maxTextLevels = 3

const maxDetail = 1000

const expressionMembers = new Set(['path', 'filter', 'op'])

function maskBody(secret: SecretMatcher, text: string, level = 0): string {
  // A name may contain escapes: "p\u0061ssword".
  const escapes = text.includes('\\u')
  if (!escapes && !secret.mayContainName(text)) return text
  try {
    const masking = createMasking(secret, level)
    const masked = masking.mask(JSON.parse(text))
    return masking.found() ? JSON.stringify(masked) : text
  } catch {
    return secret.mayContainName(escapes ? decodeEscapes(text) : text) ? withheldBody : text
  }
}

const decodeEscapes = (text: string) =>
  text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

function createMasking(secret: SecretMatcher, level: number) {
  let found = false
  const hide = (): Json => {
    found = true
    return mark
  }
  const noted = (text: string, masked: string): Json => {
    if (masked !== text) found = true
    return masked
  }
  // Some clients send the value of a PATCH operation as JSON in a string.
  const maskedText = (text: string): Json => {
    if (!/^\s*[[{]/.test(text)) return text
    if (level < maxTextLevels) return noted(text, maskBody(secret, text, level + 1))
    return text.includes('\\u') || secret.mayContainName(text) ? hide() : text
  }
  const maskMember = (name: string, value: Json, targetIsSecret: boolean): Json => {
    const folded = name.toLowerCase()
    if (secret.isSecretPath(name) || (targetIsSecret && folded === 'value')) return hide()
    if (typeof value === 'string' && expressionMembers.has(folded)) {
      return noted(value, secret.maskFilter(value))
    }
    if (typeof value === 'string' && folded === 'detail') {
      return noted(
        value,
        value.length > maxDetail ? secret.maskRest(value, maxDetail) : secret.maskQuoted(value),
      )
    }
    return mask(value)
  }
  const maskObject = (object: JsonObject): Json => {
    const targetIsSecret = Object.entries(object).some(
      ([name, value]) =>
        name.toLowerCase() === 'path' && typeof value === 'string' && secret.isSecretPath(value),
    )
    // From entries, because a member may be called __proto__.
    return Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        // A malformed path used as a name may contain a value.
        secret.isSecretPath(name) ? secret.maskFilter(name) : name,
        maskMember(name, value, targetIsSecret),
      ]),
    )
  }
  const mask = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(mask)
    if (typeof json === 'string') return maskedText(json)
    return isObject(json) ? maskObject(json) : json
  }
  return { mask, found: () => found }
}

/** Also masks tokens in parameters (RFC 6750 §2.3) and user info. A URL without secrets stays unchanged. */
function maskUrl(secret: SecretMatcher, received: string): string {
  const url = removeUserInfo(received)
  const start = url.search(/[?#]/) + 1
  if (start === 0) return url
  const query = url.slice(start)
  const readable = decodeParameter(query)
  if (!secret.mayContainName(readable) && !mayContainCredential(readable)) return url
  return url.slice(0, start) + maskQuery(secret, query)
}

function maskQuery(secret: SecretMatcher, query: string): string {
  let shown = ''
  for (const [, separator = '', parameter = ''] of query.matchAll(/(^|[&#])([^&#]*)/g)) {
    const masked = maskParameter(secret, parameter)
    shown += separator + masked
    // The value may contain an unescaped &: what follows may be the rest of the secret.
    if (masked.endsWith(encodeURIComponent(maskedRest))) break
  }
  return shown
}

function maskParameter(secret: SecretMatcher, parameter: string): string {
  if (parameter === '') return ''
  const [written = ''] = parameter.split('=', 1)
  const name = decodeParameter(written).toLowerCase()
  const value = decodeParameter(parameter.slice(written.length + 1))
  if (isTokenParameter(name)) {
    return `${written}=${encodeURIComponent(`…${shownEnding(decodePercent(parameter.slice(written.length + 1)))}`)}`
  }
  if (secret.isSecretPath(name) || isSecretParameter(name)) return `${written}=${mark}`
  // Lists of names contain no values.
  if (/^(excluded)?attributes$|^sortby$/.test(name)) return parameter
  const masked = secret.maskFilter(value)
  return masked === value ? parameter : `${written}=${encodeURIComponent(masked.toWellFormed())}`
}

function decodeParameter(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced.replace(/%([0-7][0-9a-f])/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
  }
}

/** RFC 7643 §7. A complex attribute counts as a whole: masking every `value` would hide half of each request. */
export const secretAttributeNames = (types: readonly ResourceType[]): readonly string[] => [
  ...new Set(types.flatMap(({ attributes }) => attributes.flatMap(collectSecretNames))),
]

const collectSecretNames = (attribute: Attribute): readonly string[] => {
  if (isSecret(attribute)) return [attribute.name]
  const parts = subAttributesOf(attribute)
  if (attribute.extension) return parts.flatMap(collectSecretNames)
  return parts.some(part => collectSecretNames(part).length > 0) ? [attribute.name] : []
}

type Headers = Readonly<Record<string, string>>

export type Mask = {
  readonly headers: (headers: Readonly<Record<string, unknown>>) => Headers
  readonly url: (url: string) => string
  /** Takes the whole body: a truncated one can't be parsed and is withheld if it names a secret. */
  readonly body: (text: string) => string
  readonly form: (text: string) => string
  readonly detail: (sentence: string) => string
  readonly summary: (words: string) => string
}

export type MaskFor = (types?: readonly ResourceType[]) => Mask

export type SecretNamesFor = (types?: readonly ResourceType[]) => string

export function createSecretNames(
  names: readonly string[],
  typesOfTenants: () => readonly (readonly ResourceType[])[] = () => [],
): SecretNamesFor {
  const others = memoize((types: readonly ResourceType[]) =>
    secretAttributeNames(types).filter(name => !names.includes(name)),
  )
  const withUsual = (more: readonly string[]) => [...names, ...new Set(more)].join(nameSeparator)
  const ofTypes = memoize((types: readonly ResourceType[]) => withUsual(others(types)))
  return types => (types ? ofTypes(types) : withUsual(typesOfTenants().flatMap(others)))
}

/** Names of attributes contain no line end. */
const nameSeparator = '\n'

/** Tenants with equal secret attributes share a mask; each declared set of resource types may have its own. */
const maxMasks = 100
const masks = new Map<string, Mask>()

export function maskOf(names: string): Mask {
  const known = masks.get(names)
  if (known) return known
  if (masks.size >= maxMasks) masks.clear()
  const mask = createMask(names === '' ? [] : names.split(nameSeparator))
  masks.set(names, mask)
  return mask
}

export function createMask(names: readonly string[]): Mask {
  const secret = createSecretMatcher(names)
  const url = (text: string) => maskUrl(secret, text)
  return {
    headers: headers => maskHeaders(headers, url),
    url,
    body: text => maskBody(secret, text),
    form: text => maskQuery(secret, text),
    detail: secret.maskQuoted,
    summary: secret.maskSummary,
  }
}

type MaskText = (text: string) => string

/** Runs for each request, so it is a plain loop. */
function maskHeaders(headers: Readonly<Record<string, unknown>>, maskUrlIn: MaskText): Headers {
  const masked: Record<string, string> = {}
  for (const name in headers) {
    const value = String(headers[name])
    masked[name] = maskHeader(name, value) ?? (isUrlHeader(name, value) ? maskUrlIn(value) : value)
  }
  return masked
}
