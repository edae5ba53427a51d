import type { JsonObject } from '../../scim/json.ts'
import type { Target, TargetRequest, TargetResponse } from '../target.ts'
import type { Failure } from './error-codes.ts'
import type {
  ModifiedProperty,
  ProvisioningAction,
  ProvisioningStatus,
  ProvisioningStep,
} from './provisioning-log.ts'

/** What to send next, given what was answered: pure, so that sequences can be played by hand. */
export type Plan<Result> = Generator<TargetRequest, Result, TargetResponse>

/** What became of one object. */
export type Outcome = {
  readonly action: ProvisioningAction
  readonly status: ProvisioningStatus
  readonly effect: 'created' | 'matched' | 'updated' | 'disabled' | 'deleted' | 'nothing'
  /** Its id in the target after this, also when a write failed after it had been found. */
  readonly target: string | undefined
  readonly failure?: Failure
  readonly steps: readonly ProvisioningStep[]
  readonly modified: readonly ModifiedProperty[]
  /** What was read, if nothing was written after it: references can be compared without another read. */
  readonly current?: JsonObject
  /** References differ from what they should be, or couldn't be compared: they are left to a request of their own. */
  readonly referencesDiffer: boolean
}

/** Plays a plan against a target. */
export async function executePlan<Result>(plan: Plan<Result>, target: Target): Promise<Result> {
  let next = plan.next()
  while (!next.done) next = plan.next(await target(next.value))
  return next.value
}

/**
 * Works on several items at a time, in their order. When it is to stop, no further item is begun, and it resolves
 * when those under way are done.
 */
export async function forEachConcurrently<Item>(
  items: readonly Item[],
  concurrency: number,
  canContinue: () => boolean,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let at = 0
  const worker = async () => {
    while (at < items.length && canContinue()) await work(items[at++] as Item)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
}
