import type { Exchange } from './client/exchange.ts'
import type { Outcome } from './run/result.ts'
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
  /** A request to any address, without the credentials of the run: a GET, or a POST of a form, whose response may contain a token. */
  readonly elsewhere: (url: string, form?: Readonly<Record<string, string>>) => Promise<ScimResponse>
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
  /** Why a request with these needs can't be sent; undefined if it can. */
  readonly lacks: (...needs: readonly Need[]) => string | undefined
  readonly probe: (name: ProbeName) => Promise<ProbeVerdict>
  readonly authorization: AuthorizationOptions
  /** 5xx responses of this run that didn't come again when the check was repeated. */
  /** All exchanges and outcomes of this run until now, for checks with `summary`; long bodies are truncated. */
  readonly exchanges: () => readonly Exchange[]
  readonly outcomes: () => readonly Outcome[]
  readonly occasional5xx: () => { readonly exchanges: readonly number[]; readonly of: number }
}

export type AuthorizationOptions = {
  /** The issuer of the authorization server (RFC 8414 §2). */
  readonly issuer?: string
  /** A client, and a JWT by which it authenticates (RFC 7523 §2.2). */
  readonly client?: { readonly id: string; readonly assertion: string }
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
  /** Set for a 422 of a server that returns it instead of 400, which one check reports. */
  readonly standsFor?: 400
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
  /** False if the server accepts a value and doesn't return it; set by probe/stored. */
  readonly stored?: boolean
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

/** How binding a requirement is for its suite: stated by an RFC, a draft, Microsoft, AWS or Okta, or relied on by clients without documentation. */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'practice'

/** Suites that predict how a client reacts. */
export type ClientSuite = 'aws' | 'entra' | 'okta'

/** Suites of drafts, whose rules change from version to version: they run only if named. */
export type DraftSuite = 'interop' | 'ipsie'

export type Suite = 'rfc' | ClientSuite | DraftSuite

/** A feature that a check requires; if the server doesn't advertise it, the check is skipped. `write` and `load` are up to the user. */
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
  | 'load'

/** A rule of a draft, and the version in which it was read. */
export type DraftRule = {
  /** `IP-02` */
  readonly rule: string
  /** `draft-zollner-scim-interop-profile` */
  readonly draft: string
  readonly version: string
  /** ISO 8601; a month where the draft states no day. */
  readonly date: string
  readonly section: string
  readonly url: string
  /** Of IPSIE: the level that first requires it. */
  readonly assurance?: 'all' | 'AL1' | 'AL2'
}

/** A verbatim sentence of an RFC, and its section: `RFC 7644 §3.3`. */
export type NormativeSentence = { readonly section: string; readonly text: string }

/** What came instead of what a check expects. */
export type Came =
  /** No complete response. */
  | 'nothing'
  /** Another status than the expected ones. */
  | '2xx'
  | '3xx'
  | '4xx'
  | '5xx'
  /** The status is right; a value or a resource isn't there. */
  | 'missing'
  /** Resources or values that shouldn't be there. */
  | 'excess'
  /** A value of another JSON type: "false" for false. */
  | 'wrong type'
  /** A write reported success, and a read shows the state before it. */
  | 'without effect'
  | 'other'

/**
 * Why a check doesn't apply, or can't be tested. `groups`, `attribute`, `operation`: the server has none. `permission`: of the token;
 * nothing was tested. `option`: the user has to ask for it.
 */
export type Lacking = 'groups' | 'attribute' | 'operation' | 'permission' | 'option'

/** What a server is trusted with: a failure limits the grade to D, and the server isn't safe to deprovision with. */
export type Protected = 'disabling' | 'enabling' | 'deletion' | 'authentication'

export type ProbeName = `probe/${string}`

/** A question that is asked once per run, and that many checks rely on. */
export type ProbeVerdict = {
  readonly name: ProbeName
  /** Undefined if it couldn't be asked. */
  readonly holds: boolean | undefined
  /** The finding in a clause: "filters by userName return all users". */
  readonly says: string
  /** Which of several findings; `yes` if it holds. */
  readonly kind: string
  /** Names that belong to the finding: the attributes that aren't stored. */
  readonly values: readonly string[]
  readonly exchange?: number
  /** The check that fails for this reason, by suite. */
  readonly reportedBy: Readonly<Partial<Record<Suite, string>>>
}

/** What a failure looks like. */
export type Seen = {
  readonly came: Came
  readonly method: string
  /** The request had an Authorization header; whether the token is valid is up to the check. */
  readonly hadToken: boolean
  readonly status: number | undefined
  readonly body: Json | undefined
  readonly expected: string
  readonly got: string
  readonly probe: (name: ProbeName) => ProbeVerdict | undefined
}

/** `{answer}` in `summary` becomes "The server returns 405" or "No response comes". */
export type Prediction = {
  readonly effect:
    | 'quarantine'
    | 'not-provisioned'
    | 'escrow'
    | 'task'
    | 'not-linked'
    | 'data-lost'
    | 'slower'
    | 'shown-wrong'
  readonly summary: string
  /** A clause for the headline; false: not in the headline. By default, the client's topic of the check. */
  readonly topic?: string | false
}

/** Applies to one kind of failure. The first entry that fits and has a member decides on it; the defaults are those of the check. */
export type Blame = {
  /** Omitted: any. A number is a status. */
  readonly on?: Came | number | readonly (Came | number)[]
  /** At most one predicate, where `on` isn't enough. */
  readonly if?: (seen: Seen) => boolean
  readonly impact?: string
  readonly remedy?: string
  readonly predict?: Prediction
  /** The server stays safe to deprovision with, although the check protects something. */
  readonly harmless?: true
}

export type Check = {
  /** Stable and unique: `rfc/create/answers-201`. */
  readonly id: string
  readonly suite: Suite
  readonly section: string
  readonly level: Level
  /** The requirement on the server, in one sentence, present tense. */
  readonly description: string
  readonly source: string
  readonly sentence?: NormativeSentence
  readonly draft?: DraftRule
  readonly requirements?: readonly string[]
  /** Impact and remedy of most failures; `blame` has the others. */
  readonly rationale: string
  readonly remedy: string
  readonly needs?: readonly Need[]
  /** Checks of the same suite, or probes, that have to pass first; otherwise this one follows from them, and counts for nothing. */
  readonly after?: readonly (string | ProbeName)[]
  readonly blame?: readonly Blame[]
  readonly protects?: Protected
  readonly load?: true
  readonly wrongCredentials?: true
  /** A rejected create fails the check. Others are skipped, apart from those that `creators` names. */
  readonly creates?: true
  /** Gets ids that are numbers, totals that are strings, or 422 instead of 400 as such; all others get them converted. */
  readonly unconverted?: 'ids' | 'totals' | 'statuses'
  /** Runs when all others have ended. */
  readonly summary?: true
  /** The client whose reactions `blame` predicts. */
  readonly client?: Consequence['client']
  /** The jobs affected: "your job matches users by externalId". */
  readonly when?: string
  readonly gradeAtMost?: 'D'
  /** Derived from given, request and expect where a check has these (checks/forms.ts). */
  readonly run: (context: CheckContext) => Promise<void>
}

export type Consequence = Prediction & {
  readonly client: ClientSuite
  /** The jobs affected; omitted: every job. */
  readonly when?: string
}
