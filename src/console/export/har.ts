import { cloudTrailEvent } from '../../aws-api/cloudtrail.ts'
import type { Owner } from '../../aws-api/identifiers.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import { mark } from '../../domain/journal/credentials.ts'
import type { Exchange, Message } from '../../domain/journal/exchange.ts'
import { withheldBody } from '../../domain/journal/masking.ts'
import { compact } from '../../scim/json.ts'

// An import of `node:http` would load the client behind `fetch` at each start.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export const listGaps = ({ url, request, response }: Exchange): readonly string[] => [
  ...(url.includes(mark) || /[?&]access_token=/i.test(url) ? [`In the address, ${hiddenSecretsGap}`] : []),
  ...messageGaps('request', request),
  ...messageGaps('response', response),
]

const hiddenSecretsGap = `secrets are hidden by "${mark}", and of a token only the end is shown.`

const messageGaps = (name: string, message: Message): readonly string[] => {
  const cut = cutGap(name, message)
  const { body } = message
  if (body === withheldBody) return [`The body of the ${name} was withheld, because it contains a secret.`]
  const secret = body?.includes(mark) ? [`In the body of the ${name}, secrets are hidden by "${mark}".`] : []
  return cut === undefined ? secret : [cut, ...secret]
}

const cutGap = (name: string, { cutFrom }: Message): string | undefined =>
  cutFrom === undefined
    ? undefined
    : `The body of the ${name} was cut: the complete body has ${cutFrom} bytes.`

export const harHeader = ({ version }: Pick<ExportSource, 'version'>): string => {
  const creator = JSON.stringify({ name: 'Scimulator', version })
  return `{"log":{"version":"1.2","creator":${creator},"entries":[\n`
}
export const harFooter = '\n]}}\n'

/** An entry of an HTTP archive. Custom members start with `_`, as the format requires. */
export function harEntry(exchange: Exchange, source: ExportSource): string {
  const { id, at, microseconds, action, tenant, parent } = exchange
  const gaps = listGaps(exchange)
  const time = microseconds / 1000
  return JSON.stringify({
    startedDateTime: toIsoTime(at),
    time,
    request: harRequest(exchange, source),
    response: harResponse(exchange),
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
    ...(gaps.length > 0 && { comment: gaps.join(' ') }),
    _exchange: id,
    _action: action,
    ...compact({ _tenant: tenant, _parent: parent }),
  })
}

export function absoluteUrl({ url, api }: Exchange, { scimBase, awsBase }: ExportSource): string {
  const base = api === undefined ? scimBase : (awsBase ?? defaultAwsBase)
  return url.startsWith('/') ? base + url : `${base}/${url}`
}

/** The default address of the AWS listener, for requests of the journal of a server that has none now. */
const defaultAwsBase = 'http://127.0.0.1:8082'

const httpVersion = 'HTTP/1.1'

const harRequest = (exchange: Exchange, source: ExportSource) => {
  const { method, url, request } = exchange
  return {
    method,
    url: absoluteUrl(exchange, source),
    httpVersion,
    cookies: [],
    headers: nameValuePairs(Object.entries(request.headers)),
    queryString: nameValuePairs(new URLSearchParams(url.split('?').slice(1).join('?'))),
    ...(request.body !== undefined && {
      postData: { mimeType: getMediaType(request), params: [], text: request.body },
    }),
    headersSize: -1,
    bodySize: bodySize(request),
  }
}

const harResponse = ({ status, response }: Exchange) => ({
  status,
  statusText: STATUS_CODES[status] ?? '',
  httpVersion,
  cookies: [],
  headers: nameValuePairs(Object.entries(response.headers)),
  content: {
    size: bodySize(response),
    mimeType: getMediaType(response),
    ...compact({ text: response.body }),
  },
  redirectURL: findHeader(response, 'location') ?? '',
  headersSize: -1,
  bodySize: bodySize(response),
})

const nameValuePairs = (pairs: Iterable<readonly [string, string]>) =>
  [...pairs].map(([name, value]) => ({ name, value }))

const findHeader = ({ headers }: Message, headerName: string): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === headerName)?.[1]

/** `x-unknown` is from the examples of the HAR format. */
const getMediaType = (message: Message): string => findHeader(message, 'content-type') ?? 'x-unknown'

const bodySize = ({ body = '', cutFrom }: Message): number => cutFrom ?? Buffer.byteLength(body)

export type ExportSource = {
  /** URL of the SCIM listener, without a slash at its end. */
  readonly scimBase: string
  /** URL of the AWS listener, without a slash at its end; undefined if it is off. */
  readonly awsBase: string | undefined
  readonly region: string
  readonly version: string
  /** The tenant with an ID, if it still exists. */
  readonly ownerOf: (tenant: string) => Owner | undefined
}

type TrailSource = Pick<ExportSource, 'region' | 'ownerOf'>

export const trailHeader = '{"Records":[\n'
export const trailFooter = '\n]}\n'

/** The event as JSON text; undefined if CloudTrail would record none. */
export function trailEntry(exchange: Exchange, { region, ownerOf }: TrailSource): string | undefined {
  const event = cloudTrailEvent(exchange, { region, owner: ownerOf(exchange.tenant ?? '') })
  return event && JSON.stringify(event)
}

export const toTrail = (exchange: Exchange, source: TrailSource): string =>
  trailHeader + (trailEntry(exchange, source) ?? '') + trailFooter
