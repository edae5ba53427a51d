import type { OperationName } from '../profiles/profile.ts'

export type FaultMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Which requests a fault strikes: those to which everything that is given applies. */
export type FaultMatch = {
  /** The id of the tenant. */
  readonly tenant?: string
  readonly methods?: readonly FaultMethod[]
  /** The name of a resource type, in any case: `User`. */
  readonly type?: string
  readonly operations?: readonly OperationName[]
  /** Part of the URL or of the body, in any case. */
  readonly text?: string
  /** Passes over so many that match first. */
  readonly skip?: number
  /** Strikes only each so many-th one that matches. */
  readonly every?: number
}

/** What becomes of the answer. */
export type FaultEffect =
  /** The request isn't carried out. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly detail?: string
      /** Seconds. */
      readonly retryAfter?: number
    }
  /** The request is carried out so much later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The connection is cut: before the request is carried out, or after, so that its answer is lost. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** The request is carried out, and half of the answer's body sent. */
  | { readonly kind: 'truncate' }
  /** The request is carried out, and something else is sent in the answer's place. */
  | { readonly kind: 'body'; readonly body: string; readonly mediaType: string; readonly status?: number }
  /** The request is refused as with a token that has expired. */
  | { readonly kind: 'token-expired' }

export type NewFault = {
  /** What people call it. */
  readonly name?: string
  readonly match: FaultMatch
  readonly effect: FaultEffect
  /** Disarms itself after so many strikes; without it it stays armed. */
  readonly times?: number
}

/** An answer to be spoiled on purpose. Faults are held in memory: a start begins with none. */
export type Fault = NewFault & {
  readonly id: string
  /** What it does, in words: "PATCH of users: 429, Retry-After 30". */
  readonly summary: string
  /** The machine's time in milliseconds since 1970. */
  readonly armed: number
  readonly hits: number
  readonly lastHit?: number
}

/** What of a request decides whether a fault is meant for it. */
export type RequestFacts = {
  /** The id of the tenant, where one is known. */
  readonly tenant: string | undefined
  readonly method: string
  /** What the address asks for; neither of discovery, of bulk requests and of unknown addresses. */
  readonly type: string | undefined
  readonly operation: OperationName | undefined
  /** As it was received. */
  readonly url: string
  /** As it was received; asked only by a fault that looks for a text. */
  readonly body: () => string
}

/** Whether everything that is given applies. Names of types and texts are compared without case. */
export const matchesRequest = (match: FaultMatch, request: RequestFacts): boolean =>
  (match.tenant === undefined || match.tenant === request.tenant) &&
  (match.methods === undefined || match.methods.some(name => name === request.method)) &&
  (match.type === undefined || match.type.toLowerCase() === request.type?.toLowerCase()) &&
  (match.operations === undefined || match.operations.some(name => name === request.operation)) &&
  (match.text === undefined || hasText(match.text.toLowerCase(), request))

/** People write the text of a filter as they read it: without percent signs. */
const hasText = (text: string, { url, body }: RequestFacts) =>
  [url, decoded(url), body()].some(place => place.toLowerCase().includes(text))

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    return url
  }
}

/** What a fault does: "every 3rd POST or PATCH of a User: 429, Retry-After 30". */
export const describeFault = ({ match, effect, times }: NewFault): string =>
  `${describeMatch(match)}: ${describeEffect(effect)}${describeTimes(times)}`

function describeMatch({ tenant, methods, type, operations, text, skip, every }: FaultMatch): string {
  const kind = describeKind(methods, operations)
  return [
    every !== undefined && every > 1
      ? `every ${ordinal(every)} ${kind ?? 'request'}`
      : (kind ?? 'every request'),
    type && `${kind ? 'of' : 'about'} a ${type}`,
    tenant && `in ${tenant}`,
    text && `with "${text}" in it`,
    skip && `after the first ${skip === 1 ? 'one' : skip}`,
  ]
    .filter(Boolean)
    .join(' ')
}

/** A method by itself, an operation by itself, or both: "POST (create)". */
function describeKind(methods: FaultMatch['methods'] = [], operations: FaultMatch['operations'] = []) {
  const method = either(methods)
  const operation = either(operations)
  return method && operation ? `${method} (${operation})` : (method ?? operation)
}

/** What becomes of the answer: "429, Retry-After 30". */
export function describeEffect(effect: FaultEffect): string {
  switch (effect.kind) {
    case 'status':
      return `${effect.status}${effect.retryAfter === undefined ? '' : `, Retry-After ${effect.retryAfter}`}`
    case 'delay':
      return `carried out ${describeSeconds(effect.milliseconds)} late`
    case 'reset':
      return effect.when === 'before'
        ? 'connection cut, nothing carried out'
        : 'carried out, connection cut before the answer'
    case 'truncate':
      return 'carried out, half of the body sent'
    case 'body':
      return `carried out, answered ${effect.status === undefined ? '' : `${effect.status} `}with ${bodyKind(effect)}`
    case 'token-expired':
      return '401, token expired'
  }
}

const bodyKind = ({ body, mediaType }: Extract<FaultEffect, { kind: 'body' }>) =>
  body === '' ? 'an empty body' : `${mediaType.split(';')[0]}`

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

/** POST, PUT or PATCH. */
function either(names: readonly string[]): string | undefined {
  const last = names.at(-1)
  if (last === undefined || names.length === 1) return last
  return `${names.slice(0, -1).join(', ')} or ${last}`
}
