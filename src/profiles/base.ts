import { randomUUID } from 'node:crypto'
import { findAttribute } from '../scim/attribute.ts'
import { groupType, userType } from '../scim/core-schemas.ts'
import {
  listedSchemas,
  resourceTypeResource,
  schemaResource,
  serviceProviderConfig,
} from '../scim/discovery.ts'
import type { ScimError } from '../scim/error.ts'
import type { JsonObject } from '../scim/json.ts'
import { type ResourceType, resourceType } from '../scim/resource-types.ts'
import {
  type Features,
  type Limits,
  type Paging,
  type Profile,
  type ProfileRequests,
  type ResponsePolicy,
  type Rules,
  toInstant,
} from './profile.ts'

export const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

export const resourceTypes = [userType, groupType]

export const uniquelyNamed = (type: ResourceType): ResourceType =>
  resourceType({
    ...type,
    schema: {
      ...type.schema,
      attributes: type.schema.attributes.map(attribute =>
        attribute.name === 'displayName' ? { ...attribute, uniqueness: 'server' as const } : attribute,
      ),
    },
  })

/** The core itself rejects most of what the RFCs forbid. */
export const noRules: Rules = { operation: [], body: [], resource: [], sentPatch: [], patch: [], query: [] }

const paging: Paging = {
  index: true,
  defaultCount: 100,
  maxCount: 1000,
  invalidCount: 'refuse',
  total: 'matches',
}

/** 1 MiB: twenty times a PATCH with a thousand members. The listener rejects larger bodies. */
export const bodyBytes = 1_048_576

/** With 100,000 users, a list with so many comparisons takes a second. */
export const maxFilterComparisons = 30

const limits: Limits = {
  bodyBytes,
  filterLength: 4096,
  filterDepth: 20,
  filterComparisons: maxFilterComparisons,
  idLength: 256,
  resources: 1_000_000,
  tokens: 100,
  writesPerSecond: 25,
  readsPerSecond: 40,
}

/** Accepts nothing that RFC 7643 and RFC 7644 forbid. */
const requests: ProfileRequests = {
  normalizeValue: (_attribute, value) => value,
  fullAttributeName: (_resourceType, name) => name,
  unknownAttributes: 'ignore',
  unknownPaths: 'invalidPath',
  unknownSchemas: 'invalidValue',
  schemas: 'required',
  complexReplacement: 'merge',
  missingElement: 'noTarget',
  unmatchedRemoval: 'noTarget',
  readOnlyPaths: 'refuse',
  unquotedFilterValues: false,
  comparisonAfterBrackets: false,
  limits,
  addresses: { aliases: {}, caseInsensitive: false, versionOptional: true, unsupportedStatus: 501 },
  unknownMembers: 'refuse',
  unknownMemberInFilter: 'empty',
}

/** Clients add members one by one, and responses would grow. RFC 7644 §3.5.2 allows both responses to a PATCH. */
export const maxPatchedMembers = 1_000

const meta: ResponsePolicy['meta'] = ({ id, created, lastModified }, type, base, tag) => {
  const location = JSON.stringify(`${base}${type.endpoint}/${id}`)
  const version = tag === undefined ? '' : `,"version":${JSON.stringify(tag)}`
  const createdAt = toInstant(created)
  const modifiedAt = lastModified === created ? createdAt : toInstant(lastModified)
  return `{"resourceType":${JSON.stringify(type.name)},"created":"${createdAt}","lastModified":"${modifiedAt}","location":${location}${version}}`
}

/** RFC 7644 §3.12. */
const error = ({ status, scimType, detail }: ScimError): JsonObject => ({
  schemas: [errorUrn],
  status: String(status),
  ...(scimType && { scimType }),
  detail,
})

const bearerScheme = 'Bearer realm="SCIM"'

/** RFC 7644 §2 and RFC 6750 §3: a 401 names the accepted scheme. */
export const authenticateHeader = ({ status }: ScimError): Readonly<Record<string, string>> =>
  status === 401 ? { 'WWW-Authenticate': bearerScheme } : {}

const challengeParameters = {
  invalid_token:
    'error="invalid_token", error_description="The access token is missing, expired, revoked or not for this tenant."',
  insufficient_scope: 'error="insufficient_scope", scope="scim.write"',
} as const

/** RFC 6750 §3.1: the scheme with the reason, unless the request had no token. */
const challengeHeader = (error: ScimError): Readonly<Record<string, string>> =>
  error.challenge
    ? { 'WWW-Authenticate': `${bearerScheme}, ${challengeParameters[error.challenge]}` }
    : authenticateHeader(error)

export const discoveryResponses = (
  types: readonly ResourceType[],
): Pick<ResponsePolicy, 'resourceTypes' | 'schemas'> => ({
  resourceTypes: base => types.map(type => resourceTypeResource(type, base)),
  schemas: base => listedSchemas(types).map(schema => schemaResource(schema, base)),
})

/** Passwords are changed like any other attribute (RFC 7643 §4.1.1), if users have them. */
const supportsPasswords = ({ schema, attributes }: ResourceType) =>
  schema.id === userType.schema.id && findAttribute(attributes, 'password') !== undefined

export const serviceProviderConfigFor =
  (
    features: Features,
    types: readonly ResourceType[],
    announcesPaging: boolean,
  ): ResponsePolicy['serviceProviderConfig'] =>
  (base, oauth) => {
    const { cursor, index, defaultCount, maxCount } = features.paging
    return serviceProviderConfig(
      {
        maxResults: maxCount,
        sort: features.sort,
        etag: features.etag,
        changePassword: types.some(supportsPasswords),
        ...(features.bulk && { bulk: features.bulk }),
        ...(oauth && { oauth }),
        // RFC 9865 §4.
        ...(announcesPaging && {
          pagination: {
            cursor: cursor !== undefined,
            index,
            defaultPaginationMethod: 'index',
            defaultPageSize: defaultCount,
            maxPageSize: maxCount,
            ...(cursor?.timeout !== undefined && { cursorTimeout: cursor.timeout / 1000 }),
          },
        }),
      },
      base,
    )
  }

const features: Features = {
  search: false,
  sort: false,
  etag: false,
  projection: true,
  paging,
  requiresIfMatch: false,
  discoveryFilter: 'ignore',
}

const responses: ResponsePolicy = {
  mediaTypes: ['application/scim+json', 'application/json'],
  headers: request => ({ 'request-id': request }),
  meta,
  created: 201,
  replaced: 200,
  patched: () => 200,
  maxPatchedMembers,
  location: true,
  relation: () => 'rows',
  nestedGroups: true,
  references: 'absolute',
  status: ({ status }) => status,
  error,
  errorHeaders: challengeHeader,
  serviceProviderConfig: serviceProviderConfigFor(features, resourceTypes, false),
  ...discoveryResponses(resourceTypes),
  resourceTypeByName: true,
  publicDiscovery: true,
}

export const baseProfile: Omit<Profile, 'name'> = {
  schema: { resourceTypes, newId: () => randomUUID(), removesDanglingReferences: true },
  requests,
  rules: noRules,
  responses,
  features,
  credentials: 'any',
  switches: {},
}
