import type { Intent } from '../../domain/journal/description.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { Json } from '../../scim/json.ts'
import type { ReservedIds } from '../provider/call.ts'
import type { Provider } from '../provider/provider.ts'
import type { AdmittedCaller, Caller, Received } from './receive.ts'

/** What the operations on resources need. */
export type ResourceDeps = {
  readonly provider: Provider
  /** Records that a client read the resource with this key. */
  readonly recordSeen: (tenant: number, key: number, at: number) => void
  /** Milliseconds since 1970, by the clock of the database. */
  readonly clock: () => number
}

/** A request to a SCIM endpoint, or an operation within a bulk request. */
export type ScimRequest = {
  readonly received: Received
  readonly caller: AdmittedCaller
  readonly method: string
  /** The path of the tenant's SCIM root, as the client wrote it. */
  readonly root: string
  /** The URL of the tenant's SCIM root as the client sees it. */
  readonly base: string
  /** The parsed query of the URL; `readParameters` checks it. */
  readonly query: unknown
  /** Reads the body; undefined for an empty one. Throws UnreadableBody. */
  body(): Json | undefined
  /** The length of the body as received; undefined if it is not known. */
  readonly bodyBytes?: number | undefined
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** Returns the signal that the client has disconnected; undefined if the request is handled nevertheless. */
  signal(): AbortSignal | undefined
  /** Of a POST within a bulk request. */
  readonly reserved?: ReservedIds
}

/** The response of an operation, before the profile's headers are added. The body is JSON text. */
export type ScimResponse = {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Absent: the profile's. */
  readonly mediaType?: string
}

/** What a request is about. The journal describes it in words. */
export type Subject = { readonly intent: Intent; readonly target?: ExchangeTarget | undefined }

/** A request with its response. `rule` is the rule of the profile that it violated. */
export type Handled = Subject & { readonly response: ScimResponse; readonly rule?: string | undefined }

/** A request that ended with an error, before the error is formatted by the profile. */
export type Failed = Subject & { readonly error: unknown }

export type Outcome = Handled | Failed

/** A handled request and its caller when the response was made; the tenant may have changed since authentication. */
export type Completed = Handled & { readonly caller: Caller }

/** The subject of a request that could not be read. */
export const unreadable: Subject = { intent: { kind: 'malformed' } }
