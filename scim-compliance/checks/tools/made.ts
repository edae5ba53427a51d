import { expectStatus } from '../../expect.ts'
import type { Json } from '../../json.ts'
import type { Answer, Stage, TypeAtHand } from '../../stage.ts'

/** What is sent as it is has to be made; it is removed afterwards. */
export async function made(stage: Stage, type: TypeAtHand, body: Json): Promise<Answer> {
  const answer = await stage.post(type.endpoint, body)
  stage.willRemove(type, answer)
  expectStatus(answer, 201)
  return answer
}
