import type { Check } from '../../../check.ts'
import { checks as forms } from './forms.ts'
import { checks as matching } from './matching.ts'
import { checks as mutability } from './mutability.ts'
import { checks as representations } from './representations.ts'
import { checks as resourceTypes } from './resource-types.ts'
import { checks as schemaAttributes } from './schema-attributes.ts'

export const checks: readonly Check[] = [
  ...forms,
  ...matching,
  ...mutability,
  ...representations,
  ...schemaAttributes,
  ...resourceTypes,
]
