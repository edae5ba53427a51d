import { LRUCache } from 'lru-cache'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { FindingKind } from '../../../domain/ports/analysis.ts'
import type { MembershipEvent } from '../../../domain/ports/directory.ts'
import { toFullName } from '../../../profiles/normalizers.ts'
import {
  findAttribute,
  pathText,
  resolveAttribute,
  subAttributesOf,
  withoutFilter,
} from '../../../scim/attribute.ts'
import { groupType, userType } from '../../../scim/core-schemas.ts'
import type { Difference } from '../../../scim/differences.ts'
import { compact, isObject, isUnassigned, type Json, type JsonObject } from '../../../scim/json.ts'
import { memoize } from '../../../scim/memoize.ts'
import { objectIn, type SentOperation } from '../../../scim/messages.ts'
import { readFacts } from '../../../scim/recognition/fingerprint.ts'
import type { Product, RecognizedClient } from '../../../scim/recognition/products.ts'
import type { RequestPolicy } from '../../../scim/request-policy.ts'
import { type ResourceType, typeByName } from '../../../scim/resource-types.ts'
import type { Evaluation } from '../evaluation/evaluate.ts'

type Lookup = {
  readonly attribute: string
  readonly value: string
  readonly isQuoted: boolean
  readonly found?: number
}

/** The words of a filter. White space in a string does not end a word, and a string may lack its end. */
const words = /(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/g
const comparedValue = /^(?:"(?:[^"\\]|\\.)*"|[^"]+)$/

export function parseLookup(exchange: Exchange, answer: JsonObject | undefined): Lookup | undefined {
  if (exchange.method !== 'GET' || exchange.target?.id !== undefined) return undefined
  const filter = filterParameter(exchange.url)
  const [operator, last] = [...filter.matchAll(words)].slice(-2)
  if (operator?.[0].toLowerCase() !== 'eq' || last === undefined || !comparedValue.test(last[0]))
    return undefined
  const attribute = filter.slice(0, operator.index).trimEnd()
  const [value] = last
  if (attribute === '' || /[()]|\s(and|or)\s/i.test(attribute)) return undefined
  const found = exchange.status === 200 ? answer?.totalResults : undefined
  const isQuoted = value.startsWith('"')
  return { attribute, value: unquote(value), isQuoted, ...(typeof found === 'number' && { found }) }
}

const filterParameter = (url: string): string => {
  const at = url.indexOf('?')
  return at < 0 ? '' : (new URLSearchParams(url.slice(at + 1)).get('filter') ?? '').trim()
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value.slice(1, -1)
  }
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isGuid = (text: string): boolean => guid.test(text)

type WrittenValue = {
  /** The canonical path without brackets: `name.givenName`, `emails.value`; unknown paths as sent. */
  readonly path: string
  readonly value: Json
  readonly op?: string
}

const maxDepth = 4

const expandName = toFullName([userType, groupType])

const valuesInResource = (type: ResourceType, body: JsonObject): readonly WrittenValue[] =>
  Object.entries(body).flatMap(([name, value]) => flattenValue(type, name, value, 1))

const valuesInPatch = (type: ResourceType, operations: readonly SentOperation[]): readonly WrittenValue[] =>
  operations.flatMap(({ op, path, value }) => {
    const values =
      path === undefined
        ? isObject(value)
          ? valuesInResource(type, value)
          : []
        : flattenValue(type, path, value ?? null, 1)
    return values.map(writtenValues => ({ ...writtenValues, op }))
  })

function flattenValue(type: ResourceType, name: string, value: Json, depth: number): readonly WrittenValue[] {
  if (depth > maxDepth) return []
  if (Array.isArray(value)) {
    return value.flatMap((element: Json) => flattenValue(type, name, element, depth + 1))
  }
  if (!isObject(value)) return [{ path: valuePath(type, name, value), value }]
  return Object.entries(value).flatMap(([below, inner]) =>
    flattenValue(type, joinPath(name, below), inner, depth + 1),
  )
}

const joinPath = (name: string, below: string) =>
  `${name}${/:\d[^:]*:[^.:]+$/.test(name) ? ':' : '.'}${below}`

/** Clients repeat the same names, but can send any. */
const maxKnownPaths = 1000
const maxKnownName = 200
const knownPaths = memoize((_: ResourceType) => new LRUCache<string, string>({ max: maxKnownPaths }))

function valuePath(type: ResourceType, name: string, value: Json): string {
  if (value === null || name.length > maxKnownName) return resolveValuePath(type, name, value)
  const known = knownPaths(type)
  const found = known.get(name) ?? resolveValuePath(type, name, value)
  known.set(name, found)
  return found
}

/** A plain value stands for the `value` of a complex attribute: Entra ID sends a manager like this. */
function resolveValuePath(type: ResourceType, name: string, value: Json): string {
  const bare = withoutFilter(name)
  const path = resolveAttribute(type, expandName(type.name, bare))
  if (!path) return bare
  const last = path.at(-1)
  const part =
    last?.type === 'complex' && value !== null ? findAttribute(subAttributesOf(last), 'value') : undefined
  return pathText(part ? [...path, part] : path)
}

export type AwsEvaluation = Pick<Evaluation, 'isTenantProfile' | 'accepted' | 'status' | 'detail'> & {
  readonly rules: readonly Pick<Evaluation['rules'][number], 'id' | 'detail' | 'attributes'>[]
}

export type LostAssignment = {
  readonly formerId: string
  readonly account: string
  readonly permissionSet: string
}

export type EmptyGroup = {
  readonly label: string
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly created: number
}

export type ClientHabits = {
  /** How often in a row the client read ServiceProviderConfig with `pagination`, and sent nothing else. */
  readonly configReads: number
  /** How often it added members to a group that it had read before; 0 once it has removed a member. */
  readonly addsAfterRead: number
  /** A group that still has no members 10 minutes after its creation, although the client has created or looked up users since. */
  readonly emptyGroup?: EmptyGroup
  readonly hasMatched: boolean
}

export type ListCut = {
  readonly type: string
  readonly shown: number
  readonly existing: number
}

export type Stranger =
  | { readonly createdBy: Product }
  | { readonly createdBy?: never; readonly accessKey: string }

export type ObservedExchange = {
  readonly exchange: Exchange
  readonly aws?: AwsEvaluation
  readonly ignoresChange?: NonNullable<RequestPolicy['ignoresChange']>
  readonly unresolvedIds?: ReadonlySet<string>
  readonly lostAssignments?: readonly LostAssignment[]
  readonly directWrite?: DirectWrite
  /** The list, if the tenant has more resources than the response, and no further pages. */
  readonly listCut?: ListCut
  readonly stranger?: Stranger
  readonly secretExpires?: number
  readonly client?: RecognizedClient
  /** The product whose token it was until this exchange, which is named after another. */
  readonly sharedWith?: Product
}

export type DiagnosisSubject = ObservedExchange & {
  readonly type?: ResourceType
  readonly isFullResource: boolean
  readonly writtenValues: readonly WrittenValue[]
  readonly operations: readonly SentOperation[]
  readonly lookup?: Lookup
  /** The body of the response, unless it is a user or group, or a list of one. */
  readonly answer?: JsonObject
  readonly repeatCount: number
  readonly tokenUse?: TokenUse
  readonly habits?: ClientHabits
}

/** The evidence of a finding. `subject` is what it is about, if that is not the target of the request. */
export type Evidence = { readonly subject: string; readonly detail: string }

export type DiagnosisRule = FindingKind & {
  readonly detect: (subject: DiagnosisSubject) => string | Evidence | undefined
}

export function readSubject(
  observed: ObservedExchange,
  repeatCount = 1,
  tokenUse?: TokenUse,
): DiagnosisSubject {
  return { ...observed, ...contentOf(observed.exchange), ...compact({ tokenUse }), repeatCount }
}

const contentOf = memoize((exchange: Exchange) => {
  const type = typeByName([userType, groupType], exchange.target?.type ?? '')
  const body = isWrite(exchange) ? objectIn(exchange.request) : undefined
  const isPatch = exchange.method === 'PATCH'
  const operations = body && isPatch ? readFacts(exchange).operations() : []
  const answer = isResource(exchange) ? undefined : objectIn(exchange.response)
  const lookup = type && parseLookup(exchange, answer)
  return {
    ...(type && { type }),
    isFullResource: type !== undefined && body !== undefined && !isPatch,
    writtenValues:
      type && body ? (isPatch ? valuesInPatch(type, operations) : valuesInResource(type, body)) : [],
    operations: type ? operations : [],
    ...compact({ lookup, answer }),
  }
})

/** Whether the response is a user or group, or a list of one: rules do not read it. */
const isResource = (exchange: Exchange): boolean =>
  exchange.status < 300 && exchange.target?.id !== undefined && readFacts(exchange).type !== undefined

/** A search by POST writes nothing (RFC 7644 §3.4.3). */
const isWrite = ({ method, url }: Exchange) =>
  ['POST', 'PUT', 'PATCH'].includes(method) && !/\/\.search(\?|$)/.test(url)

export const subjectName = ({ exchange: { target }, lookup }: DiagnosisSubject): string | undefined =>
  target?.label ?? target?.id ?? lookup?.value

export const valuesAt = ({ writtenValues }: DiagnosisSubject, path: string): readonly Json[] =>
  writtenValues
    .filter(one => one.path === path && one.op?.toLowerCase() !== 'remove' && !isEmptyValue(one.value))
    .map(({ value }) => value)

export const isEmptyValue = (value: Json): boolean => isUnassigned(value) || value === ''

export const textAt = (subject: DiagnosisSubject, path: string): string | undefined =>
  valuesAt(subject, path).find(value => typeof value === 'string')

export const isUser = ({ type }: DiagnosisSubject): boolean => type === userType

export type TokenUse = {
  /** Token requests in a row with at most one request to SCIM between them. */
  readonly requestedInRow: number
  readonly expiredInRow: number
}

export type DirectWrite = {
  readonly kind: 'created' | 'changed' | 'deleted'
  readonly type: ResourceType
  readonly isProvisioned: boolean
  readonly differences: readonly Difference[]
  readonly memberships: readonly MembershipEvent[]
}
