import { randomUUID } from 'node:crypto'
import { findAttribute } from '../../scim/attribute.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import {
  listedSchemas,
  resourceTypeResource,
  schemaResource,
  serviceProviderConfig,
} from '../../scim/discovery.ts'
import type { ScimError } from '../../scim/error.ts'
import type { JsonObject } from '../../scim/json.ts'
import type { RequestPolicy } from '../../scim/request-policy.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Features, Limits, Paging, Profile, ResponsePolicy, Rules } from '../profile.ts'
import { rfcChoices } from './features.ts'
import { completeResource } from './requests.ts'
import { rfcRules } from './rules.ts'

export const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

const resourceTypes = [userType, groupType]

/** Nothing is forgiven that RFC 7643 and RFC 7644 refuse. */
const requests: RequestPolicy = {
  normalizeValue: (_attribute, value) => value,
  fullAttributeName: (_resourceType, name) => name,
  unknownAttributes: 'ignore',
  unknownPaths: 'refuse',
  unknownSchemas: 'refuse',
  schemas: 'required',
  missingElement: 'noTarget',
  readOnlyPaths: 'refuse',
  unquotedFilterValues: false,
  comparisonAfterBrackets: false,
}

/** Most of what the RFCs refuse, the core refuses by itself. */
const noRules: Rules = { operation: [], body: [], resource: [], sentPatch: [], patch: [], query: [] }

const paging: Paging = {
  index: true,
  defaultCount: 100,
  maxCount: 1000,
  invalidCount: 'refuse',
  total: 'matches',
}

/** 1 MiB: twenty times a PATCH with a thousand members. Larger bodies the listener refuses. */
export const bodyBytes = 1_048_576

const limits: Limits = {
  bodyBytes,
  filterLength: 4096,
  filterDepth: 20,
  idLength: 256,
  resources: 1_000_000,
  tokens: 100,
  writesPerSecond: 25,
  readsPerSecond: 40,
}

const instant = (at: number) => new Date(at).toISOString()

const meta = ({ id, created, lastModified }: StoredResource, type: ResourceType, base: string) =>
  JSON.stringify({
    resourceType: type.name,
    created: instant(created),
    lastModified: instant(lastModified),
    location: `${base}${type.endpoint}/${id}`,
  })

const metaWithVersion: ResponsePolicy['meta'] = (stored, type, base, tag) =>
  `${meta(stored, type, base).slice(0, -1)},"version":${JSON.stringify(tag)}}`

/** RFC 7644 §3.12. */
const error = ({ status, scimType, detail }: ScimError): JsonObject => ({
  schemas: [errorUrn],
  status: String(status),
  ...(scimType && { scimType }),
  detail,
})

/** RFC 7644 §2 and RFC 6750 §3: a 401 names the scheme that would be let in. */
export const authenticateHeader = ({ status }: ScimError): Readonly<Record<string, string>> =>
  status === 401 ? { 'WWW-Authenticate': 'Bearer realm="SCIM"' } : {}

/** Discovery is made from the tables that requests are read by, so it tells the truth (RFC 7643 §7). */
export const discoveryResponses = (
  types: readonly ResourceType[],
): Pick<ResponsePolicy, 'resourceTypes' | 'schemas'> => ({
  resourceTypes: base => types.map(type => resourceTypeResource(type, base)),
  schemas: base => listedSchemas(types).map(schema => schemaResource(schema, base)),
})

/** Passwords are changed like any other attribute (RFC 7643 §4.1.1), where users have them. */
const supportsPasswords = ({ schema, attributes }: ResourceType) =>
  schema.id === userType.schema.id && findAttribute(attributes, 'password') !== undefined

/** `/ServiceProviderConfig` says what the profile offers, from the same values that requests are served by. */
export const serviceProviderConfigFor =
  (
    features: Features,
    { cursor, index, defaultCount, maxCount }: Paging,
    types: readonly ResourceType[],
    /** Whether `pagination` is part of it. */
    announcesPaging: boolean,
  ): ResponsePolicy['serviceProviderConfig'] =>
  base =>
    serviceProviderConfig(
      {
        maxResults: maxCount,
        sort: features.sort,
        etag: features.etag,
        changePassword: types.some(supportsPasswords),
        ...(features.bulk && { bulk: features.bulk }),
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

const features: Features = { search: false, sort: false, etag: false }

const responses: ResponsePolicy = {
  mediaTypes: ['application/scim+json', 'application/json'],
  headers: request => ({ 'request-id': request }),
  meta,
  created: 201,
  replaced: 200,
  patched: () => 200,
  location: true,
  relation: () => 'rows',
  nestedGroups: true,
  references: 'absolute',
  status: ({ status }) => status,
  error,
  errorHeaders: authenticateHeader,
  serviceProviderConfig: serviceProviderConfigFor(features, paging, resourceTypes, false),
  ...discoveryResponses(resourceTypes),
  resourceTypeByName: true,
  publicDiscovery: true,
}

/** The RFCs as far as the core reads them by itself: what a profile starts from. */
export const baseProfile: Omit<Profile, 'name'> = {
  resourceTypes,
  requests,
  rules: noRules,
  responses,
  paging,
  projection: true,
  features,
  requiresIfMatch: false,
  discoveryFilter: 'ignore',
  limits,
  newId: () => randomUUID(),
  unknownMemberInFilter: 'empty',
  unknownMembers: 'refuse',
  removesDanglingReferences: true,
  addresses: { aliases: {}, caseInsensitive: false, versionOptional: true, unsupportedStatus: 501 },
  switches: {},
}

/** All that RFC 7644 and RFC 9865 leave to a provider to offer. */
const allFeatures: Features = {
  search: true,
  sort: true,
  etag: true,
  bulk: { maxOperations: 1000, maxPayloadSize: bodyBytes },
}

const hour = 60 * 60 * 1000

const rfcPaging: Paging = {
  ...paging,
  cursor: { previous: true, total: true, fixedCount: true, timeout: hour },
}

/** The RFC's types with those that a tenant declares beside them. */
export const rfcTypes = (declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, resourceTypes)

/** RFC 7643, 7644 and 9865 to the letter, as a tenant's switches and declarations have it. */
export const rfcProfile = (chosen: Readonly<Record<string, string>>, declared: Declarations): Profile => {
  const choices = rfcChoices(chosen)
  const types = rfcTypes(declared)
  return {
    ...baseProfile,
    name: 'rfc',
    resourceTypes: types,
    rules: rfcRules(choices),
    completeResource,
    responses: {
      ...baseProfile.responses,
      ...discoveryResponses(types),
      meta: metaWithVersion,
      nestedGroups: choices.nestedGroups === 'show',
      references: choices.references,
      patched: () => (choices.patchAnswer === '204' ? 204 : 200),
      serviceProviderConfig: serviceProviderConfigFor(
        allFeatures,
        rfcPaging,
        types,
        choices.pagination === 'announce',
      ),
    },
    paging: rfcPaging,
    features: allFeatures,
    unknownMembers: choices.unknownMembers,
    requiresIfMatch: choices.ifMatch === 'required',
    discoveryFilter: choices.discoveryFilter,
    switches: choices,
  }
}
