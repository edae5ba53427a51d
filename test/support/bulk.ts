import type { ScimClient, TestResponse } from './scim.ts'

type Values = Readonly<Record<string, unknown>>
type Operation = Values & { readonly method: string }

export const bulkRequest = (operations: readonly unknown[], rest: Values = {}) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  ...rest,
  Operations: operations,
})

export const post = (path: string, bulkId: string, data: unknown, rest: Values = {}): Operation => ({
  method: 'POST',
  path,
  bulkId,
  data,
  ...rest,
})

export const put = (path: string, data: unknown, rest: Values = {}): Operation => ({
  method: 'PUT',
  path,
  data,
  ...rest,
})

export const patch = (path: string, data: unknown, rest: Values = {}): Operation => ({
  method: 'PATCH',
  path,
  data,
  ...rest,
})

export const remove = (path: string, rest: Values = {}): Operation => ({ method: 'DELETE', path, ...rest })

/** Sends a bulk request and returns its results. */
export async function bulk(
  client: ScimClient,
  operations: readonly unknown[],
  rest: Values = {},
): Promise<TestResponse['body']> {
  const { status, body } = await client.post('/Bulk', bulkRequest(operations, rest))
  if (status !== 200) throw new Error(`The bulk request was not processed: ${JSON.stringify(body)}`)
  return body.Operations
}

type Result = { readonly status: string; readonly location?: string }
export const statuses = (results: readonly Result[]) => results.map(({ status }) => status)
export const idIn = ({ location = '' }: Result) => location.slice(location.lastIndexOf('/') + 1)
