import type { Attribute } from './attribute.ts'
import type { Json, JsonObject } from './json.ts'
import type { ResourceType, Schema } from './resource-types.ts'

const schemaUrn = 'urn:ietf:params:scim:schemas:core:2.0:Schema'
const resourceTypeUrn = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'
const serviceProviderConfigUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

/** An entry of `/Schemas` (RFC 7643 §7). Common attributes belong to no schema and are not listed (§3.1). */
export const schemaResource = (schema: Schema, base: string): JsonObject => ({
  schemas: [schemaUrn],
  id: schema.id,
  name: schema.name,
  description: schema.description,
  attributes: schema.attributes.map(characteristicsOf),
  meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
})

/** An attribute's characteristics in the order of RFC 7643 §7, without `Handling`. */
export function characteristicsOf(attribute: Attribute): JsonObject {
  const { name, type, multiValued, description, required, mutability, returned } = attribute
  const { canonicalValues, referenceTypes, subAttributes } = attribute
  // Erratum 6004: `caseExact` and `uniqueness` apply to sub-attributes, not to complex attributes.
  const isSimple = type !== 'complex'
  return {
    name,
    type,
    ...(subAttributes && { subAttributes: subAttributes.map(characteristicsOf) }),
    multiValued,
    description,
    required,
    ...(canonicalValues && { canonicalValues }),
    ...(isSimple && { caseExact: attribute.caseExact }),
    mutability,
    returned,
    ...(isSimple && { uniqueness: attribute.uniqueness }),
    ...(referenceTypes && { referenceTypes }),
  }
}

/** The schemas of resource types, then those of their extensions, each once. */
export const listedSchemas = (types: readonly ResourceType[]): readonly Schema[] => {
  const schemas = [
    ...types.map(({ schema }) => schema),
    ...types.flatMap(({ extensions }) => extensions.map(({ schema }) => schema)),
  ]
  return [...new Map(schemas.map(schema => [schema.id, schema])).values()]
}

/** An entry of `/ResourceTypes` (RFC 7643 §6). */
export const resourceTypeResource = (type: ResourceType, base: string): JsonObject => ({
  schemas: [resourceTypeUrn],
  id: type.name,
  name: type.name,
  endpoint: type.endpoint,
  description: type.description,
  schema: type.schema.id,
  schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type.name}` },
})

type Capabilities = {
  readonly maxResults: number
  readonly bulk?: { readonly maxOperations: number; readonly maxPayloadSize: number }
  readonly sort?: boolean
  readonly etag?: boolean
  readonly changePassword?: boolean
  /** RFC 9865 §4. */
  readonly pagination?: JsonObject
  readonly documentationUri?: string
  /** Absent if no client or issuer is in force. */
  readonly oauth?: { readonly metadata: string | undefined }
}

/** `/ServiceProviderConfig` (RFC 7643 §5). */
export const serviceProviderConfig = (capabilities: Capabilities, base: string): JsonObject => ({
  schemas: [serviceProviderConfigUrn],
  ...(capabilities.documentationUri !== undefined && { documentationUri: capabilities.documentationUri }),
  patch: { supported: true },
  bulk: capabilities.bulk
    ? { supported: true, ...capabilities.bulk }
    : { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: capabilities.maxResults },
  changePassword: { supported: capabilities.changePassword ?? false },
  sort: { supported: capabilities.sort ?? false },
  etag: { supported: capabilities.etag ?? false },
  ...(capabilities.pagination && { pagination: capabilities.pagination }),
  authenticationSchemes: capabilities.oauth
    ? [bearerTokens, oauthTokens(capabilities.oauth)]
    : [bearerTokens],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})

const oauthTokens = ({ metadata }: { readonly metadata: string | undefined }): Json => ({
  type: 'oauth2',
  name: 'OAuth 2.0',
  description: 'A token of an authorization server in the Authorization header.',
  specUri: 'https://www.rfc-editor.org/info/rfc6749',
  ...(metadata !== undefined && { documentationUri: metadata }),
})

const bearerTokens: Json = {
  type: 'oauthbearertoken',
  name: 'OAuth Bearer Token',
  description: 'A token in the Authorization header. Generate one in the console.',
  specUri: 'https://www.rfc-editor.org/info/rfc6750',
  primary: true,
}
