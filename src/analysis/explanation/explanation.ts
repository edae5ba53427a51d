import type { MembershipEvent } from '../../ports/history.ts'
import type { Difference } from '../../scim/differences.ts'
import type { Json, JsonObject } from '../../scim/json.ts'
import type { EvaluationResult } from '../evaluation/evaluate.ts'

/** What became of one of the `Operations` of a PATCH. */
export type ExplainedOperation = {
  readonly index: number
  /** As it was sent. */
  readonly op: string
  readonly path?: string
  readonly value?: Json
  /** `not-reached` behind a refused one, and where the request was refused as a whole. */
  readonly outcome: 'changed' | 'no-effect' | 'refused' | 'not-reached'
  /** The outcome as a sentence for people. */
  readonly summary: string
  readonly differences: readonly Difference[]
}

/** What a request made of one resource. */
export type ExplainedResource = {
  readonly type: string
  readonly id: string
  readonly label: string
  /** No version before what it created, none after what it deleted. */
  readonly versions: { readonly before?: number; readonly after?: number }
  readonly before?: JsonObject
  readonly after?: JsonObject
  readonly differences: readonly Difference[]
  /** Those that came and went by this request, in their order, seen from the group or from the member. */
  readonly memberships: readonly MembershipEvent[]
}

/** What became of a request, and what other profiles would have said to it. */
export type Explanation = EvaluationResult & {
  /** Of a PATCH that could be read; otherwise empty. */
  readonly operations: readonly ExplainedOperation[]
  /** The one that it was about first. */
  readonly resources: readonly ExplainedResource[]
}
