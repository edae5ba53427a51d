import type { FastifyRequest } from 'fastify'
import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { Intent } from '../../domain/journal/description.ts'
import type { Exchange, ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { SignatureRefusal, SignedPart } from '../../domain/journal/signature-refusal.ts'
import type { Credential } from '../../domain/tenants/credential.ts'
import type { Access, Refusal, Tenant, Token } from '../../domain/tenants/tenant.ts'
import type { Profile } from '../../profiles/profile.ts'
import { errors, excerpt } from '../../scim/error.ts'
import type { Json } from '../../scim/json.ts'
import { type Projection, readProjection } from '../../scim/projection.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { ReservedIds } from '../provider/call.ts'
import type { Provider } from '../provider/provider.ts'
import { UnreadableBody } from './json-body.ts'
import type { Address } from './route.ts'

/** The arrival of a request, or the start of an operation within a bulk request. */
export type Received = {
  readonly id: string
  /** The id of the bulk request that contains the operation. */
  readonly parent?: string
  /** Machine time in milliseconds since 1970. */
  readonly at: number
  /** `performance.now()` on arrival. */
  readonly started: number
}

/** Who sent a request, as far as authentication established it. */
export type Caller = {
  readonly tenant?: Tenant
  /** Absent for the console's own requests and for public discovery. */
  readonly token?: Token
  /** What the client presented instead of a token of the tenant, and its access. */
  readonly credential?: Credential
  readonly access?: Access
  /** Why the request was rejected. */
  readonly refusal?: Refusal | SignatureRefusal
  /** API, operation, access key and region of a request to an AWS API; absent for SCIM. */
  readonly aws?: AwsRequestFacts
  /** Whether the request is signed with a valid access key, or comes from the console itself. Tokens and credentials are above. */
  readonly isAuthenticated?: boolean
  /** The exchange whose request the console sends again. */
  readonly replayOf?: string
}

/** Refusals of valid credentials, which do not permit the request. */
const refusalsOfValid: readonly Caller['refusal'][] = ['read-only', 'insufficient-scope', 'other-tenant']

/** Whether a refusal, or its absence, leaves open that the credentials are valid. */
export const mayBeValid = (refusal: Caller['refusal']): boolean =>
  refusal === undefined || refusalsOfValid.includes(refusal)

/** Whether the caller presented valid credentials, whether or not they permit the request. */
export const hasValidCredentials = ({ token, credential, isAuthenticated, refusal }: Caller): boolean =>
  mayBeValid(refusal) && (token !== undefined || credential !== undefined || isAuthenticated === true)

export type AwsRequestFacts = Pick<Exchange, 'api' | 'apiOperation' | 'accessKey' | 'region'> & {
  /** The part of the request by which its signature differs, if known. */
  readonly differs?: SignedPart
  /** The secret of the access key, which the journal redacts wherever it occurs. */
  readonly secret?: string
}

/** The caller of a request that may be handled. */
export type AdmittedCaller = Caller & { readonly tenant: Tenant }

/** The identity of a request, or of an operation within a bulk request. */
export type Origin = { readonly received: Received; readonly caller: Caller }

// Each is set once and never changed.
declare module 'fastify' {
  interface FastifyRequest {
    received: Received
    /** Undefined before authentication, and outside of a SCIM root. */
    address: Address | undefined
    /** Undefined before authentication. */
    caller: Caller | undefined
    /** The fault that was injected into this request, as the journal records it. */
    fault: Exchange['fault']
    isRecorded: boolean
    /** Records the request, whose client has disconnected. Each recorder has its own. */
    recordAbort(): void
  }
}

const unknownCaller: Caller = {}

/** The caller as authenticated on arrival; empty for a request that failed before authentication. */
export const callerOf = ({ caller }: FastifyRequest): Caller => caller ?? unknownCaller

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
