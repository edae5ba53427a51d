import type { Immutable } from '../../scim/json.ts'
import type { NewFault as SentFault } from '../contract/faults.ts'

export type NewFault = Immutable<SentFault>
export type FaultMatch = NewFault['match']
export type FaultEffect = NewFault['effect']
export type FaultOperation = NonNullable<FaultMatch['operations']>[number]
export type FaultApi = NonNullable<FaultMatch['api']>

/** An active fault. It ends with the process on SQLite; PostgreSQL stores it for all instances. */
export type Fault = NewFault & {
  readonly id: string
  readonly summary: string
  /** Machine time in milliseconds since 1970. */
  readonly activeSince: number
  readonly hits: number
  readonly lastHit?: number
}

export type RequestFacts = {
  readonly tenant: string | undefined
  /** Undefined for a request to the AWS APIs that names none of them. */
  readonly api: FaultApi | undefined
  readonly method: string
  readonly type: string | undefined
  readonly operation: FaultOperation | undefined
  readonly url: string
  /** As received. Called only by faults that match a text. */
  readonly body: () => string
}

export const matchesRequest = (match: FaultMatch, request: RequestFacts): boolean =>
  (match.tenant === undefined || match.tenant === request.tenant) &&
  (match.api === undefined || match.api === request.api) &&
  (match.methods === undefined || match.methods.some(name => name === request.method)) &&
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

function describeKind(methods: FaultMatch['methods'] = [], operations: FaultMatch['operations'] = []) {
  const method = joinAlternatives(methods)
  const operation = joinAlternatives(operations)
  return method && operation ? `${method} (${operation})` : (method ?? operation)
}

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

function joinAlternatives(names: readonly string[]): string | undefined {
  const last = names.at(-1)
  if (last === undefined || names.length === 1) return last
  return `${names.slice(0, -1).join(', ')} or ${last}`
}
