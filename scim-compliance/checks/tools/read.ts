import { expectStatus, objectIn } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'

/** What the server has of somebody now. */
export async function read(stage: Stage, path: string): Promise<{ answer: Answer; body: JsonObject }> {
  const answer = await stage.get(path)
  expectStatus(answer, 200)
  return { answer, body: objectIn(answer) }
}

export const readAgain = async (stage: Stage, path: string): Promise<JsonObject> =>
  (await read(stage, path)).body
