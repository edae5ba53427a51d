import { expectStatus, skip } from '../../expect.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { sortedValues } from './attributes.ts'
import { readAgain } from './read.ts'

export const operation = (op: string, path: string | undefined, value?: Json): JsonObject => ({
  op,
  ...(path === undefined ? {} : { path }),
  ...(value === undefined ? {} : { value }),
})

/** A PATCH that clients would take for done. */
export async function expectPatched(
  stage: Stage,
  path: string,
  ...operations: readonly JsonObject[]
): Promise<Answer> {
  const answer = await stage.patch(path, ...operations)
  expectStatus(answer, 200, 204)
  return answer
}

/** Patches it, which has to succeed, and reads it again. */
export async function patched(
  stage: Stage,
  { path }: Pick<Made, 'path'>,
  ...operations: readonly JsonObject[]
): Promise<{ readonly body: JsonObject; readonly answer: Answer }> {
  const answer = await expectPatched(stage, path, ...operations)
  return { body: await readAgain(stage, path), answer }
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
