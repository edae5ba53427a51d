import { errors, excerpt } from '../error.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { includesSchema, lowerCaseNames } from '../messages.ts'

export const bulkRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

export type BulkOperation = {
  /** In upper case. RFC 7644 §3.7 has no GET: a GET fails as an operation, not the whole request. */
  readonly method: string
  /** Every POST has one. */
  readonly bulkId: string | undefined
  readonly version: string | undefined
  /** As sent: errors in these two fail only the operation as well. */
  readonly path: Json | undefined
  readonly data: Json | undefined
}

type BulkRequest = {
  readonly operations: readonly BulkOperation[]
  readonly failOnErrors: number | undefined
}

/** Reads a BulkRequest (RFC 7644 §3.7). Any error rejects the whole request. */
export function readBulkRequest(body: Json | undefined, maxOperations: number): BulkRequest {
  if (!isObject(body)) {
    throw errors.invalidSyntax('The body must be a JSON object with "schemas" and "Operations".')
  }
  const { schemas, operations, failonerrors } = lowerCaseNames(body, 'The body')
  if (!includesSchema(schemas, bulkRequestUrn))
    throw errors.invalidSyntax(`"schemas" must contain "${bulkRequestUrn}".`)
  if (!Array.isArray(operations) || operations.length === 0) {
    throw errors.invalidSyntax('"Operations" must be an array with at least one operation.')
  }
  if (operations.length > maxOperations) throw errors.tooManyOperations(operations.length, maxOperations)
  const read = operations.map((sent: Json, index) => readOperation(sent, `Operations[${index}]`))
  checkBulkIds(read)
  return { operations: read, failOnErrors: readFailOnErrors(failonerrors) }
}

function readFailOnErrors(value: Json | undefined): number | undefined {
  // The RFC says nothing about 0, which cannot mean to stop before the first operation.
  if (value === undefined || value === null || value === 0) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw errors.invalidSyntax(
    '"failOnErrors" must be a whole number of at least 1. Omit it, or send 0, to try every operation.',
  )
}

function readOperation(sent: Json, at: string): BulkOperation {
  if (!isObject(sent)) throw errors.invalidSyntax(`${at} must be an object with "method" and "path".`)
  const { method, bulkid, version, path, data }: JsonObject = lowerCaseNames(sent, at)
  const operation = {
    method: readMethod(method, at),
    bulkId: readBulkId(bulkid, at),
    version: readVersion(version, at),
    path,
    data,
  }
  if (operation.method === 'POST' && operation.bulkId === undefined) {
    throw errors.invalidSyntax(
      `${at}.bulkId is missing. Each POST requires a "bulkId" that is unique in the request.`,
    )
  }
  return operation
}

function readMethod(value: Json | undefined, at: string): string {
  if (typeof value === 'string' && /^(POST|PUT|PATCH|DELETE|GET)$/i.test(value)) return value.toUpperCase()
  throw errors.invalidSyntax(`${at}.method must be "POST", "PUT", "PATCH" or "DELETE".`)
}

function readBulkId(value: Json | undefined, at: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && /^\S+$/.test(value)) return value
  throw errors.invalidSyntax(`${at}.bulkId must be a string without white space that is not empty.`)
}

function readVersion(value: Json | undefined, at: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw errors.invalidSyntax(`${at}.version must be a string such as "W/\\"1\\"".`)
}

function checkBulkIds(operations: readonly BulkOperation[]): void {
  const seen = new Map<string, number>()
  for (const [index, { bulkId }] of operations.entries()) {
    if (bulkId === undefined) continue
    const earlier = seen.get(bulkId)
    if (earlier !== undefined) {
      throw errors.invalidSyntax(
        `Operations[${index}].bulkId is "${excerpt(bulkId)}", like that of Operations[${earlier}]. Each must be unique.`,
      )
    }
    seen.set(bulkId, index)
  }
}

const bulkResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'

export type BulkResult = {
  readonly method: string
  readonly bulkId: string | undefined
  /** Undefined for a POST that failed, and if no resource is named. */
  readonly location: string | undefined
  readonly version: string | undefined
  readonly status: number
  /** The error. Successful operations have no response body, which the RFC allows. */
  readonly error: Json | undefined
}

export const bulkResponse = (results: readonly BulkResult[]): string =>
  JSON.stringify({
    schemas: [bulkResponseUrn],
    Operations: results.map(({ location, method, bulkId, version, status, error }) => ({
      location,
      method,
      bulkId,
      version,
      status: String(status),
      response: error,
    })),
  })

/** For the journal; 0 for a body without a list of operations. */
export function countOperations(body: Json | undefined): number {
  if (!isObject(body)) return 0
  const operations = Object.entries(body).find(([name]) => name.toLowerCase() === 'operations')?.[1]
  return Array.isArray(operations) ? operations.length : 0
}
