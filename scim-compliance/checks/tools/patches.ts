import { expectStatus, objectIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { sortedValues } from './attributes.ts'

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

/** The answer to a PATCH of somebody new. */
export const patchOfNew = async (stage: Stage, ...operations: readonly JsonObject[]): Promise<Answer> =>
  stage.patch((await stage.create(stage.users)).path, ...operations)

/** Makes a group with these members; skips where the server doesn't show them. */
export async function withMembers(stage: Stage, ids: readonly string[]): Promise<Made> {
  const made = await stage.create(stage.groups, { members: ids.map(value => ({ value })) })
  const shown = sortedValues(await readAgain(stage, made.path), 'members')
  return shown.join() === ids.toSorted().join()
    ? made
    : skip('The server doesn’t show the members of groups.')
}
