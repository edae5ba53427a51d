import { type Attribute, attribute, findAttribute } from './attribute.ts'
import { commonAttributes } from './schemas/common.ts'

/** A schema as `/Schemas` lists it (RFC 7643 §7). */
export type Schema = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

export type ExtensionUse = { readonly schema: Schema; readonly required: boolean }

/** A resource type as `/ResourceTypes` lists it (RFC 7643 §6), with what the provider must know of it. */
export type ResourceTypeDeclaration = {
  readonly name: string
  readonly endpoint: string
  readonly description: string
  readonly schema: Schema
  readonly extensions: readonly ExtensionUse[]
  /** The attribute by which people and clients call a resource: `userName`, a group's `displayName`. */
  readonly labelledBy: string
  /** The attribute that is shown for a resource where another refers to it. */
  readonly displayedBy: string
  /** The boolean attribute that says whether the resource is in use (`active`). */
  readonly enabledBy?: string
}

export type ResourceType = ResourceTypeDeclaration & {
  /** All that a resource can hold: common attributes, the schema's, and one container an extension. */
  readonly attributes: readonly Attribute[]
}

const containerOf = ({ schema, required }: ExtensionUse): Attribute =>
  attribute(schema.id, schema.description, {
    type: 'complex',
    required,
    extension: true,
    subAttributes: schema.attributes,
  })

/** What is never returned has no part that is. */
const withHiddenParts = (attribute: Attribute): Attribute => {
  const { returned, hidden, subAttributes } = attribute
  if (!subAttributes) return attribute
  const parts =
    returned === 'never'
      ? subAttributes.map(sub => ({ ...sub, returned, ...(hidden && { hidden }) }))
      : subAttributes
  const next = parts.map(withHiddenParts)
  return next.every((sub, at) => sub === subAttributes[at])
    ? attribute
    : { ...attribute, subAttributes: next }
}

/** Puts the common attributes of RFC 7643 §3.1 and the extensions' containers around a declared schema. */
export const resourceType = (declaration: ResourceTypeDeclaration): ResourceType => ({
  ...declaration,
  attributes: [
    ...commonAttributes,
    ...declaration.schema.attributes.filter(({ name }) => !findAttribute(commonAttributes, name)),
    ...declaration.extensions.map(containerOf),
  ].map(withHiddenParts),
})

/** A type's own schema and those of its extensions. */
export const schemasOfType = ({ schema, extensions }: ResourceType): readonly Schema[] => [
  schema,
  ...extensions.map(extension => extension.schema),
]

/** The type that answers under `/Users`, `/Groups` and so on; the case of an endpoint matters. */
export const typeAt = (types: readonly ResourceType[], endpoint: string): ResourceType | undefined =>
  types.find(type => type.endpoint === `/${endpoint}`)

export const typeNamed = (types: readonly ResourceType[], name: string): ResourceType | undefined =>
  types.find(type => type.name === name)
