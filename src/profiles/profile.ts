import { errors, type ScimError, type ScimType } from '../scim/error.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { JsonObject } from '../scim/json.ts'
import type { PatchOperation } from '../scim/patch/operation.ts'
import type { RequestPolicy } from '../scim/request-policy.ts'
import type { Resource, StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'

export type ProfileName = 'aws' | 'entra' | 'rfc'

/** Something that a service does, as a sentence for people, with where it is known from and how surely. */
export type Statement = {
  /** Stable; shown in the console, in the docs and in tests. */
  readonly id: string
  readonly description: string
  readonly source: string
  readonly basis: 'documented' | 'observed' | 'inferred' | 'assumed'
  /** Ids of docs/rfc-requirements.md. */
  readonly requirements?: readonly string[]
}

/** What breaks a rule. */
export type Violation = {
  /** The text that the service sends. */
  readonly detail: string
  /** The operations of a PATCH that the service carries out although it refuses the request. */
  readonly partialEffect?: readonly PatchOperation[]
}

/** A statement by which requests are refused. */
export type Rule<Subject> = Statement & {
  /** How people avoid the error: what to change, and where. */
  readonly remedy: string
  /** 400 by default. */
  readonly status?: number
  readonly scimType?: ScimType
  /** Finds what breaks the rule. */
  readonly check: (subject: Subject) => Violation | undefined
}

/** A rule with what breaks it. */
export type BrokenRule = Omit<Rule<never>, 'check' | 'status'> & Violation & { readonly status: number }

export type OperationName = 'create' | 'read' | 'list' | 'replace' | 'patch' | 'delete'

export type OperationSubject = { readonly operation: OperationName; readonly type: ResourceType }
/** The body of a POST or PUT as the client sent it. */
export type BodySubject = OperationSubject & { readonly body: JsonObject }
/** A resource that is about to be stored, after POST, PUT or PATCH; `members` is what a POST or PUT adds. */
export type ResourceSubject = OperationSubject & {
  readonly resource: Resource
  readonly members: readonly string[]
}
export type PatchSubject = {
  readonly type: ResourceType
  readonly operations: readonly PatchOperation[]
  /** The `Operations` as the client sent them. */
  readonly sent: readonly JsonObject[]
}
export type QuerySubject = {
  readonly type: ResourceType
  readonly parameters: Readonly<Record<string, string>>
  readonly filter: BoundFilter | undefined
}

/** What a profile refuses, by the step at which it is known. Within a list the first broken rule is reported. */
export type Rules = {
  /** Before anything is read. */
  readonly operation: readonly Rule<OperationSubject>[]
  readonly body: readonly Rule<BodySubject>[]
  readonly resource: readonly Rule<ResourceSubject>[]
  /** The `Operations` before their paths and values are looked up; `operations` is empty here. */
  readonly sentPatch: readonly Rule<PatchSubject>[]
  readonly patch: readonly Rule<PatchSubject>[]
  readonly query: readonly Rule<QuerySubject>[]
}

/** How a profile words its replies. */
export type ResponsePolicy = {
  /** Of resources, lists and errors alike: the first, unless a client accepts only another. */
  readonly mediaTypes: readonly [string, ...string[]]
  /** Sent with every answer; `request` is the exchange's id. */
  readonly headers: (request: string) => Readonly<Record<string, string>>
  /**
   * `meta` of a resource, as JSON text. `base` is the URL of the tenant's SCIM root, `tag` the entity tag where versions
   * are offered.
   */
  readonly meta: (stored: StoredResource, type: ResourceType, base: string, tag: string | undefined) => string
  readonly created: number
  readonly replaced: number
  /** Whether a successful PATCH answers with the resource (200) or without a body (204). */
  readonly patched: (type: ResourceType) => 200 | 204
  /** Whether answers with a resource carry `Location` and `Content-Location`. */
  readonly location: boolean
  /** How a relation is shown: its rows, an empty array, or not at all. */
  readonly relation: (relation: 'members' | 'groups', operation: OperationName) => 'rows' | 'empty' | 'absent'
  /** Whether the groups of a user include those that the user is in through other groups. */
  readonly nestedGroups: boolean
  /** Whether `$ref` is a URI below the tenant's root or relative to the resource's own (RFC 7643 §2.3.7). */
  readonly references: 'absolute' | 'relative'
  /** The HTTP status of an error: its own, unless the service answers with another. */
  readonly status: (error: ScimError) => number
  /** The error body. `at` is the tenant's time in milliseconds since 1970. */
  readonly error: (error: ScimError, request: string, at: number) => JsonObject
  /** Headers that go with an error besides the error's own, such as `WWW-Authenticate`. */
  readonly errorHeaders: (error: ScimError) => Readonly<Record<string, string>>
  readonly serviceProviderConfig: (base: string) => JsonObject
  /** One entry of `/ResourceTypes` and of `/Schemas`. */
  readonly resourceTypes: (base: string) => readonly JsonObject[]
  readonly schemas: (base: string) => readonly JsonObject[]
  /** Whether `/ResourceTypes/{name}` is there, beside the list. */
  readonly resourceTypeByName: boolean
  /** Whether discovery can be read without a token (RFC 7643 §5). */
  readonly publicDiscovery: boolean
}

/** How lists are walked by cursor (RFC 9865). */
export type CursorPaging = {
  /** Whether a page leads back, by `previousCursor`. */
  readonly previous: boolean
  /** Whether a page tells `totalResults`. */
  readonly total: boolean
  /** Whether the `count` of the first page holds for the whole walk. */
  readonly fixedCount: boolean
  /** How old a cursor may be by the tenant's clock, in milliseconds; without it any age. */
  readonly timeout?: number
}

/** How lists are paged. */
export type Paging = {
  /** `startIndex` is honoured. */
  readonly index: boolean
  /** How `cursor` is honoured, if it is. */
  readonly cursor?: CursorPaging
  readonly defaultCount: number
  readonly maxCount: number
  /** A `count` that is no number: 400, or as if it weren't there, for the profile's rules to judge. */
  readonly invalidCount: 'refuse' | 'default'
  /** `totalResults` of a page by index: all matches, or the length of the page. */
  readonly total: 'matches' | 'page'
}

export type Limits = {
  readonly bodyBytes: number
  readonly filterLength: number
  /** Nested parentheses, brackets and `not`. */
  readonly filterDepth: number
  readonly idLength: number
  /** Resources of one type in a tenant. */
  readonly resources: number
  /** Tokens of a tenant, expired ones included. */
  readonly tokens: number
  /** Requests a second and tenant, when throttling is on. */
  readonly writesPerSecond: number
  readonly readsPerSecond: number
}

export type AddressPolicy = {
  /** Other names of endpoints, in lower case: `serviceconfiguration` for `ServiceProviderConfig`. */
  readonly aliases: Readonly<Record<string, string>>
  /** Whether `/users` answers as `/Users` does (Microsoft's samples write both). */
  readonly caseInsensitive: boolean
  /** Whether `/scim/Users` answers as `/scim/v2/Users` does (RFC 7644 §3.13). */
  readonly versionOptional: boolean
  /** What RFC 7644 describes and this profile doesn't offer (`/Me`, `/Bulk`, `/.search`): 501 or 404. */
  readonly unsupportedStatus: 404 | 501
}

/** What RFC 7644 and RFC 9865 leave to a provider to offer; `/ServiceProviderConfig` says the same. */
export type Features = {
  /** `POST …/.search`, and queries on the root over every type (RFC 7644 §3.4.2.1, §3.4.3). */
  readonly search: boolean
  readonly sort: boolean
  /** Versions in `meta.version` and `ETag`, and conditional requests (RFC 7644 §3.14). */
  readonly etag: boolean
  readonly bulk?: BulkLimits
}

export type BulkLimits = { readonly maxOperations: number; readonly maxPayloadSize: number }

/** Whose SCIM a tenant speaks: asked at these points, and nowhere by name. */
export type Profile = {
  readonly name: ProfileName
  /** The RFC's tables, narrowed. */
  readonly resourceTypes: readonly ResourceType[]
  readonly requests: RequestPolicy
  readonly rules: Rules
  readonly responses: ResponsePolicy
  readonly paging: Paging
  /** Whether `attributes` and `excludedAttributes` are honoured; where not, they are ignored. */
  readonly projection: boolean
  readonly features: Features
  /** Whether PUT, PATCH and DELETE have to say by `If-Match` which version they mean; without it 428. */
  readonly requiresIfMatch: boolean
  /** Whether a `filter` on discovery is passed over or refused with 403: RFC 7644 §4 knows both. */
  readonly discoveryFilter: 'ignore' | 'refuse'
  /** Forgives how clients write the two lists, before they are taken apart into names. */
  readonly normalizeAttributeList?: (list: string) => string
  readonly limits: Limits
  /** A new id for a resource. Never has `bulkId` in it (RFC 7643 §3.1). */
  readonly newId: () => string
  /**
   * What the service fills in by itself in a resource that a POST, PUT or PATCH has made, before the rules look at
   * it. Gives the same resource back when there is nothing to fill in.
   */
  readonly completeResource?: (type: ResourceType, operation: OperationName, resource: Resource) => Resource
  /** A filter on a relation that names a resource which doesn't exist: no match, or 404. */
  readonly unknownMemberInFilter: 'empty' | 'not-found'
  /** What becomes of a member id that names nobody. */
  readonly unknownMembers: 'refuse' | 'keep'
  /** Whether a deleted resource is taken out of those that refer to it (manager). */
  readonly removesDanglingReferences: boolean
  /** How addresses are read. */
  readonly addresses: AddressPolicy
  /** The profile's switches, each with the value that holds for the tenant. */
  readonly switches: Readonly<Record<string, string>>
}

/** A point on which sources disagree, or on which AWS is silent: the tenant chooses. */
export type Switch = Statement & {
  readonly values: readonly string[]
  readonly default: string
}

/** The first rule that the subject breaks. */
export function findBrokenRule<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
): BrokenRule | undefined {
  for (const rule of rules) {
    const violation = rule.check(subject)
    if (violation) return toBrokenRule(rule, violation)
  }
  return undefined
}

const toBrokenRule = <Subject>(
  { check: _, status = 400, ...rule }: Rule<Subject>,
  violation: Violation,
): BrokenRule => ({ ...rule, status, ...violation })

/** Throws the error of the first rule that the subject breaks. */
export function enforce<Subject>(rules: readonly Rule<Subject>[], subject: Subject): void {
  const broken = findBrokenRule(rules, subject)
  if (broken) throw ruleError(broken)
}

/** The error by which a broken rule refuses a request. */
export const ruleError = ({ id, detail, status, scimType }: BrokenRule): ScimError =>
  errors.ruleBroken(id, detail, status, scimType)
