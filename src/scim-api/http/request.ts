import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { Intent } from '../../domain/journal/description.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { Profile } from '../../profiles/profile.ts'
import { errors, excerpt } from '../../scim/error.ts'
import type { Json } from '../../scim/json.ts'
import { type Projection, readProjection } from '../../scim/projection.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { ReservedIds } from '../provider/call.ts'
import type { Provider } from '../provider/provider.ts'
import { UnreadableBody } from './json-body.ts'
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

/** Query parameters, each at most once. Unknown ones are included, since rules check them. */
export type Parameters = Readonly<Record<string, string>>

/** Checks the parsed query, and returns it as it is. */
export function readParameters(query: unknown): Parameters {
  const sent = query as Readonly<Record<string, string | string[]>>
  for (const name in sent) {
    const value = sent[name]
    if (Array.isArray(value))
      throw errors.invalidValue(`The query parameter "${excerpt(name)}" occurs more than once.`)
    if (value?.includes('\0'))
      throw errors.invalidValue(`The query parameter "${excerpt(name)}" contains a NUL character.`)
  }
  return sent as Parameters
}

/** The requested attributes of a resource type; undefined where the profile has no projection, or none is requested. */
export function readProjectionFor(
  type: ResourceType,
  parameters: Parameters,
  { features, requests }: Profile,
): Projection | undefined {
  if (!features.projection) return undefined
  const { attributes, excludedAttributes } = parameters
  if (attributes === undefined && excludedAttributes === undefined) return undefined
  const read = (list: string | undefined) => list && (requests.normalizeAttributeList?.(list) ?? list)
  return readProjection(type, read(attributes), read(excludedAttributes))
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

/** The resource as the target of a request. */
export const targetOf = ({ type, id, label }: StoredResource): ExchangeTarget => ({
  type,
  id,
  label: excerpt(label),
})

/** Calls a handler. An error that it throws is returned with the subject. */
export function handle(subject: Subject, handler: () => MaybePromise<Outcome>): MaybePromise<Outcome> {
  const fail = (error: unknown): Outcome =>
    error instanceof UnreadableBody ? { ...unreadable, error: error.cause } : { ...subject, error }
  try {
    const outcome = handler()
    return outcome instanceof Promise ? outcome.catch(fail) : outcome
  } catch (error) {
    return fail(error)
  }
}
