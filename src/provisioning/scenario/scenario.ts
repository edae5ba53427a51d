import type { Json, JsonObject } from '../../scim/json.ts'
import type { AuthenticationWay } from '../entra/credentials/create-credentials.ts'
import type { JobConfig } from '../entra/job/job-state.ts'
import type { Mapping } from '../entra/mapping/mapping.ts'
import type { AppRole, SourceDirectory } from '../kit/directory/source-directory.ts'
import type { Dialect, TargetRequest } from '../kit/target.ts'

export type Scenario = {
  readonly name: string
  readonly about: string
  readonly directory: SourceDirectory
  readonly mapping: Mapping
  readonly settings: ScenarioSettings
  readonly auth?: readonly AuthenticationWay[]
  readonly steps: readonly Step[]
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

export type Step = {
  readonly place: string
  readonly action: Action
  readonly description?: string
  readonly expect: Expectation
}

/** Changes that administrators make in the directory. Objects are named by userPrincipalName, displayName or objectId. */
export type DirectoryEdit =
  | { readonly do: 'disable' | 'enable' | 'delete' | 'purge' | 'restore' | 'unassign'; readonly who: string }
  | { readonly do: 'assign'; readonly who: string; readonly role?: AppRole }
  | { readonly do: 'change'; readonly who: string; readonly attributes: JsonObject }
  | { readonly do: 'addUser'; readonly user: JsonObject }
  | { readonly do: 'addGroup'; readonly group: JsonObject }
  | { readonly do: 'addMember' | 'removeMember'; readonly who: string; readonly group: string }
  | { readonly do: 'setManager'; readonly who: string; readonly manager: string | undefined }

type ServiceAction =
  | { readonly do: 'cycle' | 'allowDeletions' }
  | { readonly do: 'onDemand'; readonly who: string; readonly members: readonly string[] | undefined }
  | { readonly do: 'restart'; readonly full: boolean }
  | { readonly do: 'advance'; readonly by: number }

type Incident =
  | { readonly do: 'fail'; readonly fault: Fault }
  | { readonly do: 'expireToken'; readonly after: number }
  | { readonly do: 'renewToken' | 'expireSecret' | 'renewSecret' | 'rotateKeys' }
  | { readonly do: 'createSecret' | 'deleteOldSecrets' }
  | { readonly do: 'failTokenRequests'; readonly fault: TokenFault }
  | { readonly do: 'request'; readonly request: TargetRequest; readonly as: string | undefined }

export type Action = DirectoryEdit | ServiceAction | Incident

/** The next matching requests fail in this way and don't reach the target, except with `duplicate`. */
export type Fault = {
  readonly with: number | 'timeout' | 'connection' | 'html' | 'duplicate'
  readonly next: number
  readonly on?: RequestPattern
}

/** The next token requests fail in this way and don't reach the token endpoint. */
export type TokenFault = { readonly with: number | 'timeout' | 'connection'; readonly next: number }

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
