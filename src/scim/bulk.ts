import { errors } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { includesSchema, lowerCaseNames } from './messages.ts'
import { patchOpUrn } from './patch/parse.ts'
import { excerpt } from './text.ts'

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

export type OperationDependencies = {
  readonly provides: string | undefined
  readonly references: readonly string[]
}

export type BulkStep = {
  readonly index: number
  readonly earlier: readonly number[]
  readonly later: readonly number[]
  readonly unresolved: readonly string[]
}

/**
 * The order in which the operations of a bulk request run: the given one, except that a referenced POST runs before the
 * operation that refers to it (RFC 7644 §3.7 requires the result of the given order). Of circular references (§3.7.1), the
 * operation that would close the circle runs first. Only POSTs can be part of a circle, because nothing refers to others.
 */
export function orderOperations(operations: readonly OperationDependencies[]): readonly BulkStep[] {
  const providers = new Map(
    operations.flatMap(({ provides }, index) => (provides === undefined ? [] : [[provides, index]])),
  )
  const steps: BulkStep[] = []
  const state = new Map<number, 'in progress' | 'done'>()

  const visit = (index: number): void => {
    if (state.has(index)) return
    state.set(index, 'in progress')
    const references = operations[index]?.references ?? []
    const referenced = references
      .flatMap(bulkId => providers.get(bulkId) ?? [])
      .filter(other => other !== index)
    for (const other of referenced) visit(other)
    steps.push({
      index,
      earlier: referenced.filter(other => state.get(other) === 'done'),
      later: referenced.filter(other => state.get(other) === 'in progress'),
      unresolved: references.filter(bulkId => !providers.has(bulkId)),
    })
    state.set(index, 'done')
  }

  for (const index of operations.keys()) visit(index)
  return steps
}

type WaveLimits = {
  readonly maxSteps: number
  /** POSTs that earlier steps refer to. A wave ends with such a POST, so that later steps start only if it succeeded. */
  readonly awaited: ReadonlySet<number>
  readonly targetOf: (index: number) => string | undefined
}

/** None of the steps refers to another of them, and no two are for the same resource. */
export function nextWave(
  steps: readonly BulkStep[],
  from: number,
  { maxSteps, awaited, targetOf }: WaveLimits,
): readonly BulkStep[] {
  const indexes = new Set<number>()
  const targets = new Set<string | undefined>()
  const wave: BulkStep[] = []
  for (const step of steps.slice(from, from + maxSteps)) {
    const target = targetOf(step.index)
    if (step.earlier.some(index => indexes.has(index))) break
    if (target !== undefined && targets.has(target)) break
    indexes.add(step.index)
    targets.add(target)
    wave.push(step)
    if (awaited.has(step.index)) break
  }
  return wave
}

/** The bulkId of a text that is a reference, `bulkId:x` (RFC 7644 §3.7.2). */
export const parseBulkId = (text: string): string | undefined => /^bulkId:(\S+)$/.exec(text)?.[1]

export type RewriteReference = (reference: string, bulkId: string) => string

/**
 * Rewrites the references in the data of an operation: all texts that consist of `bulkId:x`, and `"bulkId:x"` in the
 * filters of PATCH paths. A URI that ends in one (`$ref`) is not rewritten, because the server derives it from the ID.
 * `isSecret` identifies attributes with a secret, which is never a reference.
 */
export function rewriteReferences(
  data: Json,
  rewrite: RewriteReference,
  isSecret: (path: string) => boolean,
): Json {
  const text = (value: string): string => {
    const bulkId = parseBulkId(value)
    return bulkId === undefined ? value : rewrite(value, bulkId)
  }
  const walk = (json: Json): Json => {
    if (typeof json === 'string') return text(json)
    if (Array.isArray(json)) return json.map(walk)
    return isObject(json) ? object(json) : json
  }
  const object = (json: JsonObject): JsonObject => {
    const path = patchPath(json)
    const valueIsSecret = path !== undefined && isSecret(path)
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => {
        const folded = name.toLowerCase()
        if (isSecret(name) || (valueIsSecret && folded === 'value')) return [name, value]
        if (path !== undefined && folded === 'path') return [name, filtered(path)]
        return [name, walk(value)]
      }),
    )
  }
  const filtered = (path: string): string =>
    path.replace(/"(bulkId:([^\s"\\]+))"/g, (_, reference: string, bulkId: string) =>
      JSON.stringify(rewrite(reference, bulkId)),
    )
  return walk(data)
}

function patchPath(json: JsonObject): string | undefined {
  const names = Object.keys(json)
  const path = names.find(name => name.toLowerCase() === 'path')
  const value = path === undefined ? undefined : json[path]
  return typeof value === 'string' && names.some(name => name.toLowerCase() === 'op') ? value : undefined
}

export function referencedBulkIds(data: Json, isSecret: (path: string) => boolean): readonly string[] {
  const found = new Set<string>()
  const collect: RewriteReference = (reference, bulkId) => {
    found.add(bulkId)
    return reference
  }
  rewriteReferences(data, collect, isSecret)
  return [...found]
}

/** RFC 7644 figure 8 has PATCH operations without a PatchOp message around them (erratum 5050). */
export const asPatchOp = (data: Json): Json =>
  Array.isArray(data) ? { schemas: [patchOpUrn], Operations: data } : data

export function countSecrets(data: Json, isSecret: (path: string) => boolean): number {
  if (Array.isArray(data)) return sum(data.map((element: Json) => countSecrets(element, isSecret)))
  if (!isObject(data)) return 0
  const path = patchPath(data)
  const valueIsSecret = path !== undefined && isSecret(path)
  return sum(
    Object.entries(data).map(([name, value]) => {
      const setsOne = isSecret(name) || (valueIsSecret && name.toLowerCase() === 'value')
      return setsOne ? 1 : countSecrets(value, isSecret)
    }),
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
