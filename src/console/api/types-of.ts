import { typesDeclared } from '../../profiles/index.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Tenant } from '../../tenants/tenant.ts'

/**
 * The types of which a tenant can have resources. What is declared and not in force may have some from when it was.
 */
export const typesOf = ({ profile, declared }: Tenant): readonly ResourceType[] => [
  ...profile.resourceTypes,
  ...typesDeclared(declared),
]

export const hasMembers = ({ attributes }: ResourceType): boolean =>
  attributes.some(({ relation }) => relation === 'members')
