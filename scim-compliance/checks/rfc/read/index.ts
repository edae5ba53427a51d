import type { Check } from '../../../check.ts'
import { checks as attributes } from './attributes.ts'
import { checks as excludedAttributes } from './excluded-attributes.ts'
import { checks as lists } from './lists.ts'
import { checks as projectionLimits } from './projection-limits.ts'
import { checks as projectionNames } from './projection-names.ts'
import { checks as queries } from './queries.ts'
import { checks as resources } from './resources.ts'

export const checks: readonly Check[] = [
  ...resources,
  ...lists,
  ...queries,
  ...attributes,
  ...excludedAttributes,
  ...projectionLimits,
  ...projectionNames,
]
