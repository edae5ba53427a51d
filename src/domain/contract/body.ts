import type { z } from 'zod'
import { findExcess } from '../../scim/json.ts'
import type { FieldError } from './problem.ts'

/** An operation does not accept its body. `errors` is empty if the body is not JSON, or has too many levels. */
export class BodyError extends Error {
  readonly errors: readonly FieldError[]
  constructor(message: string, errors: readonly FieldError[] = []) {
    super(message)
    this.name = 'BodyError'
    this.errors = errors
  }
}

export const unreadableBody = 'The body is not valid JSON. Send one JSON object as application/json.'

/** Uses a thread, since a large file would block the event loop. An empty body counts as absent. Throws `BodyError`. */
export function parseBody<Schema extends z.ZodType>(
  bytes: Uint8Array<ArrayBuffer>,
  schema: Schema,
): z.output<Schema> {
  const text = new TextDecoder().decode(bytes)
  const excess = findExcess(text)
  if (excess !== undefined) throw new BodyError(`The body ${excess}.`)
  const parsed = schema.safeParse(text.trim() === '' ? undefined : parseJson(text))
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: ['body', ...path].join('.'),
    message,
  }))
  throw new BodyError(errors.map(({ path, message }) => `${path}: ${message}`).join(' '), errors)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BodyError(unreadableBody)
  }
}
