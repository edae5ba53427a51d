import { accessMutants } from './access.ts'
import { awsMutants } from './aws.ts'
import type { Mutant } from './break.ts'
import { entraMutants } from './entra.ts'
import { filterMutants } from './filters.ts'
import { headerMutants } from './headers.ts'
import { hollowMutants } from './hollow.ts'
import { listMutants } from './lists.ts'
import { oktaMutants } from './okta.ts'
import { orderMutants } from './order.ts'
import { patchMutants } from './patches.ts'
import { serviceMutants } from './service.ts'
import { shownMutants } from './shown.ts'
import { statusMutants } from './statuses.ts'
import { valueMutants } from './values.ts'
import { writeMutants } from './writes.ts'

/** All faults, one at a time. */
export const mutants: readonly Mutant[] = [
  ...statusMutants,
  ...headerMutants,
  ...shownMutants,
  ...valueMutants,
  ...listMutants,
  ...orderMutants,
  ...filterMutants,
  ...patchMutants,
  ...writeMutants,
  ...accessMutants,
  ...serviceMutants,
  ...hollowMutants,
  ...entraMutants,
  ...awsMutants,
  ...oktaMutants,
]
