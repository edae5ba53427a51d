import type { MembershipEvent } from '../../../domain/ports/directory.ts'
import type { Difference } from '../../../scim/differences.ts'
import type { Json, JsonObject } from '../../../scim/json.ts'
import type { EvaluationResult } from '../evaluation/evaluate.ts'
import type { Rejection } from './rejection.ts'

export type ExplainedOperation = {
  readonly index: number
  readonly op: string
  readonly path?: string
  readonly value?: Json
  /** `not-reached`: after a rejected operation, or if the whole request was rejected. */
  readonly outcome: 'changed' | 'no-effect' | 'rejected' | 'not-reached'
  readonly summary: string
  readonly differences: readonly Difference[]
}

export type ExplainedResource = {
  readonly type: string
  readonly id: string
  readonly label: string
  /** `before` is absent for a created resource, `after` for a deleted one. */
  readonly versions: { readonly before?: number; readonly after?: number }
  readonly before?: JsonObject
  readonly after?: JsonObject
  readonly differences: readonly Difference[]
  readonly memberships: readonly MembershipEvent[]
}

export type Explanation = EvaluationResult & {
  readonly operations: readonly ExplainedOperation[]
  readonly resources: readonly ExplainedResource[]
  readonly rejection?: Rejection
}
