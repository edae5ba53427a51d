import type { Json } from '../json.ts'
import type { Headers, Method } from '../stage.ts'

export const writes = (method: Method, path: string): boolean =>
  !/^(GET|HEAD|OPTIONS)$/.test(method) && !(method === 'POST' && /\/\.search(\?.*)?$/.test(path))

export const bytesOf = (body: Json | string | undefined): Buffer =>
  body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

// What no request line may contain; what a check has escaped itself stays as it is.
export const escaped = (path: string): string =>
  path.toWellFormed().replace(/[^!#-;=?-[\]_a-z~]/gu, encodeURIComponent)

const scimJson = 'application/scim+json'

type Own = { readonly token: string | undefined; readonly headers: Headers }

/** Those given replace the usual ones, whatever their case; an empty one leaves a header out. */
export function headersOf({ token, headers }: Own, hasBody: boolean, given: Headers): Headers {
  const all = new Map<string, readonly [name: string, value: string]>()
  const put = (more: Headers) => {
    for (const [name, value] of Object.entries(more)) all.set(name.toLowerCase(), [name, value])
  }
  put({ Accept: scimJson, 'User-Agent': 'scim-compliance' })
  if (token !== undefined) put({ Authorization: `Bearer ${token}` })
  if (hasBody) put({ 'Content-Type': scimJson })
  put(headers)
  put(given)
  const sent = [...all.values()].filter(([, value]) => value !== '')
  return Object.fromEntries(sent.map(([name, value]) => [name, value.replaceAll('{token}', token ?? '')]))
}

export function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
