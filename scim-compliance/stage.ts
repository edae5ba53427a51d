import type { Json, JsonObject } from './json.ts'

/** What a check works with: the server, and what is known of it. Whatever is made through it is taken away afterwards. */
export type Stage = {
  readonly service: Service
  /** Below the SCIM root: `/Users?filter=…`. Never throws for an answer, whatever its status; throws `Unreachable`. */
  readonly send: (method: Method, path: string, options?: SendOptions) => Promise<Answer>
  readonly get: (path: string, headers?: Headers) => Promise<Answer>
  readonly post: (path: string, body: Json, headers?: Headers) => Promise<Answer>
  readonly put: (path: string, body: Json, headers?: Headers) => Promise<Answer>
  /** A PatchOp message with these operations. */
  readonly patch: (path: string, ...operations: readonly JsonObject[]) => Promise<Answer>
  readonly delete: (path: string, headers?: Headers) => Promise<Answer>
  /** A valid body for a type: everything required, unique values, all of it the tool's own name; then what is given. */
  readonly sample: (type: TypeAtHand, given?: JsonObject) => JsonObject
  /** A valid body with a value for every writable attribute of the type. */
  readonly fullSample: (type: TypeAtHand, given?: JsonObject) => JsonObject
  /** Makes one to work on; the check is skipped where that can't be had, but for checks about creating, which fail. Removed afterwards. */
  readonly create: (type: TypeAtHand, given?: JsonObject) => Promise<Made>
  /** To be removed afterwards; for what a check made by `send` or `post`. Answers without an id are passed over. */
  readonly willRemove: (type: TypeAtHand, answer: Answer) => void
  /** A text that nobody else has: `scim-check-k3f9-17`; with a prefix or as an address where asked. */
  readonly unique: (prefix?: string) => string
  /** Users and groups of this server; a check that needs them is skipped where there are none. */
  readonly users: TypeAtHand
  readonly groups: TypeAtHand
  /** All types the server has. */
  readonly types: readonly TypeAtHand[]
  /** Waits until `test` holds, asking again for at most a few seconds: for servers that are consistent later. */
  readonly eventually: (test: () => Promise<boolean>) => Promise<boolean>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
export type Headers = Readonly<Record<string, string>>
export type SendOptions = {
  /** An object is sent as JSON, a string as it is. */
  readonly body?: Json | string
  /** Replace the usual ones; an empty value leaves one out. */
  readonly headers?: Headers
}

export type Answer = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Headers
  readonly text: string
  /** Undefined when the body isn't JSON. */
  readonly body: Json | undefined
  /** The number of the exchange, for reports. */
  readonly exchange: number
  readonly milliseconds: number
}

/** Something that was created. */
export type Made = {
  readonly id: string
  /** `/Users/{id}` */
  readonly path: string
  readonly sent: JsonObject
  readonly body: JsonObject
  readonly answer: Answer
}

/** A resource type as the server advertises it, or as the RFC has it where it advertises none. */
export type TypeAtHand = {
  readonly name: string
  /** `/Users` */
  readonly endpoint: string
  readonly schema: string
  readonly attributes: readonly AttributeAtHand[]
  readonly extensions: readonly {
    readonly schema: string
    readonly required: boolean
    readonly attributes: readonly AttributeAtHand[]
  }[]
}

/** RFC 7643 §7, with the defaults put in. */
export type AttributeAtHand = {
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
  readonly subAttributes: readonly AttributeAtHand[]
}

/** What the server says of itself. */
export type Service = {
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
