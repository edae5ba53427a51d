import type { FastifyRequest } from 'fastify'
import type { Exchange, ExchangeTarget } from '../journal/exchange.ts'
import type { Intent } from '../journal/intent.ts'
import type { Refusal, Tenant, Token } from '../tenants/tenant.ts'
import type { Address } from './address.ts'

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
