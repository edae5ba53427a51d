import { groupTypeWithSentDisplays, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { resourceTypes } from '../base.ts'
import type { Choices } from './features.ts'

const typesWithSentDisplays = [userType, groupTypeWithSentDisplays]

/** The types of RFC 7643 with those that a tenant declares. Throws a DeclarationError. */
export const rfcTypes = ({ memberDisplay }: Choices, declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, memberDisplay === 'sent' ? typesWithSentDisplays : resourceTypes)
