import type { Attribute } from '../../scim/attribute.ts'
import {
  enterpriseUserSchema,
  groupSchema,
  groupType,
  userSchema,
  userType,
} from '../../scim/core-schemas.ts'
import { characteristicsOf } from '../../scim/discovery.ts'
import type { JsonObject } from '../../scim/json.ts'
import { userGuide } from './sources.ts'

/** AWS's `/ServiceProviderConfig`, which still has the page size from before 2025. */
export const advertisedConfig: JsonObject = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  documentationUri: `${userGuide}/manage-your-identity-source-idp.html`,
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'OAuth Bearer Token',
      description: 'Authentication scheme using the OAuth Bearer Token Standard',
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      documentationUri: `${userGuide}/provision-automatically.html`,
      primary: true,
    },
  ],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 1, maxPayloadSize: 1048576 },
  filter: { supported: true, maxResults: 50 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
}

/** AWS's `/ResourceTypes`: it declares the enterprise extension as required, but AWS accepts users without it. */
export const advertisedResourceTypes = (base: string): readonly JsonObject[] => [
  {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: 'User',
    name: 'User',
    endpoint: userType.endpoint,
    description: 'User Account',
    schema: userSchema.id,
    schemaExtensions: [{ schema: enterpriseUserSchema.id, required: true }],
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/User` },
  },
  {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: 'Group',
    name: 'Group',
    endpoint: groupType.endpoint,
    description: 'Group',
    schema: groupSchema.id,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/Group` },
  },
]

type Outline = readonly (string | { readonly [name: string]: readonly string[] })[]

const userOutline: Outline = [
  'userName',
  {
    name: ['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'],
  },
  'displayName',
  'nickName',
  'profileUrl',
  'title',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
  'active',
  { emails: ['value', 'type', 'primary'] },
  { phoneNumbers: ['value', 'type', 'primary'] },
  {
    addresses: [
      'formatted',
      'streetAddress',
      'locality',
      'region',
      'postalCode',
      'country',
      'type',
      'primary',
    ],
  },
  { groups: ['value', '$ref', 'type'] },
  { roles: ['value', 'type', 'primary'] },
]

const groupOutline: Outline = ['displayName', { members: ['value', '$ref', 'type'] }]

const enterpriseOutline: Outline = [
  'employeeNumber',
  'costCenter',
  'organization',
  'division',
  'department',
  { manager: ['value', '$ref', 'displayName'] },
]

/** AWS advertises neither the uniqueness of emails nor that a user's `displayName` is required. */
const required = new Set(['familyName', 'givenName'])

const outlined = (attributes: readonly Attribute[], outline: Outline): readonly Attribute[] =>
  outline.flatMap(entry => {
    const [name, subs] = typeof entry === 'string' ? [entry] : (Object.entries(entry)[0] ?? [''])
    return attributes
      .filter(attribute => attribute.name === name)
      .map(attribute => ({
        ...attribute,
        caseExact: false,
        required: attribute.required || required.has(attribute.name),
        ...(subs && { subAttributes: outlined(attribute.subAttributes ?? [], subs) }),
      }))
  })

const schemaDocument = (
  { id, name, attributes }: { id: string; name: string; attributes: readonly Attribute[] },
  description: string,
  outline: Outline,
): JsonObject => ({
  id,
  name,
  description,
  attributes: outlined(attributes, outline).map(characteristicsOf),
  meta: { resourceType: 'Schema', location: `/v2/Schemas/${id}` },
})

/** AWS's `/Schemas`: lists with a maximum of one value are multi-valued, and nothing is case exact. */
export const advertisedSchemas: readonly JsonObject[] = [
  schemaDocument(userSchema, 'User Schema', userOutline),
  schemaDocument(groupSchema, 'Group Schema', groupOutline),
  schemaDocument(enterpriseUserSchema, 'Enterprise User Schema', enterpriseOutline),
]
