import { groupType, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import { type ResourceType, resourceType } from '../../scim/resource-types.ts'

/** Microsoft's validator creates a group twice and expects a 409 (use-scim-to-provision-users-and-groups). */
const uniquelyNamedGroup = resourceType({
  ...groupType,
  schema: {
    ...groupType.schema,
    attributes: groupType.schema.attributes.map(attribute =>
      attribute.name === 'displayName' ? { ...attribute, uniqueness: 'server' as const } : attribute,
    ),
  },
})

const coreTypes = [userType, uniquelyNamedGroup]

/** The core types and the types that a tenant declares. Throws a DeclarationError. */
export const entraTypes = (declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, coreTypes)
