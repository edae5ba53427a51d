import type { FastifyRequest } from 'fastify'
import type { Promised } from '../provider/call.ts'
import type { Json } from '../scim/json.ts'
import { unsupportedForm } from './body-form.ts'
import { baseOf, type ExchangeState } from './exchange-state.ts'
import { readJson } from './json-body.ts'

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
  readonly promised?: Promised
}

/** `failure` is what went wrong while the body was received. */
export const scimRequestOf = (request: FastifyRequest, failure?: Error): ScimRequest => ({
  method: request.method,
  base: baseOf(request),
  query: request.query,
  body: () => {
    try {
      if (failure) throw failure
      return jsonOf(request)
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
export function jsonOf({ body, headers }: Pick<FastifyRequest, 'body' | 'headers'>): Json | undefined {
  const bytes = body as Buffer | undefined
  if (bytes === undefined || bytes.length === 0) return undefined
  const unsupported = unsupportedForm(headers)
  if (unsupported) throw unsupported
  return readJson(bytes)
}
