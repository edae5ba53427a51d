import { objectIn } from '../../scim/messages.ts'
import type { RecognizedClient } from '../../scim/recognition/products.ts'
import { excerpt } from '../../scim/text.ts'
import type { ClientKind, Dialect } from '../contract/exchanges.ts'
import type { Credential } from '../tenants/credential.ts'
import type { Refusal, TokenRefusal } from '../tenants/tenant.ts'
import type { AwsApi } from './aws-operations.ts'
import type { OperationFacts } from './operation.ts'

export type { ClientKind, Dialect as ClientDialect }

export type Exchange = OperationFacts & {
  /** A UUID, also sent to the client as the request id. */
  readonly id: string
  readonly parent?: string
  readonly api?: AwsApi
  /** The operation of that API, by its name in AWS's service model: `UpdateUser`. As received if it is unknown. */
  readonly apiOperation?: string
  /** The id of the access key that the request names, whether or not it was accepted. */
  readonly accessKey?: string
  readonly region?: string
  /** Absent if neither the URL nor the token belongs to a tenant. */
  readonly tenant?: string
  /** The arrival by the machine's clock and by the tenant's, in milliseconds since 1970. */
  readonly at: number
  readonly tenantTime: number
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly target?: ExchangeTarget
  readonly token?: { readonly id: string; readonly ending: string }
  readonly credential?: Credential
  readonly refusal?: Refusal | SignatureRefusal
  /** No valid credentials came with the request: anybody can send such a request. Absent where earlier versions did not note it. */
  readonly unauthenticated?: true
  readonly rule?: string
  readonly profile?: string
  readonly remoteAddress?: string
  readonly fault?: { readonly id: string; readonly summary: string }
  readonly replayOf?: string
  readonly notes?: ExchangeNotes
  readonly request: Message
  readonly response: Message
}

export type ExchangeTarget = { readonly type: string; readonly id?: string; readonly label?: string }

export type Message = {
  readonly headers: Readonly<Record<string, string>>
  /** As received or sent, up to the journal's limit. */
  readonly body?: string
  readonly cutFrom?: number
}

export type ExchangeNotes = {
  readonly client: ClientKind
  readonly recognized?: RecognizedClient
  readonly cycle?: string
  readonly dialect?: Dialect
  readonly findings: readonly string[]
}

const maxLength = 300
/** Error responses are short. A longer body is that of another server, or of an injected fault. */
export const longestErrorBody = 16_384

/**
 * The text of an error response: `detail` of SCIM (RFC 7644 §3.12), `message` of AWS, `error_description` of OAuth
 * (RFC 6749 §5.2). Undefined for successful requests, and if the response has no such text.
 */
export function errorDetail({ status, response }: Exchange): string | undefined {
  const { body, cutFrom } = response
  if (status < 400 || body === undefined || cutFrom !== undefined) return undefined
  if (body.length > longestErrorBody) return undefined
  const error = objectIn(response)
  if (!error) return undefined
  const { detail, message, Message, error_description: description } = error
  const text = [detail, message, Message, description].find(value => typeof value === 'string')
  return typeof text === 'string' && text !== '' ? excerpt(text, maxLength) : undefined
}

/** Characters. */
const longestSought = 100

/** The values of the filter of a look-up or a search, which its URL has. Undefined for other requests, and for those by POST. */
export function soughtBy({ operation, url }: Pick<Exchange, 'operation' | 'url'>): string | undefined {
  if (operation !== 'look-up' && operation !== 'search') return undefined
  const start = url.indexOf('?')
  const filter = start < 0 ? null : new URLSearchParams(url.slice(start)).get('filter')
  const values = filter?.split('"').filter((_, index) => index % 2 === 1) ?? []
  return values.length === 0 ? undefined : excerpt(values.join(', '), longestSought)
}

/**
 * Why a signed request was rejected, in addition to the reasons that access keys and access tokens share. `unreadable`: the secret of
 * the key was encrypted with another key than the server has. `session-token`: a session token beside a long-term access key, as
 * from environment variables of two profiles.
 */
export type SignatureRefusal =
  | 'wrong-signature'
  | 'clock-skew'
  | 'malformed-signature'
  | 'unreadable'
  | 'session-token'

export type SignedPart = 'host' | 'path' | 'headers' | 'body' | 'service' | 'time' | 'secret'

export const keyRefusalLabels: Readonly<Record<TokenRefusal | SignatureRefusal, string>> = {
  missing: 'not signed',
  unknown: 'unknown access key',
  expired: 'access key expired',
  deleted: 'access key deleted',
  'other-tenant': 'access key of another tenant',
  'read-only': 'read-only access key',
  'wrong-signature': 'wrong signature',
  'clock-skew': 'signed for another time',
  'malformed-signature': 'malformed signature',
  'session-token': 'session token with a long-term access key',
  unreadable: 'secret of the access key encrypted with another key',
}
