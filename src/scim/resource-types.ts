import { type Attribute, attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { memoize } from './memoize.ts'
import type { Resource } from './resource.ts'
import { createTextFinder } from './text-finder.ts'

/** RFC 7643 §3 and §3.1: the attributes of every resource, regardless of its schema. */
export const commonAttributes = [
  attribute('id', 'The identifier that the service provider assigned to the resource.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier that the provisioning client assigned to the resource.', {
    caseExact: true,
    lookup: true,
  }),
  attribute('meta', 'Metadata of the resource.', {
    type: 'complex',
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'The name of the resource type.', {
        caseExact: true,
        mutability: 'readOnly',
        typeName: true,
      }),
      attribute('created', 'When the resource was created.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When the resource was last modified.', {
        type: 'dateTime',
        mutability: 'readOnly',
      }),
      attribute('location', 'The URI of the resource.', {
        type: 'reference',
        caseExact: true,
        mutability: 'readOnly',
        referenceTypes: ['uri'],
        notFilterable: true,
      }),
      attribute('version', 'The version of the resource.', {
        caseExact: true,
        mutability: 'readOnly',
        notFilterable: true,
      }),
    ],
  }),
  attribute('schemas', "The URNs of the resource's schemas.", {
    type: 'reference',
    caseExact: true,
    multiValued: true,
    required: true,
    returned: 'always',
    referenceTypes: ['uri'],
  }),
] as const

/** A schema as `/Schemas` lists it (RFC 7643 §7). */
export type Schema = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

export type SchemaExtension = { readonly schema: Schema; readonly required: boolean }

/** A resource type as `/ResourceTypes` lists it (RFC 7643 §6), with the attributes that have a role in the provider. */
export type ResourceTypeDeclaration = {
  readonly name: string
  readonly endpoint: string
  readonly description: string
  readonly schema: Schema
  readonly extensions: readonly SchemaExtension[]
  readonly labelAttribute: string
  readonly displayAttribute: string
  readonly enabledAttribute?: string
  readonly nonScim?: Attribute
}

export type ResourceType = ResourceTypeDeclaration & {
  readonly attributes: readonly Attribute[]
}

const extensionContainer = ({ schema, required }: SchemaExtension): Attribute =>
  attribute(schema.id, schema.description, {
    type: 'complex',
    required,
    extension: true,
    subAttributes: schema.attributes,
  })

/** Sub-attributes of an attribute that is never returned are never returned either. */
const withHiddenSubAttributes = (attribute: Attribute): Attribute => {
  const { returned, hidden, subAttributes } = attribute
  if (!subAttributes) return attribute
  const parts =
    returned === 'never'
      ? subAttributes.map(sub => ({ ...sub, returned, ...(hidden && { hidden }) }))
      : subAttributes
  const next = parts.map(withHiddenSubAttributes)
  return next.every((sub, at) => sub === subAttributes[at])
    ? attribute
    : { ...attribute, subAttributes: next }
}

/** Adds the common attributes of RFC 7643 §3.1 and the containers of extensions to the attributes of a schema. */
export const resourceType = (declaration: ResourceTypeDeclaration): ResourceType => ({
  ...declaration,
  attributes: [
    ...commonAttributes,
    ...declaration.schema.attributes.filter(({ name }) => !findAttribute(commonAttributes, name)),
    ...declaration.extensions.map(extensionContainer),
  ].map(withHiddenSubAttributes),
})

export const schemasOfType = ({ schema, extensions }: ResourceType): readonly Schema[] => [
  schema,
  ...extensions.map(extension => extension.schema),
]

export const storedAttributes = memoize(
  ({ attributes, nonScim }: Pick<ResourceType, 'attributes' | 'nonScim'>): readonly Attribute[] =>
    nonScim ? [...attributes, nonScim] : attributes,
)

export const typeByName = (types: readonly ResourceType[], name: string): ResourceType | undefined =>
  types.find(type => type.name === name)

export function relatedTypes({ attributes }: ResourceType, name: 'members' | 'groups'): readonly string[] {
  const attribute = attributes.find(({ relation }) => relation === name)
  return (attribute && subAttributesOf(attribute).find(({ refersTo }) => refersTo)?.refersTo) ?? []
}

/**
 * The object in a stored document with the attributes that only another API reads and writes (`ResourceType.nonScim`). They
 * are part of versions and history. SCIM neither returns nor changes them, and they have no paths in filters and requests.
 */
export const nonScimName = 'urn:scimulator:identity-store'

export const nonScimContainer = (attributes: readonly Attribute[]): Attribute =>
  attribute(nonScimName, 'The attributes that SCIM does not have.', {
    type: 'complex',
    extension: true,
    subAttributes: attributes,
  })

/** Whether a stored document may have such attributes, also of a profile that the tenant no longer has. */
export const mayHaveNonScim: (document: string) => boolean = createTextFinder(`"${nonScimName}":`)

/** A PUT replaces only what SCIM returns. Every profile keeps the rest, since the tenant may change profiles again. */
export function keepNonScim(resource: Resource, former: Resource): Resource {
  const kept = former[nonScimName]
  return kept === undefined ? resource : { ...resource, [nonScimName]: kept }
}
