import type { Json } from '../scim/json.ts'

/** How PATCH bodies are written: as by default, or as with `?aadOptscim062020` in the tenant URL. */
export type Dialect = 'default' | 'aadOptscim062020'

/** Points on which Entra is not known to do one thing always; the defaults are what is seen most. */
export type RequestOptions = {
  readonly dialect: Dialect
  /** `"active":"True"` instead of true in a POST. */
  readonly activeAsStringOnCreate: boolean
  /** The manager goes along in the POST of a user when its target id is known. */
  readonly sendManagerOnCreate: boolean
  /** `{"$ref":null,"value":…}` for members. */
  readonly memberNullRef: boolean
  /** Microsoft's own schema URN beside the core one in the POST of a group. */
  readonly groupSchemaMs: boolean
}

export const defaultRequestOptions: RequestOptions = {
  dialect: 'default',
  activeAsStringOnCreate: false,
  sendManagerOnCreate: false,
  memberNullRef: false,
  groupSchemaMs: true,
}

export function parseJsonOrUndefined(text: string): Json | undefined {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A request of the provisioning service, relative to the tenant URL. */
export type TargetRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query as they go over the wire: `/Users?filter=userName+eq+%22marge%22`. */
  readonly path: string
  readonly body?: Json
}

/** What came back, as far as it could be read. */
export type TargetResponse =
  | {
      readonly kind: 'response'
      readonly status: number
      /** The body as JSON; undefined when it is empty or isn't JSON. */
      readonly body: Json | undefined
      /** The body as text, for the log: Entra quotes it. */
      readonly text: string
      readonly mediaType: string
      /** Seconds of `Retry-After`, if it was sent as such. */
      readonly retryAfter?: number
    }
  /** No response that could be read: refused connection, time-out, cut off in the middle, too large. */
  | {
      readonly kind: 'none'
      readonly reason: 'timeout' | 'connection' | 'too large'
      readonly text: string
    }

/** The SCIM endpoint that is provisioned to. Never rejects: what goes wrong on the way is a response too. */
export type Target = (request: TargetRequest) => Promise<TargetResponse>
