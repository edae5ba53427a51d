import { expectStatus, Failure, objectIn, skip } from '../../expect.ts'
import type { Json, JsonObject } from '../../json.ts'
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

/** Makes somebody with several email addresses; skips where the server takes or keeps one only. */
export async function withEmails(stage: Stage, given: JsonObject & { readonly emails: Json }): Promise<Made> {
  const only = 'The server doesn’t keep two email addresses of one person.'
  const made = await stage.create(stage.users, given).catch((error: unknown) => {
    if (error instanceof Failure && error.got.startsWith('400')) return skip(only)
    throw error
  })
  const { emails } = made.body
  return Array.isArray(emails) && emails.length > 1 ? made : skip(only)
}

/** Makes a group with these members; skips where the server doesn't show them. */
export async function withMembers(stage: Stage, ids: readonly string[]): Promise<Made> {
  const made = await stage.create(stage.groups, { members: ids.map(value => ({ value })) })
  const shown = sortedValues(await readAgain(stage, made.path), 'members')
  return shown.join() === ids.toSorted().join()
    ? made
    : skip('The server doesn’t show the members of groups.')
}
