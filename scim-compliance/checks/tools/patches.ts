import { expectStatus, objectIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Made, Stage } from '../../stage.ts'

/** Patches it, which has to succeed, and reads it again. */
export async function patched(
  stage: Stage,
  { path }: Pick<Made, 'path'>,
  ...operations: readonly JsonObject[]
): Promise<{ readonly body: JsonObject; readonly answer: Answer }> {
  const answer = await stage.patch(path, ...operations)
  expectStatus(answer, 200, 204)
  return { body: await readAgain(stage, path), answer }
}

/** What the server has of it now. */
export async function readAgain(stage: Stage, path: string): Promise<JsonObject> {
  const answer = await stage.get(path)
  expectStatus(answer, 200)
  return objectIn(answer)
}

/** Skips unless it has two values, as it was given: some servers keep one email address only. */
export const needTwo = ({ body }: Made, name: string): void => {
  const values = body[name]
  if (!Array.isArray(values) || values.length < 2)
    skip(`The server doesn't keep two ${name} of one resource.`)
}
