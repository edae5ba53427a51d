import { groupType, groupTypeWithSentDisplays, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import { type ResourceType, resourceType } from '../../scim/resource-types.ts'
import type { Choices } from './features.ts'

/** Microsoft's validator creates a group twice and expects a 409 (use-scim-to-provision-users-and-groups). */
const uniquelyNamed = (type: ResourceType): ResourceType =>
  resourceType({
    ...type,
    schema: {
      ...type.schema,
      attributes: type.schema.attributes.map(attribute =>
        attribute.name === 'displayName' ? { ...attribute, uniqueness: 'server' as const } : attribute,
      ),
    },
  })

const coreTypes: Readonly<Record<Choices['memberDisplay'], readonly ResourceType[]>> = {
  user: [userType, uniquelyNamed(groupType)],
  sent: [userType, uniquelyNamed(groupTypeWithSentDisplays)],
}

/** The core types and the types that a tenant declares. Throws a DeclarationError. */
export const entraTypes = ({ memberDisplay }: Choices, declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, coreTypes[memberDisplay])
