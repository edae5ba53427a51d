import type { Mutant } from '../mutants/break.ts'
import { mutants } from '../mutants/index.ts'

/**
 * A server of the profile rfc with one fault, and how the rfc suite has to report it. If a report deviates, the suite is changed, not the
 * list.
 */
export type Fault = Pick<Mutant, 'id' | 'description' | 'breaks'> & {
  /** The check that has to fail; undefined if none may. */
  readonly check?: string
  /** Words of the remedy that the report has to give, and words that it mustn’t give. */
  readonly remedy?: RegExp
  readonly not?: RegExp
  /** Failures that count. */
  readonly counted: number
  /** Other checks that may count, if `counted` is more than 1. */
  readonly also?: readonly string[]
  /** A note of the run. */
  readonly note?: RegExp
  /** The run ends without a grade, for this reason. */
  readonly ends?: RegExp
  /** Whether users can be locked out reliably; by default either is accepted. */
  readonly safe?: 'yes' | 'no'
  /** What the gate runs; by default the area of the check. `npm run prove -- faults` runs the whole suite. */
  readonly areas?: readonly string[]
}

/** The fault of a mutant. */
export function faultOf(id: string): Pick<Fault, 'description' | 'breaks'> {
  const found = mutants.find(mutant => mutant.id === id)
  if (!found) throw new Error(`There is no mutant "${id}".`)
  const { description, breaks } = found
  return { description, breaks }
}
