import type { FastifyRequest } from 'fastify'
import type { Promised } from '../provider/call.ts'
import type { Json } from '../scim/json.ts'
import { baseOf, type ExchangeState } from './exchange-state.ts'

/** What an operation needs to know of a request, whether it came by itself or within a bulk request. */
export type ScimRequest = {
  readonly method: string
  /** The URL of the tenant's SCIM root as the client sees it. */
  readonly base: string
  /** The query as the address had it; `parametersOf` checks it. */
  readonly query: unknown
  readonly body: Json | undefined
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** Filled while the request is answered, for the journal. */
  readonly exchange: ExchangeState
  /** Of a POST within a bulk request. */
  readonly promised?: Promised
}

export const scimRequestOf = (request: FastifyRequest): ScimRequest => ({
  method: request.method,
  base: baseOf(request),
  query: request.query,
  body: request.body as Json | undefined,
  headers: request.headers,
  exchange: request.exchange,
})
