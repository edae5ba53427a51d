export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Compact<Members> = Members extends unknown
  ? { [Name in keyof Members as undefined extends Members[Name] ? never : Name]: Members[Name] } & {
      [Name in keyof Members as undefined extends Members[Name] ? Name : never]?: Exclude<
        Members[Name],
        undefined
      >
    }
  : never

export function compact<Members extends object>(members: Members): Compact<Members> {
  const defined: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) defined[name] = value
  }
  return defined as Compact<Members>
}

/** These members only, in this order. */
export const pick = <Of extends object, Name extends keyof Of>(of: Of, ...names: readonly Name[]) =>
  Object.fromEntries(names.map(name => [name, of[name]])) as Pick<Of, Name>

/** RFC 7643 §10.2: URNs of schemas and of protocol messages. */
export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'
export const listResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
export const searchRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'
export const bulkRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
export const bulkResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'
