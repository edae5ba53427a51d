import { expectStatus, expectThat, objectIn } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { enterpriseUrn, userUrn } from '../../urns.ts'
import { person } from '../tools/people.ts'

const json = 'application/scim+json; charset=utf-8'

/** The body that Microsoft's tutorial has, with what this server needs besides. */
export const body = (stage: Stage, given: JsonObject = {}): JsonObject =>
  stage.sample(stage.users, {
    ...person(stage),
    schemas: [userUrn, enterpriseUrn],
    meta: { resourceType: 'User' },
    ...given,
  })

export const post = async (stage: Stage, sent: JsonObject, type = json): Promise<Answer> => {
  const answer = await stage.send('POST', stage.users.endpoint, {
    body: sent,
    headers: { 'Content-Type': type },
  })
  stage.willRemove(stage.users, answer)
  return answer
}

/** Sends it, and gives the address of what came of it. */
export const created = async (stage: Stage, sent: JsonObject): Promise<string> => {
  const answer = await post(stage, sent)
  expectStatus(answer, 201)
  const { id } = objectIn(answer)
  if (typeof id === 'string') return `${stage.users.endpoint}/${id}`
  expectThat(false, 'an id', objectIn(answer), answer)
}
