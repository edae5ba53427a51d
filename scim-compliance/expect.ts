import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { Answer } from './stage.ts'
import { errorUrn } from './urns.ts'

/** A server doesn't do what a check looks for. */
export class Failure extends Error {
  /** What would have passed, and what came. */
  readonly expected: string
  readonly got: string
  /** The number of the exchange that shows it. */
  readonly exchange: number | undefined
  constructor(expected: string, got: string, exchange?: number) {
    super(`Expected ${expected}; got ${got}.`)
    this.name = 'Failure'
    this.expected = expected
    this.got = got
    this.exchange = exchange
  }
}

/** A check makes no sense for this server, and why. */
export class Skip extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Skip'
  }
}

export const skip = (reason: string): never => {
  throw new Skip(reason)
}

export const fail = (expected: string, got: string, answer?: Answer): never => {
  throw new Failure(expected, got, answer?.exchange)
}

const most = 300
/** A value in a sentence, cut when it is long. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'no value')
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** The answer has one of these statuses. */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): void {
  if (statuses.includes(answer.status)) return
  fail(`status ${statuses.join(' or ')}`, `${answer.status}${detailIn(answer)}`, answer)
}

const detailIn = ({ body }: Answer): string =>
  isObject(body) && typeof body.detail === 'string' ? ` (${shown(body.detail)})` : ''

/** What came where a body was expected. */
export const noBody = 'no body'

/** The body is an object. */
export function objectIn(answer: Answer): JsonObject {
  if (!isObject(answer.body))
    return fail('a JSON object', answer.text === '' ? noBody : shown(answer.text), answer)
  return answer.body
}

export function expectEqual(
  got: Json | undefined,
  expected: Json | undefined,
  what: string,
  answer?: Answer,
): void {
  if (isDeepStrictEqual(got, expected)) return
  fail(`${what} ${shown(expected)}`, shown(got), answer)
}

/** `holds` is what is expected, in words; `got` what came instead. */
export function expectThat(claim: boolean, expected: string, got: unknown, answer?: Answer): asserts claim {
  if (!claim) fail(expected, shown(got), answer)
}

/** RFC 7644 §3.12: the status, and a SCIM error body. `scimType` is looked at only when it is given. */
export function expectError(answer: Answer, statuses: number | readonly number[], scimType?: string): void {
  expectStatus(answer, ...[statuses].flat())
  const body = objectIn(answer)
  expectThat(
    Array.isArray(body.schemas) && body.schemas.includes(errorUrn),
    `a SCIM error body (schemas with ${errorUrn})`,
    body.schemas,
    answer,
  )
  if (scimType !== undefined) expectEqual(body.scimType, scimType, 'scimType', answer)
}

/** The resources of a ListResponse. */
export function resourcesIn(answer: Answer): readonly JsonObject[] {
  expectStatus(answer, 200)
  // Null and nothing are the same (RFC 7643 §2.5); that it isn't an array has a check of its own.
  const Resources = objectIn(answer).Resources ?? []
  if (!Array.isArray(Resources)) return fail('Resources as an array', shown(Resources), answer)
  return Resources.filter(isObject)
}
