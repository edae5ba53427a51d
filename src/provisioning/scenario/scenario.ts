import type { Json, JsonObject } from '../../scim/json.ts'
import type { JobConfig } from '../entra/job/job-state.ts'
import type { Mapping } from '../entra/mapping/mapping.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import type { Dialect } from '../kit/target.ts'

export type ScenarioStart = {
  readonly directory: SourceDirectory
  readonly mapping: Mapping
  readonly settings: ScenarioSettings
}

export type ScenarioSettings = Partial<
  Pick<
    JobConfig,
    | 'scope'
    | 'skipOutOfScopeDeletions'
    | 'disabledUnlinked'
    | 'accidentalDeletionThreshold'
    | 'memberBatchSize'
    | 'memberConcurrency'
    | 'concurrency'
  >
>

/** `PATCH /Users/{{barney.gumble@springfield.example}}`: `*` matches any text. */
export type RequestPattern = { readonly method: string; readonly path: string }

export type ExpectedRequest =
  | { readonly kind: 'probes' }
  | {
      readonly kind: 'request'
      readonly pattern: RequestPattern
      readonly body?: Json
      readonly operations?: Readonly<Record<Dialect, Json>>
    }

/** `absent`: the target must not have the resource. Otherwise the attributes to compare; null means no value. */
export type ExpectedResource = {
  readonly name: string
  readonly attributes: JsonObject | 'absent'
  readonly members?: readonly string[]
}

export type Expectation = {
  readonly users: readonly ExpectedResource[]
  readonly groups: readonly ExpectedResource[]
  readonly asDirectory: boolean
  readonly requests?: readonly ExpectedRequest[]
  readonly tokenRequests?: number
  readonly cycle?: JsonObject
  readonly job?: JsonObject
  readonly log: readonly { readonly who: string; readonly entry: JsonObject }[]
}
