import type { Json, JsonObject } from '../../scim/json.ts'
import type { TargetRequest } from './target.ts'

export type Endpoint = 'Users' | 'Groups'

/** Spaces as %20, quotes as %22, @ as %40 (Okta's SCIM 2.0 reference); all else but unreserved characters, too. */
export const encodeQuery = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const pathOf = (endpoint: Endpoint, id: string) => `/${endpoint}/${encodeURIComponent(id.toWellFormed())}`

export const read = (endpoint: Endpoint, id: string): TargetRequest => ({
  method: 'GET',
  path: pathOf(endpoint, id),
})

export const create = (endpoint: Endpoint, body: JsonObject): TargetRequest => ({
  method: 'POST',
  path: `/${endpoint}`,
  body,
})

export const replace = (endpoint: Endpoint, id: string, body: JsonObject): TargetRequest => ({
  method: 'PUT',
  path: pathOf(endpoint, id),
  body,
})

export const remove = (endpoint: Endpoint, id: string): TargetRequest => ({
  method: 'DELETE',
  path: pathOf(endpoint, id),
})

export const patch = (endpoint: Endpoint, id: string, operations: readonly Json[]): TargetRequest => ({
  method: 'PATCH',
  path: pathOf(endpoint, id),
  body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations },
})
