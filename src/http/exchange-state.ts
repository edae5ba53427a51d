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
  const forwarded = request.headers['x-forwarded-proto']
  const scheme = forwarded === 'https' || forwarded === 'http' ? forwarded : request.protocol
  const host = hostIn(request.headers['x-forwarded-host']) ?? hostIn(request.headers.host) ?? 'localhost'
  return `${scheme}://${host}${request.exchange.address?.root ?? ''}`
}

const hostIn = (header: string | string[] | undefined) =>
  typeof header === 'string' && /^[A-Za-z0-9.\-_[\]:]{1,255}$/.test(header) ? header : undefined
