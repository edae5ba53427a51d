import type { Refusal } from '../tenants/tenant.ts'
import type { OperationFacts } from './operation.ts'

/** One request to the SCIM listener and its answer, secrets removed. */
export type Exchange = OperationFacts & {
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
  /** The sentence made from the operation and its facts: "disable user", "add 3 members". For people only. */
  readonly action: string
  readonly target?: ExchangeTarget
  readonly token?: { readonly id: string; readonly ending: string }
  readonly refusal?: Refusal
  /** The rule of the profile that refused it. */
  readonly rule?: string
  readonly profile?: string
  readonly remoteAddress?: string
  /** The fault that spoiled the answer on purpose: its id, and its effect in words. */
  readonly fault?: { readonly id: string; readonly words: string }
  /** The exchange whose request the console sent again; of an operation, that of the bulk request. */
  readonly replayOf?: string
  /** What was worked out about it afterwards; absent until then. */
  readonly notes?: ExchangeNotes
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

/** In which of Entra ID's two ways of writing PATCH it speaks; `other` for a client that isn't Entra ID. */
export type ClientDialect = 'default' | 'aadOptscim062020' | 'other'

/**
 * What kind of client sent a request. `entra`: it speaks as Entra ID does; `service`: another provisioning service, by
 * its name; `compliance`: the compliance suite; `sample`: the console's own sample; `ad-hoc`: everybody else, such as
 * curl, scripts and load tests.
 */
export type ClientKind = 'entra' | 'service' | 'compliance' | 'sample' | 'ad-hoc'

/** What an exchange means, as the analysis found out. */
export type ExchangeNotes = {
  readonly client: ClientKind
  /** The run of the client that it is part of. */
  readonly cycle?: string
  /** Absent as long as nothing tells. */
  readonly dialect?: ClientDialect
  /** Ids of what was found about it. */
  readonly findings: readonly string[]
}
