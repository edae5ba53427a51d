import type { Mutant } from './break.ts'
import { awsMutants, entraMutants } from './clients.ts'
import { filterMutants } from './filters.ts'
import { headerMutants } from './headers.ts'
import { listMutants } from './lists.ts'
import { patchMutants } from './patches.ts'
import { serviceMutants } from './service.ts'
import { shownMutants } from './shown.ts'
import { statusMutants } from './statuses.ts'
import { writeMutants } from './writes.ts'

/** All ways in which a server is broken, one at a time. */
export const mutants: readonly Mutant[] = [
  ...statusMutants,
  ...headerMutants,
  ...shownMutants,
  ...listMutants,
  ...filterMutants,
  ...patchMutants,
  ...writeMutants,
  ...serviceMutants,
  ...entraMutants,
  ...awsMutants,
]
