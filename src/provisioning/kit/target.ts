import type { Json } from '../../scim/json.ts'

/** The form of PATCH bodies: the default, or that of `?aadOptscim062020` in the tenant URL. */
export type Dialect = 'default' | 'aadOptscim062020'

/** Details in which recorded requests of Entra differ; the defaults are the most common. */
export type RequestOptions = {
  readonly dialect: Dialect
  /** `"active":"True"` instead of true in a POST. */
  readonly activeAsStringOnCreate: boolean
  readonly sendManagerOnCreate: boolean
  /** `{"$ref":null,"value":…}` for members. */
  readonly memberNullRef: boolean
  /** Microsoft's schema URN next to the core URN in the POST of a group. */
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

/** A request of a provisioning client, relative to the URL of the endpoint. Entra sends no PUT. */
export type TargetRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query as they go over the wire: `/Users?filter=userName+eq+%22marge%22`. */
  readonly path: string
  readonly body?: Json
}

export type TargetResponse =
  | {
      readonly kind: 'response'
      readonly status: number
      /** The body as JSON; undefined when it is empty or isn't JSON. */
      readonly body: Json | undefined
      readonly text: string
      readonly mediaType: string
      /** `Retry-After` in seconds; absent for a date. */
      readonly retryAfter?: number
    }
  /**
   * No readable response: connection refused or closed, time-out, too large. Or no request, because there is no access
   * token: the token endpoint refused the client, or could not be used.
   */
  | {
      readonly kind: 'none'
      readonly reason: 'timeout' | 'connection' | 'too large' | 'credentials refused' | 'no access token'
      readonly text: string
    }

/** Sends a request to the SCIM endpoint. Never rejects: transport failures are returned as responses. */
export type Target = (request: TargetRequest) => Promise<TargetResponse>

export const noTarget: Target = async () => ({ kind: 'none', reason: 'connection', text: 'There is no URL.' })

/** Sends a request with this access token. Never rejects. */
export type SendWithToken = (request: TargetRequest, token: string) => Promise<TargetResponse>
