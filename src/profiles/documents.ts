import { type Attribute, subAttributesOf } from '../scim/attribute.ts'
import type { JsonObject } from '../scim/json.ts'
import type { ResourceType, Schema } from '../scim/resource-types.ts'
import type { Paging, Profile } from './profile.ts'

const urn = (name: string) => `urn:ietf:params:scim:schemas:core:2.0:${name}`

/** An attribute as `/Schemas` shows it (RFC 7643 §7): all of its characteristics, nothing of its handling. */
export const characteristics = (attribute: Attribute): JsonObject => ({
  name: attribute.name,
  type: attribute.type,
  multiValued: attribute.multiValued,
  description: attribute.description,
  required: attribute.required,
  ...(attribute.canonicalValues && { canonicalValues: attribute.canonicalValues }),
  caseExact: attribute.caseExact,
  mutability: attribute.mutability,
  returned: attribute.returned,
  uniqueness: attribute.uniqueness,
  ...(attribute.referenceTypes && { referenceTypes: attribute.referenceTypes }),
  ...(attribute.subAttributes && { subAttributes: subAttributesOf(attribute).map(characteristics) }),
})

const schemasOf = (types: readonly ResourceType[]): readonly Schema[] => {
  const all = types.flatMap(({ schema, extensions }) => [schema, ...extensions.map(use => use.schema)])
  return [...new Map(all.map(schema => [schema.id, schema])).values()]
}

/** The entries of `/Schemas`, made from the tables that requests are read by, so that they tell the truth. */
export const schemaDocuments = (types: readonly ResourceType[], base: string): readonly JsonObject[] =>
  schemasOf(types).map(({ id, name, description, attributes }) => ({
    schemas: [urn('Schema')],
    id,
    name,
    description,
    attributes: attributes.map(characteristics),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  }))

/** The entries of `/ResourceTypes` (RFC 7643 §6). */
export const resourceTypeDocuments = (types: readonly ResourceType[], base: string): readonly JsonObject[] =>
  types.map(({ name, endpoint, description, schema, extensions }) => ({
    schemas: [urn('ResourceType')],
    id: name,
    name,
    endpoint,
    description,
    schema: schema.id,
    schemaExtensions: extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  }))

/** `/ServiceProviderConfig` (RFC 7643 §5, RFC 9865 §4): what is offered, as the profile's own values have it. */
export const serviceProviderConfig = (
  { paging, limits }: Pick<Profile, 'paging' | 'limits'>,
  base: string,
): JsonObject => ({
  schemas: [urn('ServiceProviderConfig')],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: limits.bodyBytes },
  filter: { supported: true, maxResults: paging.maxCount },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  pagination: pagination(paging),
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'OAuth Bearer Token',
      description: 'An access token, sent as RFC 6750 says.',
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})

const pagination = (paging: Paging): JsonObject => ({
  cursor: paging.cursor,
  index: paging.index,
  defaultPaginationMethod: paging.index ? 'index' : 'cursor',
  defaultPageSize: paging.defaultCount,
  maxPageSize: paging.maxCount,
})
