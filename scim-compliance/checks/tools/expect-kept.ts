import { isDeepStrictEqual } from 'node:util'
import { fail, shown } from '../../expect.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { read } from './read.ts'
import { valueAt } from './value-at.ts'

/** Values as they stand on the server now, by paths as Entra writes them; undefined for what must be gone. */
export async function expectKept(
  stage: Stage,
  path: string,
  wanted: Readonly<Record<string, Json | undefined>>,
): Promise<JsonObject> {
  const { answer, body } = await read(stage, path)
  const wrong = Object.entries(wanted).filter(
    ([at, value]) => !isDeepStrictEqual(emptied(valueAt(body, at)), value),
  )
  if (wrong.length === 0) return body
  fail(
    wrong.map(([at, value]) => `${at} ${value === undefined ? 'without a value' : shown(value)}`).join(', '),
    wrong.map(([at]) => `${at} ${shown(valueAt(body, at))}`).join(', '),
    answer,
  )
  return body
}

/** Null, an empty text and an empty list are no value (RFC 7643 §2.5). */
const emptied = (value: Json | undefined): Json | undefined =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value
