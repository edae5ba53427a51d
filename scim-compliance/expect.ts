import { isDeepStrictEqual } from 'node:util'
import type { Came, Lacking, ScimResponse } from './check.ts'
import { errorUrn, isObject, type Json, type JsonObject } from './scim.ts'

/** The server violates a requirement. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly expected: string
  readonly got: string
  readonly exchange: number | undefined
  readonly came: Came
  constructor(expected: string, got: string, exchange?: number, came: Came = 'other') {
    super(`Expected ${expected}; got ${got}.`)
    this.expected = expected
    this.got = got
    this.exchange = exchange
    this.came = came
  }
}

/** A check doesn't apply to this server, for a reason; `follows`: a check or a probe that reports the reason. */
export class Skip extends Error {
  override readonly name = 'Skip'
  readonly follows: string | undefined
  readonly lacks: Lacking | undefined
  constructor(reason: string, follows?: string, lacks?: Lacking) {
    super(reason)
    this.follows = follows
    this.lacks = lacks
  }
}

export const skip = (reason: string, follows?: string, lacks?: Lacking): never => {
  throw new Skip(reason, follows, lacks)
}

export const fail = (expected: string, got: string, response?: ScimResponse, came?: Came): never => {
  throw new Failure(expected, got, response?.exchange, came ?? cameBy(response))
}

export const isSuccess = ({ status }: Pick<ScimResponse, 'status'>): boolean => status >= 200 && status < 300

export const statusClass = (status: number): Came =>
  status === 0 ? 'nothing' : status < 300 ? '2xx' : status < 400 ? '3xx' : status < 500 ? '4xx' : '5xx'

const cameBy = (response: ScimResponse | undefined): Came =>
  response === undefined || isSuccess(response) ? 'other' : statusClass(response.status)

const maxValueLength = 300
/** A value for use in a sentence, truncated if long. */
export const formatValue = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'no value')
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text
}

export const isInvalid = ({ status, standsFor }: ScimResponse): boolean => (standsFor ?? status) === 400

export function expectStatus(response: ScimResponse, ...statuses: readonly number[]): void {
  const { status } = response
  if (statuses.includes(status) || (statuses.includes(400) && isInvalid(response))) return
  fail(`status ${statuses.join(' or ')}`, `${status}${errorDetail(response)}`, response, statusClass(status))
}

/** Any success: rfc/create/answers-201 reports another status than 201. */
export function expectCreated(response: ScimResponse): void {
  if (!isSuccess(response)) expectStatus(response, 201)
}

/** ` ("…")`, as in an error of SCIM. */
export const errorDetail = ({ body }: ScimResponse): string =>
  isObject(body) && typeof body.detail === 'string' ? ` (${formatValue(body.detail)})` : ''

export const noBody = 'no body'

export function jsonObject(response: ScimResponse): JsonObject {
  if (!isObject(response.body))
    return fail('a JSON object', response.text === '' ? noBody : formatValue(response.text), response)
  return response.body
}

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value

/** How a value differs; `before`: the value before a write that reported success. */
export function cameInstead(
  got: Json | undefined,
  expected: Json | undefined,
  response?: ScimResponse,
  before?: { readonly value: Json | undefined },
): Came {
  const came = cameBy(response)
  if (came !== 'other') return came
  if (before !== undefined && isDeepStrictEqual(got, before.value)) return 'without effect'
  if (got === undefined || got === null) return 'missing'
  if (expected === undefined) return 'excess'
  return kindOf(got) === kindOf(expected) ? 'other' : 'wrong type'
}

export function expectEqual(
  got: Json | undefined,
  expected: Json | undefined,
  what: string,
  response?: ScimResponse,
  before?: { readonly value: Json | undefined },
): void {
  if (isDeepStrictEqual(got, expected)) return
  const came = cameInstead(got, expected, response, before)
  fail(`${what} ${formatValue(expected)}`, formatValue(got), response, came)
}

/** `expected` describes the claim; `got` is the actual value. */
export function expectThat(
  claim: boolean,
  expected: string,
  got: unknown,
  response?: ScimResponse,
  came: Came = got === undefined && cameBy(response) === 'other' ? 'missing' : cameBy(response),
): asserts claim {
  if (!claim) fail(expected, formatValue(got), response, came)
}

/** RFC 7644 §3.12: the status, and a SCIM error body. `scimType` is checked only if given. */
export function expectError(
  response: ScimResponse,
  statuses: number | readonly number[],
  scimType?: string,
): void {
  expectStatus(response, ...[statuses].flat())
  const { schemas, scimType: got } = jsonObject(response)
  const isError = Array.isArray(schemas) && schemas.includes(errorUrn)
  expectThat(isError, `a SCIM error body (schemas with ${errorUrn})`, schemas, response)
  if (scimType !== undefined) expectEqual(got, scimType, 'scimType', response)
}

export function listedResources(response: ScimResponse): readonly JsonObject[] {
  expectStatus(response, 200)
  // Null and an omitted value are equal (RFC 7643 §2.5); another check reports any other type.
  const Resources = jsonObject(response).Resources ?? []
  if (!Array.isArray(Resources)) return fail('Resources as an array', formatValue(Resources), response)
  return Resources.filter(isObject)
}
