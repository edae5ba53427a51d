import type { Declarations } from '../scim/declare/declarations.ts'
import { errors, type ScimError, type ScimType } from '../scim/error.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { JsonObject } from '../scim/json.ts'
import type { PatchOperation } from '../scim/patch/elements.ts'
import type { RequestPolicy } from '../scim/request-policy.ts'
import type { Resource, StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { ProfileName, SwitchTopic } from './names.ts'

export type Statement = {
  /** Stable; used in the console, in the docs and in tests. */
  readonly id: string
  readonly description: string
  readonly source: string
  readonly basis: 'documented' | 'observed' | 'inferred' | 'assumed'
  /** Ids of docs/rfc-requirements.md. */
  readonly requirements?: readonly string[]
}

export type AttributeViolation = {
  readonly path: string
  readonly kind: 'missing' | 'empty' | 'too-long' | 'characters' | 'too-many' | 'reserved' | 'unsupported'
  readonly maximum?: number
  readonly characters?: string
}

type Violation = {
  readonly detail: string
  readonly attributes?: readonly AttributeViolation[]
  /** The operations of a PATCH that the service carries out although it rejects the request. */
  readonly partialEffect?: readonly PatchOperation[]
}

export type Rule<Subject> = Statement & {
  readonly remedy: string
  readonly entraRemedy?: string
  /** 400 by default. */
  readonly status?: number
  readonly scimType?: ScimType
  readonly check: (subject: Subject) => Violation | undefined
}

export type BrokenRule = Omit<Rule<never>, 'check' | 'status'> & Violation & { readonly status: number }

export type OperationName = 'create' | 'read' | 'list' | 'replace' | 'patch' | 'delete'

export type OperationSubject = { readonly operation: OperationName; readonly type: ResourceType }
export type BodySubject = OperationSubject & { readonly body: JsonObject }
export type ResourceSubject = OperationSubject & {
  readonly resource: Resource
  readonly members: readonly string[]
}
export type PatchSubject = {
  readonly type: ResourceType
  readonly operations: readonly PatchOperation[]
  readonly sent: readonly JsonObject[]
}
export type QuerySubject = {
  readonly type: ResourceType
  readonly parameters: Readonly<Record<string, string>>
  readonly filter: BoundFilter | undefined
}

/** The rules of a profile, by the step that checks them. Within a list, the first violation is reported. */
export type Rules = {
  readonly operation: readonly Rule<OperationSubject>[]
  readonly body: readonly Rule<BodySubject>[]
  readonly resource: readonly Rule<ResourceSubject>[]
  /** The `Operations` before their paths and values are looked up; `operations` is empty here. */
  readonly sentPatch: readonly Rule<PatchSubject>[]
  readonly patch: readonly Rule<PatchSubject>[]
  readonly query: readonly Rule<QuerySubject>[]
}

export type ResponsePolicy = {
  /** Resources, lists and errors have the first media type, unless a client accepts only another. */
  readonly mediaTypes: readonly [string, ...string[]]
  readonly headers: (request: string) => Readonly<Record<string, string>>
  /**
   * `meta` of a resource, as JSON text. `base` is the URL of the tenant's SCIM root; `tag` is the entity tag, if the profile
   * supports versions.
   */
  readonly meta: (stored: StoredResource, type: ResourceType, base: string, tag: string | undefined) => string
  readonly created: number
  readonly replaced: number
  readonly patched: (type: ResourceType) => 200 | 204
  /** A successful PATCH that would return more members than this returns no body; no limit by default. */
  readonly maxPatchedMembers?: number
  readonly location: boolean
  readonly relation: (relation: 'members' | 'groups', operation: OperationName) => 'rows' | 'empty' | 'absent'
  readonly nestedGroups: boolean
  /** Whether `$ref` is a URI below the tenant's root or relative to the resource's own (RFC 7643 §2.3.7). */
  readonly references: 'absolute' | 'relative'
  readonly status: (error: ScimError) => number
  /** The error body. `at` is the tenant's time in milliseconds since 1970. */
  readonly error: (error: ScimError, request: string, at: number) => JsonObject
  readonly errorHeaders: (error: ScimError) => Readonly<Record<string, string>>
  /** `oauth.metadata` is the URL of the token endpoint's metadata (RFC 8414). */
  readonly serviceProviderConfig: (
    base: string,
    oauth: { readonly metadata: string | undefined } | undefined,
  ) => JsonObject
  readonly resourceTypes: (base: string) => readonly JsonObject[]
  readonly schemas: (base: string) => readonly JsonObject[]
  readonly resourceTypeByName: boolean
  /** Whether discovery can be read without a token (RFC 7643 §5). */
  readonly publicDiscovery: boolean
}

/** How lists are paged by cursor (RFC 9865). */
export type CursorPaging = {
  readonly previous: boolean
  readonly total: boolean
  readonly fixedCount: boolean
  /** The maximum age of a cursor by the tenant's clock, in milliseconds; no limit by default. */
  readonly timeout?: number
}

export type Paging = {
  readonly index: boolean
  readonly cursor?: CursorPaging
  readonly defaultCount: number
  readonly maxCount: number
  /** A `count` that is not a number: 400, or the default, so that the profile's rules check it. */
  readonly invalidCount: 'refuse' | 'default'
  /** `totalResults` of a page by index: all matches, or the length of the page. */
  readonly total: 'matches' | 'page'
}

export type Limits = {
  readonly bodyBytes: number
  readonly filterLength: number
  readonly filterDepth: number
  /** Comparisons in the filter of a list that no index answers. Each of them reads every resource of a type. */
  readonly filterComparisons: number
  readonly idLength: number
  readonly resources: number
  readonly tokens: number
  /** Requests per second and tenant, if rate limiting is on. */
  readonly writesPerSecond: number
  readonly readsPerSecond: number
  /** Membership changes in one request; no limit by default. */
  readonly membershipChanges?: number
  /** Groups that are evaluated for the permissions of one user; no limit by default. */
  readonly groupsOfUser?: number
}

type AddressPolicy = {
  readonly aliases: Readonly<Record<string, string>>
  /** Whether `/users` is the same as `/Users` (Microsoft's samples have both). */
  readonly caseInsensitive: boolean
  /** Whether `/scim/Users` is the same as `/scim/v2/Users` (RFC 7644 §3.13). */
  readonly versionOptional: boolean
  /** The status of endpoints of RFC 7644 that the profile does not support (`/Me`, `/Bulk`, `/.search`). */
  readonly unsupportedStatus: 404 | 501
}

type ProfileSchema = {
  readonly resourceTypes: readonly ResourceType[]
  /** Returns a new ID for a resource. It never contains `bulkId` (RFC 7643 §3.1). */
  readonly newId: () => string
  readonly removesDanglingReferences: boolean
}

export type ProfileRequests = RequestPolicy & {
  readonly limits: Limits
  readonly addresses: AddressPolicy
  readonly normalizeAttributeList?: (list: string) => string
  /** Runs before the rules check the resource. The same object means that there is nothing to add. */
  readonly completeResource?: (type: ResourceType, operation: OperationName, resource: Resource) => Resource
  readonly unknownMembers: 'refuse' | 'keep'
  readonly unknownMemberInFilter: 'empty' | 'not-found'
}

/** The optional features of RFC 7644 and RFC 9865 that a service supports, as in `/ServiceProviderConfig`. */
export type Features = {
  /** `POST …/.search`, and queries on the root over every type (RFC 7644 §3.4.2.1, §3.4.3). */
  readonly search: boolean
  readonly sort: boolean
  /** Versions in `meta.version` and `ETag`, and conditional requests (RFC 7644 §3.14). */
  readonly etag: boolean
  readonly bulk?: BulkLimits
  readonly projection: boolean
  readonly paging: Paging
  /** Whether PUT, PATCH and DELETE require `If-Match`; without it they return 428. */
  readonly requiresIfMatch: boolean
  /** Whether a `filter` on discovery is ignored or rejected with 403: RFC 7644 §4 allows both. */
  readonly discoveryFilter: 'ignore' | 'refuse'
}

export type BulkLimits = { readonly maxOperations: number; readonly maxPayloadSize: number }

export type AwsApis = {
  /** The HTTP status of errors: 400, or the one in AWS's service model. */
  readonly errorStatus: '400' | 'modelled'
  /** A signature for another region than the server's: accepted, or as in a region without an instance. */
  readonly otherRegion: 'accept' | 'empty'
  readonly deleteMissing: 'succeed' | 'notFound'
  readonly assignmentsOfDeleted: 'keep' | 'delete'
  readonly externalIdPath: 'refuse' | 'accept'
}

/** How a token endpoint reads requests (RFC 6749). */
export type TokenEndpointPolicy = {
  /** A token request whose scopes are all unknown: rejected, or as without scopes (RFC 6749 §3.3). */
  readonly unknownScopes: 'refuse' | 'ignore'
  /** Whether a client may send the same secret in the body and as Basic credentials (RFC 6749 §2.3 forbids two ways). */
  readonly repeatedSecret: 'refuse' | 'accept'
}

export type Profile = {
  readonly name: ProfileName
  readonly switches: Readonly<Record<string, string>>
  readonly schema: ProfileSchema
  readonly requests: ProfileRequests
  readonly rules: Rules
  readonly responses: ResponsePolicy
  readonly features: Features
  readonly tokenEndpoint?: TokenEndpointPolicy
  /** `tokens`: only access tokens of the tenant; `any`: also those of the token endpoint and of issuers. */
  readonly credentials: 'tokens' | 'any'
  readonly awsApis?: AwsApis
}

export type ProfileDefinition = {
  readonly switches: readonly Switch[]
  readonly fixedTypes: boolean
  /** The profile with these values of switches, and with the types that a tenant declares. Throws a DeclarationError. */
  readonly create: (chosen: Readonly<Record<string, string>>, declared: Declarations) => Profile
}

export type Switch = Statement & {
  readonly topic: SwitchTopic
  readonly values: readonly string[]
  readonly default: string
}

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

export const ruleError = ({ id, detail, status, scimType }: BrokenRule): ScimError =>
  errors.ruleBroken(id, detail, status, scimType)

const millisecondsPerDay = 86_400_000

const padded = (count: number, length: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(length, '0'))
const twoDigits = padded(60, 2)
const threeDigits = padded(1000, 3)

/** Keeps the date that was written last: lists have many instants of few days. */
function createDateWriter(): (day: number) => string {
  let last = { day: Number.NaN, text: '' }
  return day => {
    if (day !== last.day) {
      const [text = ''] = new Date(day * millisecondsPerDay).toISOString().split('T')
      last = { day, text }
    }
    return last.text
  }
}

const writeDate = createDateWriter()

function partsOf(at: number) {
  const day = Math.floor(at / millisecondsPerDay)
  const inDay = at - day * millisecondsPerDay
  const second = Math.floor(inDay / 1000)
  const time = `${twoDigits[Math.floor(second / 3600)]}:${twoDigits[Math.floor(second / 60) % 60]}:${twoDigits[second % 60]}`
  return { second: `${writeDate(day)}T${time}`, fraction: threeDigits[inDay % 1000] }
}

/**
 * An instant as `2026-03-04T05:06:07.089Z`, from whole milliseconds since 1970. An eighth of the time of `Date`, for the two
 * instants of each resource in a list.
 */
export function toInstant(at: number): string {
  const { second, fraction } = partsOf(at)
  return `${second}.${fraction}Z`
}

export const toWholeSecond = (at: number): string => `${partsOf(at).second}Z`
