import { compact, isShallow, type Json } from '../../scim/json.ts'
import { maxDepth, type RecordedRequest, type RecordedResponse } from './recording.ts'

/** Secrets are not removed yet. */
export type Captured = {
  readonly name?: string
  /** ISO 8601. */
  readonly at: string
  readonly method: string
  /** Path and query; with scheme and host where they are known. */
  readonly url: string
  readonly request: CapturedMessage
  readonly response: CapturedMessage & { readonly status: number }
}

export type CapturedMessage = {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** True if the body is missing, or not complete. */
  readonly isCut: boolean
}

/** Servers act on these headers, or they show a client. Others belong to one connection or may hold secrets. */
const requestHeaders = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'authorization', 'connection'],
  ...['content-type', 'if-match', 'if-none-match', 'prefer', 'user-agent'],
])
const responseHeaders = new Set([...['content-type', 'etag', 'location', 'retry-after', 'www-authenticate']])

const pick = (
  headers: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
): Record<string, string> | undefined => {
  const kept = Object.entries(headers).filter(([name]) => names.has(name.toLowerCase()))
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** The example host of all recordings: real ones name a customer. */
const exampleBase = 'https://scim.example.com'

export function toRecordedRequest(captured: Captured, base: string): RecordedRequest {
  const { name, at, method, url, request, response } = captured
  const own = hostsOf(base)
  const missing = [
    ...(request.isCut ? (['request-body'] as const) : []),
    ...(response.isCut ? (['response-body'] as const) : []),
  ]
  return {
    ...compact({ name }),
    at,
    method,
    path: pathOf(url).slice(base.length),
    ...compact({ headers: pick(request.headers, requestHeaders) }),
    ...bodyOf(request, own),
    response: toRecordedResponse(response, own),
    ...(missing.length > 0 && { missing }),
  }
}

const toRecordedResponse = (response: Captured['response'], own: RegExp): RecordedResponse => {
  const headers = pick(response.headers, responseHeaders)
  const anonymous =
    headers &&
    Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace(own, exampleBase)] as const),
    )
  return { status: response.status, ...compact({ headers: anonymous }), ...bodyOf(response, own) }
}

/** Some servers escape slashes in JSON. */
const hostsOf = (base: string): RegExp => {
  const slash = String.raw`\\?/`
  const path = base.replace(/[^\w/]/g, String.raw`\$&`).replaceAll('/', slash)
  return new RegExp(String.raw`https?:${slash}${slash}[^/"\s\\]+${path}(?=\\?[/"]|$)`, 'g')
}

export const pathOf = (url: string): string => url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '')

function bodyOf(
  { body, isCut }: CapturedMessage,
  own: RegExp,
): { readonly body: Json } | { readonly bodyText: string } | object {
  if (body === undefined || body === '' || isCut) return {}
  const text = body.replace(own, exampleBase)
  try {
    const value: Json = JSON.parse(text)
    const isSame = withoutSpace(JSON.stringify(value)) === withoutSpace(text)
    // A number may lose digits, a name may occur twice, a character may be escaped: the text shows it.
    if (isSame && isShallow(value, maxDepth)) return { body: value }
  } catch {
    // Not JSON.
  }
  return { bodyText: text }
}

const withoutSpace = (text: string): string => text.replace(/\s/g, '')
