import type { Plan } from './plan.ts'
import type { Target } from './target.ts'

/** Plays a plan against a target. */
export async function drive<Result>(plan: Plan<Result>, target: Target): Promise<Result> {
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
  mayGoOn: () => boolean,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let at = 0
  const worker = async () => {
    while (at < items.length && mayGoOn()) await work(items[at++] as Item)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
}
