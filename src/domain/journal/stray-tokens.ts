import { minSecretLength, type Secret } from '../../scim/redaction/redactor.ts'
import { decodePercent, isUrlHeader, toTokenSecret } from './credentials.ts'

type Wire = {
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string | undefined
}

const maxTexts = 256
const longest = 4096
const bodyLength = 64 * 1024

/**
 * Finds tokens in wrong places: as the tenant, in a path, a parameter, another header or a body. Tokens are known only
 * by their hashes, so `isToken` is called for each text that could be one.
 */
export function findStrayTokens(wire: Wire, isToken: (text: string) => boolean): readonly Secret[] {
  const found: Secret[] = []
  let checked = 0
  for (const text of collectTexts(wire)) {
    checked += 1
    if (checked > maxTexts) break
    if (text.length >= minSecretLength && text.length <= longest && isToken(text))
      found.push(toTokenSecret(text))
  }
  return found
}

/** Set by HTTP libraries, so they never contain a pasted token. */
const connectionHeaders = new Set(
  'host connection accept accept-encoding content-type content-length transfer-encoding'.split(' '),
)

function* collectTexts({ url, headers, body }: Wire): Generator<string> {
  yield* urlTexts(url)
  for (const name in headers) {
    if (connectionHeaders.has(name)) continue
    const value = String(headers[name])
    yield value
    if (isUrlHeader(name, value)) yield* urlTexts(value)
    else if (/[\s=,;]/.test(value)) yield* splitWords(value)
  }
  if (body !== undefined) yield* bodyTexts(body.slice(0, bodyLength))
}

function* bodyTexts(body: string): Generator<string> {
  if (!/^\s*[[{]/.test(body)) {
    yield* parameterTexts(body)
    yield* splitWords(body)
  }
  yield* jsonStrings(body)
}

/** `Secret …`, `key="…"` and `a; b=…`; a token may hold an equals sign itself. */
function* splitWords(value: string): Generator<string> {
  for (const word of value.split(/[\s,;"]+/)) {
    yield word
    if (word.includes('=')) yield word.slice(word.indexOf('=') + 1)
  }
}

function* urlTexts(url: string): Generator<string> {
  const [path = '', ...queries] = url.split(/[?#]/)
  // A token in place of the tenant may contain slashes.
  const tenant = /^(?:https?:\/\/[^/]*)?\/(.+?)\/scim(?:\/|$)/i.exec(path)?.[1]
  if (tenant?.includes('/')) yield decodePercent(tenant)
  for (const segment of path.split('/')) if (segment !== '') yield decodePercent(segment)
  for (const query of queries) yield* parameterTexts(query)
}

function* parameterTexts(query: string): Generator<string> {
  for (const parameter of query.split('&')) {
    yield decodePercent(parameter)
    const name = parameter.split('=', 1)[0] ?? ''
    yield decodePercent(parameter.slice(name.length + 1))
  }
}

function* jsonStrings(json: string): Generator<string> {
  // Matches at every quote, so no part of a text is scanned twice.
  for (const [, text = ''] of json.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?$)/gs)) {
    yield text.includes('\\') ? decodeJson(text) : text
    if (text.includes(' ')) yield text.slice(text.lastIndexOf(' ') + 1)
  }
}

function decodeJson(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return text
  }
}
