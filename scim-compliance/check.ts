import type { Json, JsonObject } from './scim.ts'

/** What a check works with: the server, and what is known of it. Whatever is made through it is taken away afterwards. */
export type CheckContext = {
  readonly service: ServiceInfo
  /** Below the SCIM root: `/Users?filter=…`. Never throws for an answer, whatever its status; throws `Unreachable`. */
  readonly send: (method: HttpMethod, path: string, options?: SendOptions) => Promise<ScimResponse>
  readonly get: (path: string, headers?: HttpHeaders) => Promise<ScimResponse>
  readonly post: (path: string, body: Json, headers?: HttpHeaders) => Promise<ScimResponse>
  readonly put: (path: string, body: Json, headers?: HttpHeaders) => Promise<ScimResponse>
  /** A PatchOp message with these operations. */
  readonly patch: (path: string, ...operations: readonly JsonObject[]) => Promise<ScimResponse>
  readonly delete: (path: string, headers?: HttpHeaders) => Promise<ScimResponse>
  /** A valid body for a type: everything required, unique values, all of it the tool's own name; then what is given. */
  readonly sample: (type: SupportedType, given?: JsonObject) => JsonObject
  /** A valid body with a value for every writable attribute of the type. */
  readonly fullSample: (type: SupportedType, given?: JsonObject) => JsonObject
  /** Makes one to work on; the check is skipped where that can't be had, but for checks about creating, which fail. Removed afterwards. */
  readonly create: (type: SupportedType, given?: JsonObject) => Promise<CreatedResource>
  /** To be removed afterwards; for what a check made by `send` or `post`. Answers without an id are passed over. */
  readonly removeAfterwards: (type: SupportedType, response: ScimResponse) => void
  /** A text that nobody else has: `scim-check-k3f9-17`; with a prefix or as an address where asked. */
  readonly unique: (prefix?: string) => string
  /** Users and groups of this server; a check that needs them is skipped where there are none. */
  readonly users: SupportedType
  readonly groups: SupportedType
  /** All types the server has. */
  readonly types: readonly SupportedType[]
  /** Waits until `test` holds, asking again for at most a few seconds: for servers that are consistent later. */
  readonly eventually: (test: () => Promise<boolean>) => Promise<boolean>
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
export type HttpHeaders = Readonly<Record<string, string>>
export type SendOptions = {
  /** An object is sent as JSON, a string as it is. */
  readonly body?: Json | string
  /** Replace the usual ones; an empty value leaves one out. */
  readonly headers?: HttpHeaders
}

export type ScimResponse = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: HttpHeaders
  readonly text: string
  /** Undefined when the body isn't JSON. */
  readonly body: Json | undefined
  /** The number of the exchange, for reports. */
  readonly exchange: number
  readonly milliseconds: number
}

/** Something that was created. */
export type CreatedResource = {
  readonly id: string
  /** `/Users/{id}` */
  readonly path: string
  readonly sent: JsonObject
  readonly body: JsonObject
  readonly response: ScimResponse
}

/** A resource type as the server advertises it, or as the RFC has it where it advertises none. */
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

/** RFC 7643 §7, with the defaults put in. */
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

/** What the server says of itself. */
export type ServiceInfo = {
  readonly url: string
  /** ServiceProviderConfig; undefined where it can't be read. */
  readonly config: JsonObject | undefined
  /** Of `/Schemas` and `/ResourceTypes`, as they came; empty where they can't be read. */
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

/** How binding a check is to who wants it: the word of an RFC, of Microsoft or of AWS, or what clients rely on without one. */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'practice'

/** Whose expectations a check tells: the RFCs', an AWS client's, or Entra's provisioning client's. */
export type Suite = 'rfc' | 'aws' | 'entra'

/** What a server has to offer for a check to make sense; what it doesn't advertise isn't checked, and told as skipped. */
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

/** A sentence of an RFC, word for word, and where it is: `RFC 7644 §3.3`. */
export type NormativeSentence = { readonly section: string; readonly text: string }

/** One thing that a server is looked at for. */
export type Check = {
  /** Stable and unique: `rfc/create/answers-201`. */
  readonly id: string
  readonly suite: Suite
  /** Under which heading reports show it: `Create`, `PATCH`, `Filter`. */
  readonly section: string
  readonly level: Level
  /** What a server does that passes, in one sentence. */
  readonly description: string
  /** `RFC 7644 §3.3`, an address, or who sends it. */
  readonly source: string
  /** The sentence that makes it a MUST of an RFC. */
  readonly sentence?: NormativeSentence
  /** Numbers of docs/rfc-requirements.md. */
  readonly requirements?: readonly string[]
  /** Why it matters, and to which client. */
  readonly rationale: string
  /** How to mend a server that fails. */
  readonly remedy: string
  readonly needs?: readonly Need[]
  /** It is about load: it runs alone, at its own pace, and what is refused isn't tried again. */
  readonly load?: true
  /** It sends wrong credentials, which some servers answer ever more slowly: it runs after all others. */
  readonly wrongCredentials?: true
  /** What a failure leads to for a client; only of checks that say so. */
  readonly consequence?: Consequence
  /** The same, when the request is known whose response was wrong: a rejected write leads to something else than one without effect. */
  readonly predictConsequence?: (seen: ObservedResponse) => Consequence
  /** A server that fails it gets no better grade than this. */
  readonly gradeAtMost?: 'D'
  /** Comes back when the server passes. Throws a `Failure`, or a `Skip` (`expect.ts`). */
  readonly run: (context: CheckContext) => Promise<void>
}

/** What becomes of an object, or of the whole job, after such a response. */
export type Consequence = {
  readonly client: 'entra' | 'aws'
  readonly effect: 'quarantine' | 'escrow' | 'not-linked' | 'data-lost' | 'slower' | 'shown-wrong'
  /** In sentences: "Disabled users stay active. …". */
  readonly summary: string
  /** Which jobs it concerns: "your job matches users by externalId". Left out where it concerns the client's default requests. */
  readonly when?: string
}

/** The request whose response shows a failure. */
export type ObservedResponse = {
  readonly method: string
  /** Undefined where no whole response came. */
  readonly status: number | undefined
  /** Undefined where the body isn't JSON. */
  readonly body: Json | undefined
}
