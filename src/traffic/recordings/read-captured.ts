import * as z from 'zod'
import { withheldBody } from '../../domain/journal/masking.ts'
import { compact, isShallow, type Json } from '../../scim/json.ts'
import { explainIssues, UnusableRecording } from './errors.ts'
import { maxDepth, type RecordedRequest, type RecordedResponse } from './recording.ts'

const messageSchema = z.object({
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  cutFrom: z.int().optional(),
})

const exchangeSchema = z.object({
  at: z.iso.datetime({ offset: true }),
  method: z.string(),
  url: z.string(),
  status: z.int(),
  action: z.string(),
  operation: z.string(),
  tenant: z.string().optional(),
  api: z.string().optional(),
  parent: z.string().optional(),
  request: messageSchema,
  response: messageSchema,
})

export type ExchangeRecord = z.output<typeof exchangeSchema>

/**
 * Whether an exchange is a request of a SCIM client to a tenant. Requests to AWS APIs are signed, the token endpoint is no
 * SCIM, and an operation of a bulk request is sent as a part of it.
 */
export const isScimRequest = ({
  tenant,
  api,
  parent,
  operation,
}: Pick<ExchangeRecord, 'tenant' | 'api' | 'parent'> & { readonly operation: string }): boolean =>
  tenant !== undefined && api === undefined && parent === undefined && operation !== 'token'

/** The SCIM requests of a list of exchanges that is newest first, oldest first. Throws `UnusableRecording`. */
export function readExchanges(exchanges: readonly unknown[]): readonly Captured[] {
  const read = exchanges.map((exchange, at) => {
    const parsed = exchangeSchema.safeParse(exchange)
    if (parsed.success) return parsed.data
    throw new UnusableRecording(`Its request ${at + 1} is incomplete: ${explainIssues(parsed.error)}`)
  })
  return read
    .toReversed()
    .filter(isScimRequest)
    .map(fromExchange)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}

export const fromExchange = ({
  action,
  at,
  method,
  url,
  status,
  request,
  response,
}: Pick<
  ExchangeRecord,
  'action' | 'at' | 'method' | 'url' | 'status' | 'request' | 'response'
>): Captured => ({
  name: action,
  at,
  method,
  url,
  request: { ...message(request), isCut: isCut(request) || isUnread(request) },
  response: { ...message(response), status, isCut: isCut(response) },
})

type Message = z.output<typeof messageSchema>

const message = ({ headers, body }: Message): Omit<CapturedMessage, 'isCut'> => ({
  headers,
  ...compact({ body }),
})

const isCut = ({ body, cutFrom }: Message): boolean => cutFrom !== undefined || body === withheldBody

const isUnread = ({ headers, body }: Message): boolean =>
  body === undefined &&
  Object.entries(headers).some(
    ([name, value]) =>
      /^transfer-encoding$/i.test(name) || (/^content-length$/i.test(name) && Number(value) > 0),
  )

const pairs = z.array(z.object({ name: z.string(), value: z.string() }))

/** HTTP archive 1.2. Members with `_` are of Scimulator's own archives. */
const harSchema = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        startedDateTime: z.string(),
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: pairs,
          bodySize: z.number().optional(),
          postData: z.object({ text: z.string().optional() }).optional(),
        }),
        response: z.object({
          status: z.int(),
          headers: pairs,
          content: z.object({
            size: z.number().optional(),
            text: z.string().optional(),
            encoding: z.string().optional(),
          }),
        }),
        _action: z.string().optional(),
        _exchange: z.string().optional(),
        _parent: z.string().optional(),
      }),
    ),
  }),
})

type Entry = z.output<typeof harSchema>['log']['entries'][number]

/** Oldest first. Throws `UnusableRecording`. */
export function readHar(json: unknown): readonly Captured[] {
  const parsed = harSchema.safeParse(json)
  if (!parsed.success) throw new UnusableRecording(`It is not a HAR file: ${explainIssues(parsed.error)}`)
  const { entries } = parsed.data.log
  // Scimulator writes the newest first, and several requests can have the same time.
  const ordered = entries.some(({ _exchange }) => _exchange !== undefined) ? entries.toReversed() : entries
  return ordered
    .filter(({ response, _parent }) => _parent === undefined && response.status >= 100)
    .map(toCaptured)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}

const toCaptured = ({ startedDateTime, request, response, _action }: Entry): Captured => ({
  ...compact({ name: _action }),
  at: toTime(startedDateTime),
  method: request.method.toUpperCase(),
  url: request.url,
  request: {
    headers: toHeaders(request.headers),
    ...harMessage(request.postData?.text, request.bodySize),
  },
  response: {
    status: response.status,
    headers: toHeaders(response.headers),
    ...harMessage(contentText(response.content), undefined, response.content.size),
  },
})

function toTime(text: string): string {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new UnusableRecording(`It is not a HAR file: startedDateTime "${text.slice(0, 40)}" is no time.`)
}

/** A later header of the same name is joined with a comma (RFC 9110 §5.3). */
export function toHeaders(list: z.output<typeof pairs>): Record<string, string> {
  const headers = new Map<string, string>()
  for (const { name, value } of list) {
    // Pseudo-headers of HTTP/2.
    if (name.startsWith(':')) continue
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(headers)
}

const contentText = ({ text, encoding }: Entry['response']['content']): string | undefined =>
  text !== undefined && encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text

/** A body is cut if the archive has fewer bytes than it states. Proxies state the size of compressed bodies, which is smaller. */
function harMessage(
  body: string | undefined,
  ...sizes: readonly (number | undefined)[]
): { readonly body?: string; readonly isCut: boolean } {
  const stated = Math.max(0, ...sizes.map(size => size ?? 0))
  const isCut = body === withheldBody || stated > Buffer.byteLength(body ?? '')
  return { ...compact({ body }), isCut }
}

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
