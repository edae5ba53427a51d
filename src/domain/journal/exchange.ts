import type { RecognizedClient } from '../../scim/recognition/products.ts'
import type { ClientKind, Dialect } from '../contract/exchanges.ts'
import type { Credential } from '../tenants/credential.ts'
import type { Refusal } from '../tenants/tenant.ts'
import type { AwsApi } from './aws-operations.ts'
import type { OperationFacts } from './operation.ts'
import type { SignatureRefusal } from './signature-refusal.ts'

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
