import { type Attribute, attribute, subAttributesOf } from '../../scim/attribute.ts'
import { groupType, groupTypeWithSentDisplays, userType } from '../../scim/core-schemas.ts'
import { type ResourceType, resourceType, type Schema } from '../../scim/resource-types.ts'
import { uniquelyNamed } from '../base.ts'

/**
 * What the server sets is declared as read-only, and a `type` without values that clients may use is left out: `/Schemas`
 * declares exactly what is implemented.
 */
const exact = (one: Attribute): Attribute => ({
  ...one,
  ...(one.derived !== undefined && !one.overridable && { mutability: 'readOnly' }),
  ...(one.subAttributes && {
    subAttributes: one.subAttributes.filter(sub => !isOpenType(one, sub)).map(exact),
  }),
})

const isOpenType = ({ multiValued }: Attribute, { name, canonicalValues = [] }: Attribute): boolean =>
  multiValued && name === 'type' && canonicalValues.length === 0

const exactSchema = (schema: Schema): Schema => ({
  ...schema,
  attributes: schema.attributes.filter(({ name }) => name !== 'password').map(exact),
})

const exactType = ({ schema, extensions, ...type }: ResourceType): ResourceType =>
  resourceType({
    ...type,
    schema: exactSchema(schema),
    extensions: extensions.map(extension => ({ ...extension, schema: exactSchema(extension.schema) })),
  })

const user = exactType(userType)

/** IPSIE asks for unique names of groups (section 6.2.1). */
const group = (type: ResourceType) => uniquelyNamed(exactType(type))

export const interopTypes = {
  sent: [user, group(groupTypeWithSentDisplays)],
  user: [user, group(groupType)],
} as const

/** A tenant may declare lists whose `type` has no values. */
export const declaresTypeValues = (types: readonly ResourceType[]): boolean =>
  types
    .flatMap(({ attributes }) => attributes.flatMap(one => (one.extension ? subAttributesOf(one) : [one])))
    .every(one => !subAttributesOf(one).some(sub => isOpenType(one, sub)))

const readOnly = (name: string, description: string, rest: Partial<Attribute> = {}): Attribute =>
  attribute(name, description, { mutability: 'readOnly', ...rest })

const supported = (name: string, what: string, more: readonly Attribute[] = []): Attribute =>
  readOnly(name, `Whether ${what} is supported.`, {
    type: 'complex',
    required: true,
    subAttributes: [
      readOnly('supported', 'Whether it is supported.', { type: 'boolean', required: true }),
      ...more,
    ],
  })

const limit = (name: string, description: string) =>
  readOnly(name, description, { type: 'integer', required: true })

const uri = { type: 'reference', caseExact: true, referenceTypes: ['external'] } as const

/** RFC 7643 §5, with the attributes of RFC 9865 §4 and of the interoperability profile. */
export const serviceProviderConfigSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  name: 'ServiceProviderConfig',
  description: 'What the service provider supports',
  attributes: [
    readOnly('documentationUri', 'The URI of the documentation.', uri),
    supported('patch', 'PATCH'),
    supported('bulk', 'a bulk request', [
      limit('maxOperations', 'The maximum number of operations.'),
      limit('maxPayloadSize', 'The maximum number of bytes.'),
    ]),
    supported('filter', 'a filter', [limit('maxResults', 'The maximum number of resources in a response.')]),
    supported('changePassword', 'a change of the password'),
    supported('sort', 'sorting'),
    supported('etag', 'a version'),
    readOnly('pagination', 'How lists are paged.', {
      type: 'complex',
      subAttributes: [
        readOnly('cursor', 'Whether lists are paged by cursor.', { type: 'boolean', required: true }),
        readOnly('index', 'Whether lists are paged by index.', { type: 'boolean', required: true }),
        readOnly('defaultPaginationMethod', 'How a list is paged if the client does not choose.', {
          canonicalValues: ['cursor', 'index'],
        }),
        readOnly('defaultPageSize', 'The resources per page without count.', { type: 'integer' }),
        readOnly('maxPageSize', 'The maximum of resources per page.', { type: 'integer' }),
        readOnly('cursorTimeout', 'The maximum age of a cursor in seconds.', { type: 'integer' }),
      ],
    }),
    readOnly('authenticationSchemes', 'How clients authenticate.', {
      type: 'complex',
      multiValued: true,
      required: true,
      subAttributes: [
        readOnly('type', 'The kind of the scheme.', {
          required: true,
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        readOnly('name', 'The name of the scheme.', { required: true }),
        readOnly('description', 'The description of the scheme.', { required: true }),
        readOnly('specUri', 'The URI of the specification.', uri),
        readOnly('documentationUri', 'The URI of the documentation.', uri),
        readOnly('primary', 'Whether this is the preferred scheme.', { type: 'boolean' }),
      ],
    }),
    readOnly('interopProfileConformant', 'Whether the server follows the SCIM interoperability profile.', {
      type: 'boolean',
    }),
  ],
}
