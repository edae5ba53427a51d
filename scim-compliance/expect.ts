import { isDeepStrictEqual } from 'node:util'
import type { ScimResponse } from './check.ts'
import { errorUrn, isObject, type Json, type JsonObject } from './scim.ts'

/** The server violates a requirement. */
export class Failure extends Error {
  readonly expected: string
  readonly got: string
  readonly exchange: number | undefined
  constructor(expected: string, got: string, exchange?: number) {
    super(`Expected ${expected}; got ${got}.`)
    this.name = 'Failure'
    this.expected = expected
    this.got = got
    this.exchange = exchange
  }
}

/** A check doesn't apply to this server, for a reason. */
export class Skip extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Skip'
  }
}

export const skip = (reason: string): never => {
  throw new Skip(reason)
}

export const fail = (expected: string, got: string, response?: ScimResponse): never => {
  throw new Failure(expected, got, response?.exchange)
}

const maxValueLength = 300
/** A value for use in a sentence, truncated if long. */
export const formatValue = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'no value')
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text
}

export function expectStatus(response: ScimResponse, ...statuses: readonly number[]): void {
  if (statuses.includes(response.status)) return
  fail(`status ${statuses.join(' or ')}`, `${response.status}${errorDetail(response)}`, response)
}

const errorDetail = ({ body }: ScimResponse): string =>
  isObject(body) && typeof body.detail === 'string' ? ` (${formatValue(body.detail)})` : ''

export const noBody = 'no body'

export function jsonObject(response: ScimResponse): JsonObject {
  if (!isObject(response.body))
    return fail('a JSON object', response.text === '' ? noBody : formatValue(response.text), response)
  return response.body
}

export function expectEqual(
  got: Json | undefined,
  expected: Json | undefined,
  what: string,
  response?: ScimResponse,
): void {
  if (isDeepStrictEqual(got, expected)) return
  fail(`${what} ${formatValue(expected)}`, formatValue(got), response)
}

/** `expected` describes the claim; `got` is the actual value. */
export function expectThat(
  claim: boolean,
  expected: string,
  got: unknown,
  response?: ScimResponse,
): asserts claim {
  if (!claim) fail(expected, formatValue(got), response)
}

/** RFC 7644 §3.12: the status, and a SCIM error body. `scimType` is checked only if given. */
export function expectError(
  response: ScimResponse,
  statuses: number | readonly number[],
  scimType?: string,
): void {
  expectStatus(response, ...[statuses].flat())
  const body = jsonObject(response)
  expectThat(
    Array.isArray(body.schemas) && body.schemas.includes(errorUrn),
    `a SCIM error body (schemas with ${errorUrn})`,
    body.schemas,
    response,
  )
  if (scimType !== undefined) expectEqual(body.scimType, scimType, 'scimType', response)
}

export function listedResources(response: ScimResponse): readonly JsonObject[] {
  expectStatus(response, 200)
  // Null and an omitted value are equal (RFC 7643 §2.5); another check reports any other type.
  const Resources = jsonObject(response).Resources ?? []
  if (!Array.isArray(Resources)) return fail('Resources as an array', formatValue(Resources), response)
  return Resources.filter(isObject)
}
