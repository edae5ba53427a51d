import type { Exchange } from '../../journal/exchange.ts'
import type { FindingKind } from '../../ports/analysis.ts'
import { toFullName } from '../../profiles/normalizers.ts'
import { findAttribute, pathText, resolveAttribute, subAttributesOf } from '../../scim/attribute.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { RequestPolicy } from '../../scim/request-policy.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type { Evaluation } from '../evaluation/evaluate.ts'

/** A list that was asked for by the value of one attribute: `userName eq "marge"`. */
export type Lookup = {
  /** As the client wrote it. */
  readonly attribute: string
  readonly value: string
  /** Absent when the answer wasn't a list. */
  readonly found?: number
}

const comparison = /^(.+?)\s+eq\s+("(?:[^"\\]|\\.)*"|[^\s"]+)$/i

/** Undefined when the exchange is no such look-up. */
export function parseLookup(exchange: Exchange, answer: JsonObject | undefined): Lookup | undefined {
  if (exchange.method !== 'GET' || exchange.target?.id !== undefined) return undefined
  const [, attribute, value] = comparison.exec(filterParameter(exchange.url)) ?? []
  if (attribute === undefined || value === undefined || /[()]|\s(and|or)\s/i.test(attribute)) return undefined
  const found = exchange.status === 200 ? answer?.totalResults : undefined
  return { attribute, value: unquote(value), ...(typeof found === 'number' && { found }) }
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

/** What Entra ID's objectIds look like. */
export const isGuid = (text: string): boolean => guid.test(text)

/** One value that a client writes, as it sent it. */
export type WrittenValue = {
  /** As the RFC's tables have it, without brackets: `name.givenName`, `emails.value`; else as the client wrote it. */
  readonly path: string
  readonly value: Json
  /** What the client wrote there: `Add`, `replace`; absent of a POST and PUT. */
  readonly op?: string
}

/** An operation of a PATCH as it was sent, whatever the case of its members' names. */
export type SentOperation = { readonly op: string; readonly path?: string; readonly value?: Json }

/** Deeper than this no attribute lies: an extension, an attribute, its sub-attribute. */
const maxDepth = 4

const expandName = toFullName([userType, groupType])

/** The values of a POST or PUT. */
export const valuesInResource = (type: ResourceType, body: JsonObject): readonly WrittenValue[] =>
  Object.entries(body).flatMap(([name, value]) => flattenValue(type, name, value, 1))

/** The values that the operations of a PATCH speak of. */
export const valuesInPatch = (
  type: ResourceType,
  operations: readonly SentOperation[],
): readonly WrittenValue[] =>
  operations.flatMap(({ op, path, value }) => {
    const values =
      path === undefined
        ? isObject(value)
          ? valuesInResource(type, value)
          : []
        : flattenValue(type, path, value ?? null, 1)
    return values.map(writtenValues => ({ ...writtenValues, op }))
  })

/** Nothing where the body isn't a PatchOp. */
export function readOperations(body: JsonObject): readonly SentOperation[] {
  const sent = memberIgnoringCase(body, 'operations')
  if (!Array.isArray(sent)) return []
  return sent.filter(isObject).map(operation => {
    const op = memberIgnoringCase(operation, 'op')
    const path = memberIgnoringCase(operation, 'path')
    const value = memberIgnoringCase(operation, 'value')
    return {
      op: typeof op === 'string' ? op : '',
      ...(typeof path === 'string' && { path }),
      ...(value !== undefined && { value }),
    }
  })
}

/** RFC 7643 §2.1: the case of names doesn't count. */
const memberIgnoringCase = (object: JsonObject, name: string): Json | undefined =>
  Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1]

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

/** A bare text stands for the `value` of what has parts, as Entra sends a manager. */
function valuePath(type: ResourceType, name: string, value: Json): string {
  const bare = name.replace(/\[[^\]]*\]/g, '')
  const path = resolveAttribute(type, expandName(type.name, bare))
  if (!path) return bare
  const last = path.at(-1)
  const part =
    last?.type === 'complex' && value !== null ? findAttribute(subAttributesOf(last), 'value') : undefined
  return pathText(part ? [...path, part] : path)
}

/** What AWS would have said to a request, or has said where the tenant is AWS. */
export type AwsEvaluation = Pick<Evaluation, 'own' | 'accepted' | 'status' | 'detail'> & {
  readonly rules: readonly Pick<Evaluation['rules'][number], 'id' | 'detail'>[]
}

/** An exchange with what is known of it beyond the journal. */
export type ObservedExchange = {
  readonly exchange: Exchange
  /** Absent where AWS wasn't asked. */
  readonly aws?: AwsEvaluation
  /** What PATCH changes the tenant accepts without carrying them out, where it has such. */
  readonly ignoresChange?: NonNullable<RequestPolicy['ignoresChange']>
  /** Of the ids that the exchange refers to (`idsReferredTo`), those that nobody has. */
  readonly unresolvedIds?: ReadonlySet<string>
}

/** An exchange as diagnoses look at it: its bodies are read once. */
export type DiagnosisSubject = ObservedExchange & {
  /** By the RFC's tables; absent where the exchange was about no user and no group. */
  readonly type?: ResourceType
  /** Whether it says what a resource is to be as a whole: a POST or PUT that could be read. */
  readonly isFullResource: boolean
  readonly writtenValues: readonly WrittenValue[]
  /** Of a PATCH. */
  readonly operations: readonly SentOperation[]
  readonly lookup?: Lookup
  readonly answer?: JsonObject
  /** The how manieth time in a row the same PATCH was sent and taken. */
  readonly repeatCount: number
}

/** A kind of finding and how it is seen. */
export type DiagnosisRule = FindingKind & {
  /** The evidence in one sentence; undefined when it isn't there. */
  readonly detect: (subject: DiagnosisSubject) => string | undefined
}

export function readSubject(observed: ObservedExchange, repeatCount = 1): DiagnosisSubject {
  const { exchange } = observed
  const type = typeByName([userType, groupType], exchange.target?.type ?? '')
  const body = isWrite(exchange) ? parseObject(exchange.request.body) : undefined
  const isPatch = exchange.method === 'PATCH'
  const operations = body && isPatch ? readOperations(body) : []
  const answer = parseObject(exchange.response.body)
  const lookup = type && parseLookup(exchange, answer)
  return {
    ...observed,
    ...(type && { type }),
    isFullResource: type !== undefined && body !== undefined && !isPatch,
    writtenValues:
      type && body ? (isPatch ? valuesInPatch(type, operations) : valuesInResource(type, body)) : [],
    operations: type ? operations : [],
    ...(lookup && { lookup }),
    ...(answer && { answer }),
    repeatCount,
  }
}

/** A search is a POST that writes nothing (RFC 7644 §3.4.3). */
const isWrite = ({ method, url }: Exchange) =>
  ['POST', 'PUT', 'PATCH'].includes(method) && !/\/\.search(\?|$)/.test(url)

/** Nothing where a body was cut, or is no JSON. */
export function parseObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined || !/^\s*\{/.test(text)) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Whom an exchange was about, as people call it. */
export const subjectName = ({ exchange: { target }, lookup }: DiagnosisSubject): string | undefined =>
  target?.label ?? target?.id ?? lookup?.value

/** The values that are set at a path, as they were sent; without those that say nothing. */
export const valuesAt = ({ writtenValues }: DiagnosisSubject, path: string): readonly Json[] =>
  writtenValues
    .filter(one => one.path === path && one.op?.toLowerCase() !== 'remove' && !isEmptyValue(one.value))
    .map(({ value }) => value)

export const isEmptyValue = (value: Json): boolean => isUnassigned(value) || value === ''

/** The text that is set at a path. */
export const textAt = (subject: DiagnosisSubject, path: string): string | undefined =>
  valuesAt(subject, path).find(value => typeof value === 'string')

export const isUser = ({ type }: DiagnosisSubject): boolean => type === userType
