import type { HttpHeaders, HttpMethod } from '../check.ts'
import type { Json } from '../scim.ts'

export const isWrite = (method: HttpMethod, path: string): boolean =>
  !/^(GET|HEAD|OPTIONS)$/.test(method) && !(method === 'POST' && /\/\.search(\?.*)?$/.test(path))

export const bodyBytes = (body: Json | string | undefined): Buffer =>
  body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

// Characters that a request line must not contain; escapes of a check are left unchanged.
export const escapedPath = (path: string): string =>
  path.toWellFormed().replace(/[^!#-;=?-[\]_a-z~]/gu, encodeURIComponent)

const scimJson = 'application/scim+json'

export const userAgent = 'scim-compliance'

type Own = { readonly token: string | undefined; readonly headers: HttpHeaders }

/** Given headers override the defaults, ignoring case; an empty value omits a header. */
export function requestHeaders({ token, headers }: Own, hasBody: boolean, given: HttpHeaders): HttpHeaders {
  const all = new Map<string, readonly [name: string, value: string]>()
  const put = (more: HttpHeaders) => {
    for (const [name, value] of Object.entries(more)) all.set(name.toLowerCase(), [name, value])
  }
  put({ Accept: scimJson, 'User-Agent': userAgent })
  if (token !== undefined) put({ Authorization: `Bearer ${token}` })
  if (hasBody) put({ 'Content-Type': scimJson })
  put(headers)
  put(given)
  const sent = [...all.values()].filter(([, value]) => value !== '')
  return Object.fromEntries(sent.map(([name, value]) => [name, value.replaceAll('{token}', token ?? '')]))
}

/** RFC 7643 §2.3.8 has two levels of attributes; much deeper nesting can't be valid. */
const mostLevels = 200

/** Undefined if it isn't JSON, or nested too deeply to be traversed. */
export function parseJson(text: string): Json | undefined {
  try {
    const json: Json = JSON.parse(text)
    return mayBeTooDeep(text) && isTooDeep(json) ? undefined : json
  } catch {
    return undefined
  }
}

/** Each level has a bracket. Most responses have fewer, and counting them takes less time than visiting all values. */
function mayBeTooDeep(text: string): boolean {
  let brackets = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++brackets > mostLevels) return true
  }
  return false
}

/** Ends at the deepest permitted level, so that no text overflows the stack. */
function isTooDeep(json: Json, levels = mostLevels): boolean {
  if (levels < 0) return true
  return (
    typeof json === 'object' &&
    json !== null &&
    Object.values(json).some(value => isTooDeep(value, levels - 1))
  )
}
