import type { OperationName } from '../../profiles/profile.ts'
import type { KnownAwsApi } from '../journal/aws-operations.ts'

/** What a request does: an operation on resources, or a request to the token endpoint. */
export type FaultOperation = OperationName | 'token'

type FaultMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The API that a request is sent to. */
export type FaultApi = 'scim' | KnownAwsApi

/** Which requests a fault applies to: those that meet all given conditions. */
export type FaultMatch = {
  /** The id of the tenant. */
  readonly tenant?: string
  readonly api?: FaultApi
  readonly methods?: readonly FaultMethod[]
  /** The name of a resource type, case-insensitive: `User`. */
  readonly type?: string
  /** Requests to the token endpoint are matched by their method only if they are named here. */
  readonly operations?: readonly FaultOperation[]
  /** Part of the URL or of the body, case-insensitive. */
  readonly text?: string
  /** Skips this many matching requests first. */
  readonly skip?: number
  /** Applies to every Nth matching request. */
  readonly every?: number
}

export type FaultEffect =
  /** The request is not handled. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly detail?: string
      /** Seconds. */
      readonly retryAfter?: number
    }
  /** The request is handled after this delay. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The connection is reset: before the request is handled, or after it, so that the response is lost. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** The request is handled, and half of the response body is sent. */
  | { readonly kind: 'truncate' }
  /** The request is handled, and this is sent instead of the response. */
  | { readonly kind: 'body'; readonly body: string; readonly mediaType: string; readonly status?: number }
  /** The request is rejected like one with an expired token; one to the token endpoint like one with an expired secret. */
  | { readonly kind: 'token-expired' }
  /** The token endpoint issues an access token that is valid for this many seconds. Other requests are handled. */
  | { readonly kind: 'token-lifetime'; readonly seconds: number }

export type NewFault = {
  readonly name?: string
  readonly match: FaultMatch
  readonly effect: FaultEffect
  /** Turns off after this many hits. */
  readonly times?: number
}

/** An active fault. It ends with the process on SQLite; PostgreSQL stores it for all instances. */
export type Fault = NewFault & {
  readonly id: string
  /** "PATCH of a User: 429, Retry-After 30" */
  readonly summary: string
  /** Machine time in milliseconds since 1970. */
  readonly activeSince: number
  readonly hits: number
  readonly lastHit?: number
}

/** The properties of a request that faults are matched against. */
export type RequestFacts = {
  /** The id of the tenant, if known. */
  readonly tenant: string | undefined
  /** Undefined for a request to the AWS APIs that names none of them. */
  readonly api: FaultApi | undefined
  readonly method: string
  /** By the address. Undefined for discovery, bulk requests and unknown addresses, like `operation`. */
  readonly type: string | undefined
  readonly operation: FaultOperation | undefined
  /** As received. */
  readonly url: string
  /** As received. Called only by faults that match a text. */
  readonly body: () => string
}

/** Whether the request meets all given conditions. */
export const matchesRequest = (match: FaultMatch, request: RequestFacts): boolean =>
  (match.tenant === undefined || match.tenant === request.tenant) &&
  (match.api === undefined || match.api === request.api) &&
  (match.methods === undefined || match.methods.some(name => name === request.method)) &&
  // The methods of faults are those of requests about resources.
  (match.methods === undefined || request.operation !== 'token' || match.operations !== undefined) &&
  (match.type === undefined || match.type.toLowerCase() === request.type?.toLowerCase()) &&
  (match.operations === undefined || match.operations.some(name => name === request.operation)) &&
  (match.text === undefined || hasText(match.text.toLowerCase(), request))

/** Also searches the decoded URL, since people write the text of a filter without percent signs. */
const hasText = (text: string, { url, body }: RequestFacts) =>
  [url, decoded(url), body()].some(place => place.toLowerCase().includes(text))

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    return url
  }
}

/** "every 3rd POST or PATCH of a User: 429, Retry-After 30" */
export const describeFault = ({ match, effect, times }: NewFault): string =>
  `${describeMatch(match)}: ${describeEffect(effect)}${describeTimes(times)}`

function describeMatch({ tenant, api, methods, type, operations, text, skip, every }: FaultMatch): string {
  const kind = describeKind(methods, operations)
  return [
    every !== undefined && every > 1
      ? `every ${ordinal(every)} ${kind ?? 'request'}`
      : (kind ?? 'every request'),
    type && `${kind ? 'of' : 'about'} a ${type}`,
    api && `to ${apiNames[api]}`,
    tenant && `in ${tenant}`,
    text && `containing "${text}"`,
    skip && `after the first ${skip === 1 ? 'one' : skip}`,
  ]
    .filter(Boolean)
    .join(' ')
}

const apiNames: Readonly<Record<FaultApi, string>> = {
  scim: 'SCIM',
  'identity-store': 'the Identity Store API',
  'sso-admin': 'the SSO Admin API',
  sts: 'STS',
}

/** "POST", "create" or "POST (create)"; undefined without methods and operations. */
function describeKind(methods: FaultMatch['methods'] = [], operations: FaultMatch['operations'] = []) {
  const method = joinAlternatives(methods)
  const operation = joinAlternatives(operations)
  return method && operation ? `${method} (${operation})` : (method ?? operation)
}

/** "429, Retry-After 30" */
export function describeEffect(effect: FaultEffect): string {
  switch (effect.kind) {
    case 'status':
      return `${effect.status}${effect.retryAfter === undefined ? '' : `, Retry-After ${effect.retryAfter}`}`
    case 'delay':
      return `delayed ${describeSeconds(effect.milliseconds)}`
    case 'reset':
      return effect.when === 'before'
        ? 'connection reset, request not handled'
        : 'request handled, connection reset before the response'
    case 'truncate':
      return 'request handled, half of the response body sent'
    case 'body':
      return `request handled, response replaced by ${effect.status === undefined ? '' : `${effect.status} `}${bodyKind(effect)}`
    case 'token-expired':
      return '401, token expired'
    case 'token-lifetime':
      return `access token valid for ${describeSeconds(effect.seconds * 1000)}`
  }
}

const bodyKind = ({ body, mediaType }: Extract<FaultEffect, { kind: 'body' }>) =>
  body === '' ? 'empty body' : `${mediaType.split(';')[0]}`

const describeTimes = (times: number | undefined) => {
  if (times === undefined) return ''
  return times === 1 ? ', once' : `, ${times} times`
}

const describeSeconds = (milliseconds: number) => {
  const seconds = milliseconds / 1000
  return `${seconds} second${seconds === 1 ? '' : 's'}`
}

const ordinal = (number: number) => {
  const isTeen = number % 100 > 10 && number % 100 < 14
  return `${number}${(!isTeen && { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10]) || 'th'}`
}

/** "POST, PUT or PATCH" */
function joinAlternatives(names: readonly string[]): string | undefined {
  const last = names.at(-1)
  if (last === undefined || names.length === 1) return last
  return `${names.slice(0, -1).join(', ')} or ${last}`
}
