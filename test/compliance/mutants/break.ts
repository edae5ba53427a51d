import { isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'

/** A request as received by the server, and its response. `text` is the body. */
export type ReceivedRequest = {
  readonly method: string
  /** Below the SCIM root, including the query: `/Users?count=1`; of metadata, below the host. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Headers
  readonly text: string
  /** The connection was used for a request before. */
  readonly isReused?: boolean
}
export type Reply = { readonly status: number; readonly headers: Headers; readonly text: string }
type Headers = Readonly<Record<string, string>>

type Next = (request: ReceivedRequest) => Promise<Reply>
/** Handles a request in place of the server; `next` calls the correct server. If it throws, the connection is dropped. */
export type Break = (request: ReceivedRequest, next: Next) => Promise<Reply>

/** A server with one fault, and the checks of which at least one has to detect it. */
export type Mutant = {
  readonly id: string
  /** The fault of the server. */
  readonly description: string
  /** The profile of the server; default `rfc`. */
  readonly profile?: 'rfc' | 'aws' | 'entra' | 'interop'
  /** Called for each run, so that its state ends with the run. */
  readonly breaks: () => Break
  readonly caughtBy: readonly string[]
}

function jsonIn({ text }: { readonly text: string }): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const objectIn = (message: { readonly text: string }): JsonObject => {
  const body = jsonIn(message)
  return isObject(body) ? body : {}
}

export const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

export const withBody = <M extends ReceivedRequest | Reply>(message: M, body: Json): M => ({
  ...message,
  text: JSON.stringify(body),
})

export const pathOf = ({ target }: ReceivedRequest): string => target.replace(/\?.*/, '')

export const queryOf = ({ target }: ReceivedRequest): URLSearchParams =>
  new URL(target, 'http://localhost').searchParams

/** With other query parameters; null removes one. */
export const withQuery = (
  request: ReceivedRequest,
  changes: Readonly<Record<string, string | null>>,
): ReceivedRequest => {
  const query = queryOf(request)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  return { ...request, target: `${pathOf(request)}?${query}` }
}

/** A GET with the credentials of a request. */
export const reading = (
  { headers: { authorization = '', host = '' } }: ReceivedRequest,
  target: string,
): ReceivedRequest => ({
  method: 'GET',
  target,
  headers: { authorization, host },
  text: '',
})

/** A request with the same credentials and another method, path and body. */
export const instead = (
  request: ReceivedRequest,
  method: string,
  target: string,
  body: Json,
): ReceivedRequest => ({
  ...reading(request, target),
  method,
  headers: { ...reading(request, target).headers, 'content-type': 'application/scim+json' },
  text: JSON.stringify(body),
})

export const reply = (status: number, body?: Json): Reply => ({
  status,
  headers: { 'content-type': 'application/scim+json' },
  text: body === undefined ? '' : JSON.stringify(body),
})

export const error = (status: number, detail = 'No.', scimType?: string): Reply =>
  reply(status, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: `${status}`,
    ...(scimType !== undefined && { scimType }),
    detail,
  })

export const listOf = (...Resources: readonly JsonObject[]): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: Resources.length,
  startIndex: 1,
  itemsPerPage: Resources.length,
  Resources,
})
