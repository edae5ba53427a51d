import { randomBytes } from 'node:crypto'
import { parse } from 'node:querystring'
import { mark } from '../../../domain/journal/credentials.ts'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import { withheldBody } from '../../../domain/journal/masking.ts'
import type { KeptOrders, ResourceStore } from '../../../domain/ports/resources.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import { readBulkRequest } from '../../../scim/bulk/messages.ts'
import { errors, ScimError } from '../../../scim/error.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import { handleDiscovery } from '../../../scim-api/http/discovery.ts'
import { readJson, unsupportedContent } from '../../../scim-api/http/json-body.ts'
import { handleRootQuery } from '../../../scim-api/http/list-operations.ts'
import type { Outcome, ScimRequest } from '../../../scim-api/http/request.ts'
import { handleResource } from '../../../scim-api/http/resource-operations.ts'
import { type Address, findRoute, readAddress } from '../../../scim-api/http/route.ts'
import { createProvider } from '../../../scim-api/provider/provider.ts'

/** A request of the journal, ready to be evaluated. */
export type RecordedRequest = Pick<ScimRequest, 'method' | 'base' | 'query' | 'body' | 'headers'> & {
  readonly address: Address
  /** Whether it contains masked secrets. */
  readonly isMasked: boolean
}

/** Why a request can't be evaluated, as the end of a sentence: "…, because …". */
export type NotEvaluated = { readonly notEvaluated: string }

/**
 * Parses a request of the journal. An unknown address is an error of the request; an unreadable body is an error for the
 * profiles that need it.
 */
export function readRecordedRequest(exchange: Exchange): RecordedRequest | ScimError | NotEvaluated {
  const why = reasonNotReadable(exchange)
  if (why !== undefined) return { notEvaluated: why }
  const { url, method, request } = exchange
  try {
    const address = readAddress(url)
    if (!address) throw errors.noSuchEndpoint('SCIM is served below /{tenant}/scim/v2 and below /scim/v2.')
    const body = readBody(exchange)
    const marks = body === undefined || body instanceof ScimError ? 'none' : findMasks(body)
    if (marks === 'inside') return { notEvaluated: 'a secret is masked within a text' }
    const { headers } = request
    const base = `http://${headers.host ?? 'localhost'}${address.root}`
    const query = withoutCursor(exchange, parseQuery(url))
    const read = () => {
      if (body instanceof ScimError) throw body
      return body
    }
    return { method, base, query, body: read, headers, address, isMasked: marks === 'whole' }
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

/** The JSON of a body, or the error in it. An operation of a bulk request is JSON already. */
function readBody({ parent, status, request: { headers, body } }: Exchange): Json | undefined | ScimError {
  const isSent = status === 415 || (parent === undefined && body !== undefined)
  if (!isSent && body === undefined) return undefined
  const unsupported = isSent ? unsupportedContent(headers) : undefined
  if (unsupported) return unsupported
  try {
    return readJson(Buffer.from(body ?? ''))
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

/** The response was sent before the whole request was read. */
const unreadReasons: Readonly<Record<number, string>> = {
  408: 'it arrived incomplete',
  413: 'its body was too large to be read',
  431: 'its headers were too large to be read',
  499: 'the client disconnected before the response',
}

/** Why a request can't be evaluated, whatever its body contains; undefined if it can. */
export function reasonNotReadable(exchange: Exchange): string | undefined {
  const { operation, refusal, tenant, status, url, parent, request } = exchange
  if (operation === 'token') return 'it was sent to the token endpoint, which is not part of SCIM'
  if (refusal !== undefined) return 'its token was rejected, so the request was not processed'
  if (tenant === undefined) return 'it belongs to no known tenant'
  if (unreadReasons[status] !== undefined && request.body === undefined) return unreadReasons[status]
  if (request.cutFrom !== undefined) return 'the journal stored only the beginning of its body'
  if (request.body === withheldBody) return 'the journal withheld its body, which may contain a secret'
  if (url.includes(mark)) return 'a secret is masked in its URL'
  if (parent !== undefined && request.body?.includes('"bulkId:')) {
    return 'it refers to other operations of its bulk request'
  }
  return undefined
}

const parseQuery = (url: string) => {
  const at = url.indexOf('?')
  return at < 0 ? {} : { ...parse(url.slice(at + 1)) }
}

/** A cursor is valid only in the process that issued it; the start of the list is equivalent to a valid one. */
const withoutCursor = (
  { status }: Exchange,
  query: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string | string[] | undefined>> =>
  status < 400 && typeof query.cursor === 'string' ? { ...query, cursor: '' } : query

/** Where secrets are masked: nowhere, as whole strings, or within strings. */
function findMasks(json: Json): 'none' | 'whole' | 'inside' {
  if (typeof json === 'string') {
    if (json === mark) return 'whole'
    return json.includes(mark) ? 'inside' : 'none'
  }
  const parts = Array.isArray(json) ? json : isObject(json) ? Object.values(json) : []
  const found = new Set(parts.map(findMasks))
  return found.has('inside') ? 'inside' : found.has('whole') ? 'whole' : 'none'
}

/** The lists of the store are empty. */
const noOrders: KeptOrders = {
  keep: async () => ({ length: 0, first: new Float64Array() }),
  section: async () => undefined,
}

/** Opens no cursor of the server. */
const cursorKey = randomBytes(32)

/** Runs a request on this store. Returns the status; throws ScimError. */
export async function dryRunRequest(
  { address, ...read }: RecordedRequest,
  exchange: { readonly id: string; readonly at: number },
  tenant: Tenant,
  store: ResourceStore,
): Promise<number> {
  const request: ScimRequest = {
    ...read,
    root: address.root,
    received: { ...exchange, started: 0 },
    caller: { tenant },
    signal: () => undefined,
  }
  const deps = {
    provider: createProvider({ store, orders: noOrders, cursorKey: () => cursorKey }),
    recordSeen: () => {},
    clock: () => exchange.at,
  }
  const route = findRoute(read.method, address, tenant.profile)
  switch (route.kind) {
    case 'unsupported':
      throw route.error
    case 'discovery':
      return statusOf(await handleDiscovery([], request, route))
    case 'root':
      return statusOf(await handleRootQuery(deps, request, route))
    case 'bulk':
      // The operations are exchanges of their own.
      readBulkRequest(read.body(), route.limits.maxOperations)
      return 200
    default:
      return statusOf(await handleResource(deps, request, route))
  }
}

function statusOf(outcome: Outcome): number {
  if ('error' in outcome) throw outcome.error
  return outcome.response.status
}
