import type { CheckContext, ScimResponse, SupportedType } from '../../check.ts'
import { expectStatus, expectThat, fail, formatValue, jsonObject } from '../../expect.ts'
import { bulkRequestUrn, isObject, type JsonObject } from '../../scim.ts'

/** Resources that a bulk request creates are removed afterwards. */
export const sendBulk = (context: CheckContext, operations: readonly JsonObject[], more: JsonObject = {}) =>
  context.post('/Bulk', { schemas: [bulkRequestUrn], ...more, Operations: operations })

export function bulkResults(response: ScimResponse): readonly JsonObject[] {
  expectStatus(response, 200)
  const { Operations } = jsonObject(response)
  if (!Array.isArray(Operations)) return fail('Operations as an array', formatValue(Operations), response)
  return Operations.filter(isObject)
}

/** The statuses as strings, as the RFC defines them; numbers are the subject of another check. */
export const bulkStatuses = (response: ScimResponse): readonly string[] =>
  bulkResults(response).map(({ status }) => String(isObject(status) ? status.code : status))

/** Expects a result per operation: a status, or `2xx` for any success. rfc/create/answers-201 reports another than 201. */
export function expectBulkStatuses(response: ScimResponse, ...wanted: readonly string[]): void {
  const statuses = bulkStatuses(response)
  const isWanted = (status: string, at: number) =>
    wanted[at]?.endsWith('xx') ? status[0] === wanted[at][0] : status === wanted[at]
  const areWanted = statuses.length === wanted.length && statuses.every(isWanted)
  expectThat(areWanted, `statuses ${wanted.join(', ')}`, statuses, response)
}

const bulkCreate = (
  { sample }: CheckContext,
  type: SupportedType,
  bulkId: string,
  given: JsonObject = {},
): JsonObject => ({ method: 'POST', path: type.endpoint, bulkId, data: sample(type, given) })

export const bulkCreateUser = (context: CheckContext, bulkId: string, given?: JsonObject): JsonObject =>
  bulkCreate(context, context.users, bulkId, given)

export const bulkCreateGroup = (
  context: CheckContext,
  bulkId: string,
  ...ids: readonly string[]
): JsonObject => bulkCreate(context, context.groups, bulkId, { members: ids.map(value => ({ value })) })

/** The path of a resource that an operation created, below the SCIM root. */
export const createdPath = (result: JsonObject | undefined, response: ScimResponse): string => {
  const { location } = result ?? {}
  const found = typeof location === 'string' ? /\/[^/]+\/[^/]+$/.exec(location)?.[0] : undefined
  return found ?? fail('the location of the new resource', formatValue(location), response)
}
