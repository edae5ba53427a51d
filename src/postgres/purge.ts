import { planPurge } from '../persistence/plans/purge.ts'
import type { Directory } from '../ports/directory.ts'
import type { Lanes } from './lanes.ts'

export const createPurge =
  (lanes: Lanes): Directory['purge'] =>
  (tenant, now, ids) =>
    lanes.run({ tenant, changes: [`purge ${tenant}`], plan: () => planPurge(tenant, now, ids) })
