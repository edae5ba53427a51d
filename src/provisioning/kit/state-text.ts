import type { z } from 'zod'
import { parseJson } from '../../scim/json-error.ts'
import { StateError } from './locked-state.ts'

type StateText<Schema extends z.ZodType> = {
  readonly schema: Schema
  /** `an Okta job`. */
  readonly job: string
  /** What happens without the file. */
  readonly withoutIt: string
}

/** The content of a state file. Throws StateError; `path` is for its message. */
export function parseStateText<Schema extends z.ZodType>(
  text: string,
  path: string,
  { schema, job, withoutIt }: StateText<Schema>,
): z.output<Schema> {
  let json: unknown
  try {
    json = parseJson(text)
  } catch (error) {
    throw new StateError(
      `The state file ${path} is not valid JSON: ${(error as Error).message} Restore it from a copy or delete it. ` +
        `Without it, ${withoutIt}.`,
    )
  }
  const read = schema.safeParse(json)
  if (read.success) return read.data
  const [{ path: place = [], message = '' } = {}] = read.error.issues
  throw new StateError(`The file ${path} is not the state of ${job}: ${place.join('.')}: ${message}.`)
}
