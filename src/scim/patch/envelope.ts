import { z } from 'zod'
import { errors, shown } from '../error.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { inLowerCase, states } from '../message.ts'
import type { Reads } from '../reads.ts'
import type { PatchOperation } from './operation.ts'

export const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Enough for the 36 operations of Microsoft's validator; few enough to be applied while others wait. */
export const maxOperations = 1000

/** An operation before its path and value are looked up. `value` is undefined only when it isn't there. */
export type SentOperation = {
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
export function readPatchEnvelope(body: unknown, reads: Reads): readonly JsonObject[] {
  const read = envelope.safeParse(isObject(body) ? inLowerCase(body, 'The body') : body)
  if (!read.success) {
    throw errors.invalidSyntax(read.error.issues[0]?.message ?? 'The body is not a PatchOp.')
  }
  if (reads.schemas === 'required' && !states(read.data.schemas, patchOpUrn)) {
    throw errors.invalidSyntax(`"schemas" must hold "${patchOpUrn}".`)
  }
  return read.data.operations
}

/** What one of the `Operations` says. `op` counts in any case: Entra sends `Add`, AWS logs show `REPLACE`. */
export function operationIn(sent: JsonObject, at: string): SentOperation {
  const { op, path, value } = inLowerCase(sent, at)
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
  throw errors.invalidSyntax(`${at} has the unknown op "${shown(text)}". Send "add", "remove" or "replace".`)
}
