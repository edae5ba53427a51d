import { z } from 'zod'
import { errors, excerpt } from '../error.ts'
import type { FilterLimits } from '../filter/syntax.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { includesSchema, lowerCaseNames } from '../messages.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'
import {
  type AssignmentContext,
  type AssignmentsRead,
  isIgnoredWithoutValue,
  readWithoutPath,
  readWithPath,
} from './assignments.ts'
import type { PatchOperation } from './operation.ts'
import { parsePath } from './path.ts'

export const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Enough for the 36 operations of Microsoft's validator, and few enough that other requests do not wait long. */
export const maxOperations = 1000

/** An operation before its path and value are resolved. `value` is undefined only if it is absent. */
type RawOperation = {
  readonly op: PatchOperation['op']
  readonly path: string | undefined
  readonly value: Json | undefined
}

const envelope = z.object(
  {
    schemas: z.unknown().optional(),
    operations: z
      .array(z.custom<JsonObject>(isObject, { error: 'Each of the "Operations" must be an object.' }), {
        error: '"Operations" is missing or not an array. Send an array with at least one operation.',
      })
      .min(1, { error: '"Operations" is empty. Send at least one operation.' })
      .max(maxOperations, {
        error: `The maximum is ${maxOperations} operations per request. Send the others in further requests.`,
      }),
  },
  { error: 'The body must be a JSON object with "schemas" and "Operations".' },
)

/** The `Operations` of a PatchOp (RFC 7644 §3.5.2) as the client sent them. */
export function readPatchEnvelope(body: unknown, policy: RequestPolicy): readonly JsonObject[] {
  const read = envelope.safeParse(isObject(body) ? lowerCaseNames(body, 'The body') : body)
  if (!read.success) {
    throw errors.invalidSyntax(read.error.issues[0]?.message ?? 'The body is not a PatchOp.')
  }
  if (policy.schemas === 'required' && !includesSchema(read.data.schemas, patchOpUrn)) {
    throw errors.invalidSyntax(`"schemas" must contain "${patchOpUrn}".`)
  }
  return read.data.operations
}

/** Reads one of the `Operations`. The case of `op` is ignored: Entra sends `Add`, AWS logs show `REPLACE`. */
function readRawOperation(sent: JsonObject, at: string): RawOperation {
  const { op, path, value } = lowerCaseNames(sent, at)
  if (typeof op !== 'string') {
    throw errors.invalidSyntax(`${at} has no "op". Send "add", "remove" or "replace".`)
  }
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw errors.invalidPath(`${at}.path must be a string.`)
  }
  return { op: readOp(op, at), path: path ?? undefined, value }
}

function readOp(text: string, at: string): PatchOperation['op'] {
  const op = text.toLowerCase()
  if (op === 'add' || op === 'remove' || op === 'replace') return op
  throw errors.invalidSyntax(
    `${at} has the unknown op "${excerpt(text)}". Send "add", "remove" or "replace".`,
  )
}

/**
 * Parses the operations of a PATCH (RFC 7644 §3.5.2): resolves paths, checks values and makes them canonical. `sent` is
 * the result of `readPatchEnvelope`, or its remainder after the first `from` operations.
 */
export const parsePatch = (
  sent: readonly JsonObject[],
  type: ResourceType,
  policy: RequestPolicy,
  limits: FilterLimits,
  from = 0,
): readonly PatchOperation[] =>
  sent.map((object, index) => {
    const at = `Operations[${from + index}]`
    const operation = readRawOperation(object, at)
    const { op, path } = operation
    const find = (text: string) => parsePath(text, type, policy, limits)
    const reading = readOperation(operation, { op, type, policy, find }, at)
    return { op, ...(path !== undefined && { path }), ...reading }
  })

function readOperation(
  { op, path, value }: RawOperation,
  context: AssignmentContext,
  at: string,
): AssignmentsRead {
  if (op === 'remove') {
    if (path !== undefined) return readWithPath(path, value, context, `${at}.value`)
    throw errors.missingPath(
      `${at} is a remove operation without a "path". Send the path of the attribute to remove.`,
    )
  }
  if (path !== undefined && (value !== undefined || isIgnoredWithoutValue(path, context))) {
    return readWithPath(path, value, context, `${at}.value`)
  }
  if (value === undefined) {
    throw errors.invalidValue(`${at} has no "value". Send the value to ${op === 'add' ? 'add' : 'set'}.`)
  }
  return readWithoutPath(value, '', context, `${at}.value`)
}
