import type { AwsApi } from './aws-operations.ts'
import type { Exchange } from './exchange.ts'
import type { Operation } from './operation.ts'

/**
 * A request to be recorded and its response, with all secrets: what the thread of the requests knows, as plain values. The writer
 * of the journal makes an exchange of it. Members without a comment are those of the exchange, before their texts are redacted.
 */
export type Recorded = {
  readonly id: string
  readonly parent: string | undefined
  readonly at: number
  readonly tenantTime: number
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly operation: Operation
  readonly action: string
  readonly enabled: boolean | undefined
  readonly results: number | undefined
  readonly membersAdded: number | undefined
  readonly membersRemoved: number | undefined
  readonly bulkOperations: number | undefined
  readonly tenant: string | undefined
  readonly profile: string | undefined
  readonly tokenId: string | undefined
  readonly tokenEnding: string | undefined
  readonly credential: string | undefined
  readonly refusal: Exchange['refusal']
  readonly unauthenticated: boolean
  readonly api: AwsApi | undefined
  readonly apiOperation: string | undefined
  readonly accessKey: string | undefined
  readonly region: string | undefined
  readonly targetType: string | undefined
  readonly targetId: string | undefined
  readonly targetLabel: string | undefined
  readonly rule: string | undefined
  readonly replayOf: string | undefined
  readonly faultId: string | undefined
  readonly faultSummary: string | undefined
  readonly remoteAddress: string | undefined
  readonly secretNames: string
  /** Secrets that the headers and the URL don't show: text, placeholder, text, placeholder … */
  readonly secrets: readonly string[]
  readonly request: RecordedMessage
  readonly response: RecordedMessage
}

export type RecordedMessage = {
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  /** Bytes are UTF-8. */
  readonly body: Buffer | string | undefined
  readonly cutFrom: number | undefined
  readonly isMasked: boolean
  /** Characters of the body. */
  readonly limit: number
  /** Characters behind `limit` that are searched for secrets, since one may lie across the end. */
  readonly margin: number
}
