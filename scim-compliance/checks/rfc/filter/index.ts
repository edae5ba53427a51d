import type { Check } from '../../../check.ts'
import { checks as anyCase } from './any-case.ts'
import { checks as caseExact } from './case-exact.ts'
import { checks as comparisons } from './comparisons.ts'
import { checks as equality } from './equality.ts'
import { checks as families } from './families.ts'
import { checks as filterErrors } from './filter-errors.ts'
import { checks as filterTimes } from './filter-times.ts'
import { checks as literals } from './literals.ts'
import { checks as logic } from './logic.ts'
import { checks as presenceAndBooleans } from './presence-and-booleans.ts'
import { checks as schemasAndReferences } from './schemas-and-references.ts'
import { checks as valuePaths } from './value-paths.ts'

export const checks: readonly Check[] = [
  ...families,
  ...equality,
  ...comparisons,
  ...presenceAndBooleans,
  ...logic,
  ...anyCase,
  ...literals,
  ...valuePaths,
  ...caseExact,
  ...schemasAndReferences,
  ...filterErrors,
  ...filterTimes,
]
