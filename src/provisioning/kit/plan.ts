import type { Target, TargetRequest, TargetResponse } from './target.ts'

/** Yields requests and receives responses: pure, so that tests can drive it without a target. */
export type Plan<Result> = Generator<TargetRequest, Result, TargetResponse>

export async function executePlan<Result>(plan: Plan<Result>, target: Target): Promise<Result> {
  let next = plan.next()
  while (!next.done) next = plan.next(await target(next.value))
  return next.value
}

/** Once `canContinue` returns false, no further item starts. Resolves when the running ones are done. */
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
