import type { Json, JsonObject } from './scim.ts'

/** Everything created through a context is removed afterwards. */
export type CheckContext = {
  readonly service: ServiceInfo
  /** Below the SCIM root: `/Users?filter=…`. Never throws for a response, whatever its status; throws `Unreachable`. */
  readonly send: (method: HttpMethod, path: string, options?: SendOptions) => Promise<ScimResponse>
  readonly get: (path: string, headers?: HttpHeaders) => Promise<ScimResponse>
  readonly post: (path: string, body: Json, headers?: HttpHeaders) => Promise<ScimResponse>
  readonly put: (path: string, body: Json, headers?: HttpHeaders) => Promise<ScimResponse>
  readonly patch: (path: string, ...operations: readonly JsonObject[]) => Promise<ScimResponse>
  readonly delete: (path: string, headers?: HttpHeaders) => Promise<ScimResponse>
  /** A valid body for a type: the required attributes, with unique values that identify this tool, and the given ones. */
  readonly sample: (type: SupportedType, given?: JsonObject) => JsonObject
  /** A valid body with a value for every writable attribute of the type. */
  readonly fullSample: (type: SupportedType, given?: JsonObject) => JsonObject
  /** Creates a resource to work on. If that fails, the check is skipped; checks of creation fail. Removed afterwards. */
  readonly create: (type: SupportedType, given?: JsonObject) => Promise<CreatedResource>
  /** Registers a resource that a check created with `send` or `post`. Ignores responses without an id. */
  readonly removeAfterwards: (type: SupportedType, response: ScimResponse) => void
  /** A unique string: `scim-check-k3f9-17`; with a prefix on request. */
  readonly unique: (prefix?: string) => string
  /** Users and groups of this server; a check that needs them is skipped if there are none. */
  readonly users: SupportedType
  readonly groups: SupportedType
  readonly types: readonly SupportedType[]
  /** Waits until `test` returns true, retrying for a few seconds at most: for servers with eventual consistency. */
  readonly eventually: (test: () => Promise<boolean>) => Promise<boolean>
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
export type HttpHeaders = Readonly<Record<string, string>>
export type SendOptions = {
  /** An object is sent as JSON, a string unchanged. */
  readonly body?: Json | string
  /** Override the default headers; an empty value omits one. */
  readonly headers?: HttpHeaders
}

export type ScimResponse = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: HttpHeaders
  readonly text: string
  /** Undefined when the body isn't JSON. */
  readonly body: Json | undefined
  readonly exchange: number
  readonly milliseconds: number
}

export type CreatedResource = {
  readonly id: string
  /** `/Users/{id}` */
  readonly path: string
  readonly sent: JsonObject
  readonly body: JsonObject
  readonly response: ScimResponse
}

/** A resource type as the server advertises it, or as the RFC defines it if the server advertises none. */
export type SupportedType = {
  readonly name: string
  /** `/Users` */
  readonly endpoint: string
  readonly schema: string
  readonly attributes: readonly SupportedAttribute[]
  readonly extensions: readonly {
    readonly schema: string
    readonly required: boolean
    readonly attributes: readonly SupportedAttribute[]
  }[]
}

/** RFC 7643 §7, including default values. */
export type SupportedAttribute = {
  readonly name: string
  readonly type: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly caseExact: boolean
  readonly mutability: string
  readonly returned: string
  readonly uniqueness: string
  readonly canonicalValues: readonly string[]
  readonly referenceTypes: readonly string[]
  readonly subAttributes: readonly SupportedAttribute[]
}

export type ServiceInfo = {
  readonly url: string
  /** ServiceProviderConfig; undefined if it can't be read. */
  readonly config: JsonObject | undefined
  /** The entries of `/Schemas` and `/ResourceTypes`, unchanged; empty if they can't be read. */
  readonly schemas: readonly JsonObject[]
  readonly resourceTypes: readonly JsonObject[]
  readonly offers: {
    readonly patch: boolean
    readonly bulk: { readonly maxOperations: number; readonly maxPayloadSize: number } | undefined
    readonly filter: { readonly maxResults: number } | undefined
    readonly sort: boolean
    readonly etag: boolean
    readonly changePassword: boolean
    readonly indexPaging: boolean
    readonly cursorPaging: boolean
  }
}

/** How binding a requirement is for its suite: documented by an RFC, Microsoft, AWS or Okta, or relied on by clients without documentation. */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'practice'

export type Suite = 'rfc' | 'aws' | 'entra' | 'okta'

/** A feature that a check requires; if the server doesn't advertise it, the check is skipped. */
export type Need =
  | 'write'
  | 'users'
  | 'groups'
  | 'enterprise'
  | 'patch'
  | 'filter'
  | 'sort'
  | 'etag'
  | 'bulk'
  | 'change-password'
  | 'index-paging'
  | 'cursor-paging'
  | 'search'

/** A verbatim sentence of an RFC, and its section: `RFC 7644 §3.3`. */
export type NormativeSentence = { readonly section: string; readonly text: string }

export type Check = {
  /** Stable and unique: `rfc/create/answers-201`. */
  readonly id: string
  readonly suite: Suite
  /** The section in reports: `Create`, `PATCH`, `Filter`. */
  readonly section: string
  readonly level: Level
  /** The requirement on the server, in one sentence, present tense. */
  readonly description: string
  /** `RFC 7644 §3.3`, a URL, or the client that sends the request. */
  readonly source: string
  readonly sentence?: NormativeSentence
  /** IDs in docs/rfc-requirements.md. */
  readonly requirements?: readonly string[]
  readonly rationale: string
  readonly remedy: string
  readonly needs?: readonly Need[]
  /** Generates load: runs alone, at its own pace, and rejected requests aren't retried. */
  readonly load?: true
  /** Sends invalid credentials, which make some servers respond ever more slowly: runs after all others. */
  readonly wrongCredentials?: true
  readonly consequence?: Consequence
  /** The consequence derived from the response that shows the failure: a rejected write differs from one without effect. */
  readonly predictConsequence?: (seen: ObservedResponse) => Consequence
  readonly gradeAtMost?: 'D'
  /** Resolves if the server passes. Throws a `Failure`, or a `Skip` (`expect.ts`). */
  readonly run: (context: CheckContext) => Promise<void>
}

export type Consequence = {
  readonly client: 'entra' | 'aws' | 'okta'
  readonly effect:
    | 'quarantine'
    | 'not-provisioned'
    | 'escrow'
    | 'task'
    | 'not-linked'
    | 'data-lost'
    | 'slower'
    | 'shown-wrong'
  /** Sentences: "Disabled users stay active. …". */
  readonly summary: string
  /** The jobs affected: "your job matches users by externalId". Omitted for the client's default requests. */
  readonly when?: string
}

export type ObservedResponse = {
  readonly method: string
  /** Undefined if no complete response was received. */
  readonly status: number | undefined
  /** Undefined where the body isn't JSON. */
  readonly body: Json | undefined
}
