import type { Fault } from './fault.ts'
import { faults1 } from './faults-1.ts'
import { faults2 } from './faults-2.ts'

/** Numbered from 1 in this order. */
export const faults: readonly Fault[] = [...faults1, ...faults2]
