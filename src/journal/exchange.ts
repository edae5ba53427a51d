import type { Refusal } from '../tenants/tenant.ts'

/** One request to the SCIM listener and its answer, secrets removed. */
export type Exchange = {
  /** A UUID, also sent to the client as the request id. */
  readonly id: string
  /** The bulk request that it was an operation of. */
  readonly parent?: string
  /** Absent when neither the URL nor the token names a known one. */
  readonly tenant?: string
  /** When it came in, by the machine's clock and by the tenant's, in milliseconds since 1970. */
  readonly at: number
  readonly tenantTime: number
  readonly microseconds: number
  readonly method: string
  /** Path and query as received. */
  readonly url: string
  readonly status: number
  /** What the client did, in plain words: "disable user", "add 3 members". */
  readonly action: string
  readonly target?: ExchangeTarget
  readonly token?: { readonly id: string; readonly ending: string }
  readonly refusal?: Refusal
  /** The rule of the profile that refused it. */
  readonly rule?: string
  readonly profile?: string
  readonly remoteAddress?: string
  readonly request: Message
  readonly response: Message
}

export type ExchangeTarget = { readonly type: string; readonly id?: string; readonly label?: string }

export type Message = {
  readonly headers: Readonly<Record<string, string>>
  /** As received or sent, up to the journal's limit. */
  readonly body?: string
  /** The bytes of the whole body, when it was cut. */
  readonly cutFrom?: number
}
