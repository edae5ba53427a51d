import type { JsonObject } from '../../../scim/json.ts'
import type { Target, TargetRequest, TargetResponse } from '../../kit/target.ts'
import type { Failure } from './error-codes.ts'
import type {
  ModifiedProperty,
  ProvisioningAction,
  ProvisioningStatus,
  ProvisioningStep,
} from './provisioning-log.ts'

/** Yields requests and receives responses: pure, so that tests can drive it without a target. */
export type Plan<Result> = Generator<TargetRequest, Result, TargetResponse>

/** The result for one object. */
export type Outcome = {
  readonly action: ProvisioningAction
  readonly status: ProvisioningStatus
  readonly effect: 'created' | 'matched' | 'updated' | 'disabled' | 'deleted' | 'nothing'
  /** Its id in the target afterwards; kept if a write failed after a match. */
  readonly target: string | undefined
  readonly failure?: Failure
  readonly steps: readonly ProvisioningStep[]
  readonly modified: readonly ModifiedProperty[]
  /** The resource as read, unless it was written since: saves a second read for references. */
  readonly current?: JsonObject
  /** References differ or couldn't be compared: a separate request writes them. */
  readonly referencesDiffer: boolean
}

/** Runs a plan against a target. */
export async function executePlan<Result>(plan: Plan<Result>, target: Target): Promise<Result> {
  let next = plan.next()
  while (!next.done) next = plan.next(await target(next.value))
  return next.value
}

/**
 * Works on several items at a time, in order. Once `canContinue` returns false, it starts no further item and resolves
 * when the running ones are done.
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
