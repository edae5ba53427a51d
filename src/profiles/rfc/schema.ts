import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { resourceTypes } from '../base.ts'

/** The types of RFC 7643 with those that a tenant declares. Throws a DeclarationError. */
export const rfcTypes = (declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, resourceTypes)
