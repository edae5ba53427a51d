import type { Exchange } from '../../journal/exchange.ts'
import { groupType, userType } from '../../scim/core-types.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { Reads } from '../../scim/reads.ts'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import type { FindingKind } from '../finding.ts'
import type { Verdict } from '../verdict.ts'
import { type LookUp, lookUpIn } from './look-up.ts'
import { operationsIn, patchedIn, type SentOperation, type Written, writtenIn } from './written.ts'

/** What AWS would have said to a request, or has said where the tenant is AWS. */
export type AwsVerdict = Pick<Verdict, 'own' | 'accepted' | 'status' | 'detail'> & {
  readonly rules: readonly Pick<Verdict['rules'][number], 'id' | 'detail'>[]
}

/** An exchange with what is known of it beyond the journal. */
export type Observed = {
  readonly exchange: Exchange
  /** Absent where AWS wasn't asked. */
  readonly aws?: AwsVerdict
  /** What PATCH changes the tenant accepts without carrying them out, where it has such. */
  readonly ignoresChange?: NonNullable<Reads['ignoresChange']>
  /** Of the ids that the exchange refers to (`idsReferredTo`), those that nobody has. */
  readonly nobody?: ReadonlySet<string>
}

/** An exchange as diagnoses look at it: its bodies are read once. */
export type Subject = Observed & {
  /** By the RFC's tables; absent where the exchange was about no user and no group. */
  readonly type?: ResourceType
  /** Whether it says what a resource is to be as a whole: a POST or PUT that could be read. */
  readonly describes: boolean
  readonly written: readonly Written[]
  /** Of a PATCH. */
  readonly operations: readonly SentOperation[]
  readonly lookUp?: LookUp
  readonly answer?: JsonObject
  /** The how manieth time in a row the same PATCH was sent and taken. */
  readonly timesSent: number
}

/** A kind of finding and how it is seen. */
export type Diagnosis = FindingKind & {
  /** The evidence in one sentence; undefined when it isn't there. */
  readonly seenIn: (subject: Subject) => string | undefined
}

export function readSubject(observed: Observed, timesSent = 1): Subject {
  const { exchange } = observed
  const type = typeNamed([userType, groupType], exchange.target?.type ?? '')
  const body = isWrite(exchange) ? objectIn(exchange.request.body) : undefined
  const isPatch = exchange.method === 'PATCH'
  const operations = body && isPatch ? operationsIn(body) : []
  const answer = objectIn(exchange.response.body)
  const lookUp = type && lookUpIn(exchange, answer)
  return {
    ...observed,
    ...(type && { type }),
    describes: type !== undefined && body !== undefined && !isPatch,
    written: type && body ? (isPatch ? patchedIn(type, operations) : writtenIn(type, body)) : [],
    operations: type ? operations : [],
    ...(lookUp && { lookUp }),
    ...(answer && { answer }),
    timesSent,
  }
}

/** A search is a POST that writes nothing (RFC 7644 §3.4.3). */
const isWrite = ({ method, url }: Exchange) =>
  ['POST', 'PUT', 'PATCH'].includes(method) && !/\/\.search(\?|$)/.test(url)

/** Nothing where a body was cut, or is no JSON. */
export function objectIn(text: string | undefined): JsonObject | undefined {
  if (text === undefined || !/^\s*\{/.test(text)) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Whom an exchange was about, as people call it. */
export const nameOf = ({ exchange: { target }, lookUp }: Subject): string | undefined =>
  target?.label ?? target?.id ?? lookUp?.value

/** The values that are set at a path, as they were sent; without those that say nothing. */
export const valuesAt = ({ written }: Subject, path: string): readonly Json[] =>
  written
    .filter(one => one.path === path && one.op?.toLowerCase() !== 'remove' && !isNothing(one.value))
    .map(({ value }) => value)

export const isNothing = (value: Json): boolean => isUnassigned(value) || value === ''

/** The text that is set at a path. */
export const textAt = (subject: Subject, path: string): string | undefined =>
  valuesAt(subject, path).find(value => typeof value === 'string')

export const isUser = ({ type }: Subject): boolean => type === userType
