import type { Json } from '../../scim/json.ts'
import type { RecordedRequest } from '../recordings/recording.ts'

/** IDs and secrets are already replaced. */
export type ReplayRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type ReplayResponse = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Rejects with an Error that says why there is no response. */
export type SendRequest = (request: ReplayRequest) => Promise<ReplayResponse>

export type Difference =
  | { readonly kind: 'status'; readonly recorded: number; readonly replayed: number }
  /** An attribute or another member of the body; `recorded` or `replayed` is absent if that body lacks it. */
  | {
      readonly kind: 'value'
      readonly path: string
      readonly recorded?: Json
      readonly replayed?: Json
    }
  | { readonly kind: 'body'; readonly recorded: BodyKind; readonly replayed: BodyKind }

export type BodyKind = 'none' | 'JSON' | 'text'

export type Comparison = {
  readonly number: number
  readonly recorded: RecordedRequest
  readonly result: ReplayResult
}

export type ReplayResult =
  | {
      readonly kind: 'response'
      readonly path: string
      readonly status: number
      readonly milliseconds: number
      readonly differences: readonly Difference[]
      /** IDs of resources in path or body that no recorded response gave: sent as recorded. */
      readonly unknownIds: readonly string[]
    }
  | { readonly kind: 'no-response'; readonly path: string; readonly reason: string }
  | { readonly kind: 'not-sent'; readonly reason: string }

export const isDifferent = ({ result }: Comparison): boolean =>
  result.kind === 'response' ? result.differences.length > 0 : result.kind === 'no-response'
