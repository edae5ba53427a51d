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

/** Enough for the 36 operations of Microsoft's validator; few enough to be applied while others wait. */
export const maxOperations = 1000

/** An operation before its path and value are looked up. `value` is undefined only when it isn't there. */
export type RawOperation = {
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
        error: `A request may have at most ${maxOperations} operations. Send the others in further requests.`,
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
    throw errors.invalidSyntax(`"schemas" must hold "${patchOpUrn}".`)
  }
  return read.data.operations
}

/** What one of the `Operations` says. `op` counts in any case: Entra sends `Add`, AWS logs show `REPLACE`. */
export function readRawOperation(sent: JsonObject, at: string): RawOperation {
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
 * Reads the operations of a PATCH (RFC 7644 §3.5.2): paths are looked up, values checked and made canonical.
 * `sent` is what `readPatchEnvelope` found, or what follows in it on the first `from`.
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
    throw errors.missingPath(`${at} removes something but has no "path". Name what is to be removed.`)
  }
  if (path !== undefined && (value !== undefined || isIgnoredWithoutValue(path, context))) {
    return readWithPath(path, value, context, `${at}.value`)
  }
  if (value === undefined) {
    throw errors.invalidValue(`${at} has no "value". Send what is to be ${op === 'add' ? 'added' : 'set'}.`)
  }
  return readWithoutPath(value, '', context, `${at}.value`)
}
