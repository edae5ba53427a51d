import { expectStatus, fail, objectIn, shown } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { bulkRequestUrn } from '../../urns.ts'

/** Sends a bulk request. What it makes is removed afterwards. */
export const bulk = (
  stage: Stage,
  operations: readonly JsonObject[],
  more: JsonObject = {},
): Promise<Answer> => stage.post('/Bulk', { schemas: [bulkRequestUrn], ...more, Operations: operations })

/** The results of a bulk request that was processed. */
export function resultsOf(answer: Answer): readonly JsonObject[] {
  expectStatus(answer, 200)
  const { Operations } = objectIn(answer)
  if (!Array.isArray(Operations)) return fail('Operations as an array', shown(Operations), answer)
  return Operations.filter(isObject)
}

/** The statuses, which the RFC has as strings; some servers write numbers, which is looked at elsewhere. */
export const statusesOf = (answer: Answer): readonly string[] =>
  resultsOf(answer).map(({ status }) => statusOf(status))

export const statusOf = (status: Json | undefined): string => String(isObject(status) ? status.code : status)

/** A user as an operation makes one. */
export const making = (stage: Stage, bulkId: string, given: JsonObject = {}): JsonObject => ({
  method: 'POST',
  path: stage.users.endpoint,
  bulkId,
  data: stage.sample(stage.users, given),
})

/** A group as an operation makes one. */
export const makingGroup = (stage: Stage, bulkId: string, ...members: readonly string[]): JsonObject => ({
  method: 'POST',
  path: stage.groups.endpoint,
  bulkId,
  data: stage.sample(stage.groups, { members: members.map(value => ({ value })) }),
})

/** The path of what an operation made, below the SCIM root. */
export const pathOf = (result: JsonObject | undefined, answer: Answer): string => {
  const { location } = result ?? {}
  const found = typeof location === 'string' ? /\/[^/]+\/[^/]+$/.exec(location)?.[0] : undefined
  return found ?? fail('a location of what was made', shown(location), answer)
}
