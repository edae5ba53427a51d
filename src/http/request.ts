import type { FastifyRequest } from 'fastify'
import type { Intent } from '../journal/description.ts'
import type { Exchange, ExchangeTarget } from '../journal/exchange.ts'
import type { ReservedIds } from '../provider/call.ts'
import type { Provider } from '../provider/provider.ts'
import type { Json } from '../scim/json.ts'
import type { Refusal, Tenant, Token } from '../tenants/tenant.ts'
import { readJson, unsupportedContent } from './json-body.ts'
import type { Address } from './route.ts'

/** What is known of a request while it is answered; the journal's entry is made of it. */
export type ExchangeState = {
  readonly id: string
  /** The id of the bulk request that it is an operation of. */
  readonly parent?: string
  /** The machine's time in milliseconds since 1970. */
  readonly at: number
  /** `performance.now()` when the request came in. */
  readonly started: number
  address?: Address
  tenant?: Tenant
  token?: Token
  refusal?: Refusal
  /** The exchange whose request the console sends again. */
  replayOf?: string
  /** The fault that spoils its answer. */
  fault?: Exchange['fault']
  intent?: Intent
  target?: ExchangeTarget
  rule?: string
  /** The headers of the answer. */
  sent?: Readonly<Record<string, string>>
  /** The body as received. */
  body?: Buffer
}

declare module 'fastify' {
  interface FastifyRequest {
    exchange: ExchangeState
  }
}

/** The URL of the SCIM root as the client sees it, also behind a proxy that ends TLS (RFC 7644 §7.2). */
export function baseOf(request: FastifyRequest): string {
  const { host, 'x-forwarded-host': forwardedHost, 'x-forwarded-proto': forwardedProto } = request.headers
  const forwarded = firstOf(forwardedProto)
  const scheme = forwarded === 'https' || forwarded === 'http' ? forwarded : request.protocol
  const authority = authorityIn(firstOf(forwardedHost)) ?? authorityIn(host) ?? 'localhost'
  return `${scheme}://${authority}${request.exchange.address?.root ?? ''}`
}

/** Each proxy appends its own value; the first is of the one that the client has spoken to. */
const firstOf = (header: string | string[] | undefined): string | undefined =>
  (Array.isArray(header) ? header[0] : header)?.split(',', 1)[0]?.trim()

/** The host and port, unless a URL with them would lead nowhere or elsewhere (`x:99999`, `[::1`, `0x7f.1`). */
function authorityIn(text = ''): string | undefined {
  const host = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,255})(?::\d+)?$/.exec(text)?.[1]
  const isMeant = host !== undefined && URL.parse(`http://${text}`)?.hostname === host.toLowerCase()
  return isMeant ? text : undefined
}

/** What the operations on resources need. */
export type ResourceDeps = {
  readonly provider: Provider
  /** Told which resources a client has asked about. */
  readonly recordSeen: (keys: readonly number[], at: number) => void
}

/** What an operation needs to know of a request, whether it came by itself or within a bulk request. */
export type ScimRequest = {
  readonly method: string
  /** The URL of the tenant's SCIM root as the client sees it. */
  readonly base: string
  /** The query as the address had it; `parametersOf` checks it. */
  readonly query: unknown
  /** Reads the body; undefined for an empty one. Throws whatever makes it unreadable. */
  readonly body: () => Json | undefined
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** Filled while the request is answered, for the journal. */
  readonly exchange: ExchangeState
  /** Of a POST within a bulk request. */
  readonly reserved?: ReservedIds
}

/** `failure` is what went wrong while the body was received. */
export const scimRequestOf = (request: FastifyRequest, failure?: Error): ScimRequest => ({
  method: request.method,
  base: baseOf(request),
  query: request.query,
  body: () => {
    try {
      if (failure) throw failure
      return parseBody(request)
    } catch (error) {
      // Without its body, the journal can't tell what the request was meant to do.
      request.exchange.intent = { kind: 'broken-request' }
      delete request.exchange.target
      throw error
    }
  },
  headers: request.headers,
  exchange: request.exchange,
})

/** The JSON in the bytes that were received. Throws `invalidJson`, or 415 for bytes that are no JSON by their headers. */
export function parseBody({ body, headers }: Pick<FastifyRequest, 'body' | 'headers'>): Json | undefined {
  const bytes = body as Buffer | undefined
  if (bytes === undefined || bytes.length === 0) return undefined
  const unsupported = unsupportedContent(headers)
  if (unsupported) throw unsupported
  return readJson(bytes)
}
