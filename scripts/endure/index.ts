import { bigBody } from './big-body.ts'
import { clock } from './clock.ts'
import { copies } from './copies.ts'
import { cut } from './cut.ts'
import { diskFull } from './disk-full.ts'
import { fuzz } from './fuzz.ts'
import { idle } from './idle.ts'
import { instances } from './instances.ts'
import { kill } from './kill.ts'
import { largeGroup } from './large-group.ts'
import { pace, throughput } from './load.ts'
import { manyExchanges } from './many-exchanges.ts'
import { manyUsers } from './many-users.ts'
import { model } from './model.ts'
import { order } from './order.ts'
import { postgresUsers } from './postgres-users.ts'
import { readOnly } from './read-only.ts'
import { slow } from './slow.ts'
import type { Trial } from './trial.ts'

/** All trials in the order of execution and report. */
export const trials: readonly Trial[] = [
  ...[kill, instances, order, diskFull, readOnly, copies, clock],
  ...[slow, idle, bigBody, cut],
  ...[pace, throughput, largeGroup, manyUsers, postgresUsers, manyExchanges],
  ...[fuzz, model],
]
