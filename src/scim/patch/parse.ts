import { errors } from '../error.ts'
import type { FilterLimits } from '../filter/parse.ts'
import type { JsonObject } from '../json.ts'
import { parsePath } from '../path.ts'
import type { Reads } from '../reads.ts'
import type { ResourceType } from '../resource-types.ts'
import { operationIn, type SentOperation } from './envelope.ts'
import type { PatchOperation } from './operation.ts'
import {
  type Context,
  isIgnoredWithoutValue,
  type Reading,
  readNamed,
  readPathed,
} from './read-assignments.ts'

export { readPatchEnvelope } from './envelope.ts'

/**
 * Reads the operations of a PATCH (RFC 7644 §3.5.2): paths are looked up, values checked and made canonical.
 * `sent` is what `readPatchEnvelope` found, or what follows in it on the first `from`.
 */
export const parsePatch = (
  sent: readonly JsonObject[],
  type: ResourceType,
  reads: Reads,
  limits: FilterLimits,
  from = 0,
): readonly PatchOperation[] =>
  sent.map((object, index) => {
    const at = `Operations[${from + index}]`
    const operation = operationIn(object, at)
    const { op, path } = operation
    const find = (text: string) => parsePath(text, type, reads, limits)
    const reading = readOperation(operation, { op, type, reads, find }, at)
    return { op, ...(path !== undefined && { path }), ...reading }
  })

function readOperation({ op, path, value }: SentOperation, context: Context, at: string): Reading {
  if (op === 'remove') {
    if (path !== undefined) return readPathed(path, value, context, `${at}.value`)
    throw errors.missingPath(`${at} removes something but has no "path". Name what is to be removed.`)
  }
  if (path !== undefined && (value !== undefined || isIgnoredWithoutValue(path, context))) {
    return readPathed(path, value, context, `${at}.value`)
  }
  if (value === undefined) {
    throw errors.invalidValue(`${at} has no "value". Send what is to be ${op === 'add' ? 'added' : 'set'}.`)
  }
  return readNamed(value, '', context, `${at}.value`)
}
