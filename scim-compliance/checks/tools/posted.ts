import { expectStatus } from '../../expect.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Answer, Headers, Stage, TypeAtHand } from '../../stage.ts'

/** The answer to a POST of what may be refused; what it makes all the same is removed afterwards. */
export async function posted(stage: Stage, type: TypeAtHand, body: Json, headers?: Headers): Promise<Answer> {
  const answer = await stage.post(type.endpoint, body, headers)
  stage.willRemove(type, answer)
  return answer
}

/** The same of a sample with some values of its own. */
export const postedSample = (stage: Stage, type: TypeAtHand, given: JsonObject): Promise<Answer> =>
  posted(stage, type, stage.sample(type, given))

/** The same of a user whose body need not be JSON. */
export async function postedText(stage: Stage, body: string, headers: Headers = {}): Promise<Answer> {
  const answer = await stage.send('POST', stage.users.endpoint, { body, headers })
  stage.willRemove(stage.users, answer)
  return answer
}

/** What is sent as it is has to be made; it is removed afterwards. */
export async function made(stage: Stage, type: TypeAtHand, body: Json): Promise<Answer> {
  const answer = await posted(stage, type, body)
  expectStatus(answer, 201)
  return answer
}
