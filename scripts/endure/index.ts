import { kill } from './kill.ts'
import type { Trial } from './trial.ts'

/** All trials, in the order in which they are run and told. */
export const trials: readonly Trial[] = [kill]
