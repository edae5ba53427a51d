import type { Json, JsonObject } from '../../scim/json.ts'
import type { AppRole, SourceDirectory } from '../directory/source-directory.ts'
import type { JobConfig } from '../job/job-config.ts'
import type { Mapping } from '../mapping/mapping.ts'
import type { Dialect, TargetRequest } from '../target.ts'

/** A story about a directory and what its provisioning does to a target, with what has to come of it. */
export type Scenario = {
  readonly name: string
  readonly about: string
  readonly directory: SourceDirectory
  readonly mapping: Mapping
  readonly settings: ScenarioSettings
  readonly steps: readonly Step[]
}

export type ScenarioSettings = Partial<
  Pick<
    JobConfig,
    | 'scope'
    | 'skipOutOfScopeDeletions'
    | 'accidentalDeletionThreshold'
    | 'memberBatchSize'
    | 'memberConcurrency'
    | 'concurrency'
  >
>

export type Step = {
  /** Where it stands: `steps[3]`. */
  readonly place: string
  readonly action: Action
  /** In the author's words, instead of ours. */
  readonly says?: string
  readonly expect: Expectation
}

/** What administrators do in the directory. Everybody is named by userPrincipalName, displayName or objectId. */
export type DirectoryEdit =
  | { readonly do: 'disable' | 'enable' | 'delete' | 'purge' | 'restore' | 'unassign'; readonly who: string }
  | { readonly do: 'assign'; readonly who: string; readonly role?: AppRole }
  | { readonly do: 'change'; readonly who: string; readonly attributes: JsonObject }
  | { readonly do: 'addUser'; readonly user: JsonObject }
  | { readonly do: 'addGroup'; readonly group: JsonObject }
  | { readonly do: 'addMember' | 'removeMember'; readonly who: string; readonly group: string }
  | { readonly do: 'setManager'; readonly who: string; readonly manager: string | undefined }

/** What the provisioning service does, or is told. */
export type ServiceAction =
  | { readonly do: 'cycle' | 'allowDeletions' }
  | { readonly do: 'onDemand'; readonly who: string; readonly members: readonly string[] | undefined }
  | { readonly do: 'restart'; readonly full: boolean }
  | { readonly do: 'advance'; readonly by: number }

/** What happens to the target, and on the way to it. */
export type Incident =
  | { readonly do: 'fail'; readonly fault: Fault }
  | { readonly do: 'expireToken'; readonly after: number }
  | { readonly do: 'renewToken' }
  | { readonly do: 'request'; readonly request: TargetRequest; readonly as: string | undefined }

export type Action = DirectoryEdit | ServiceAction | Incident

/** The next requests that fit are answered so, and don't reach the target, unless they are to be found twice. */
export type Fault = {
  readonly with: number | 'timeout' | 'connection' | 'html' | 'duplicate'
  readonly next: number
  /** `PATCH /Groups*`; all requests when it is absent. */
  readonly on?: RequestPattern
}

/** `PATCH /Users/{{barney.gumble@springfield.example}}`: `*` stands for anything. */
export type RequestPattern = { readonly method: string; readonly path: string }

export type ExpectedRequest =
  | { readonly kind: 'probes' }
  | {
      readonly kind: 'request'
      readonly pattern: RequestPattern
      /** The whole body; absent when it isn't looked at. */
      readonly body?: Json
      /** The operations of a PATCH, by dialect. */
      readonly operations?: Readonly<Record<Dialect, Json>>
    }

/** Absent means that the target must not have it; attributes are those that count, null for none. */
export type ExpectedResource = {
  readonly name: string
  readonly attributes: JsonObject | 'absent'
  /** Of a group: userNames and displayNames, all of them. */
  readonly members?: readonly string[]
}

export type Expectation = {
  readonly users: readonly ExpectedResource[]
  readonly groups: readonly ExpectedResource[]
  /** The target holds what the directory says. */
  readonly asDirectory: boolean
  /** All that was sent in this step, in order. */
  readonly requests?: readonly ExpectedRequest[]
  /** Members of the cycle's report. */
  readonly cycle?: JsonObject
  /** Members of the job's status. */
  readonly job?: JsonObject
  /** Lines that the provisioning log got in this step. */
  readonly log: readonly { readonly who: string; readonly entry: JsonObject }[]
}
