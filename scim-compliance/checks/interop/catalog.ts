import type { Check } from '../../check.ts'
import { conformanceChecks } from './conformance.ts'
import { lifecycleAndUniquenessChecks } from './lifecycle.ts'
import { listChecks } from './lists.ts'
import { patchChecks } from './patch.ts'
import { schemaChecks } from './schemas.ts'
import { valueChecks } from './values.ts'

export const interopChecks: readonly Check[] = [
  ...schemaChecks,
  ...valueChecks,
  ...listChecks,
  ...patchChecks,
  ...lifecycleAndUniquenessChecks,
  ...conformanceChecks,
]
