import type { LogFile } from './log-file.ts'
import type { Store } from './state-file.ts'
import type { Target, TargetRequest, TargetResponse } from './target.ts'

export type Progress<Phase extends string = string> = {
  readonly phase: Phase
  readonly done: number
  readonly total: number
  readonly requests: number
}

export type RunOptions = {
  /** Stops the run: a running change finishes, and the state is saved. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

export function countRequests(target: Target) {
  const requests = { all: 0, writes: 0 }
  const send: Target = request => {
    requests.all++
    if (request.method !== 'GET') requests.writes++
    return target(request)
  }
  return { requests, send }
}

type PhaseOptions<Phase extends string> = {
  readonly concurrency: number
  readonly canContinue: () => boolean
  readonly requests: { readonly all: number }
  readonly onProgress?: ((progress: Progress<Phase>) => void) | undefined
}

/** Works on the items in order until the run cannot continue. Resolves to whether it worked on all of them. */
export async function runPhase<Phase extends string, Item>(
  phase: Phase,
  items: readonly Item[],
  { concurrency, canContinue, requests, onProgress }: PhaseOptions<Phase>,
  work: (item: Item) => Promise<unknown>,
): Promise<boolean> {
  let done = 0
  await forEachConcurrently(items, concurrency, canContinue, async item => {
    await work(item)
    done++
    onProgress?.({ phase, done, total: items.length, requests: requests.all })
  })
  return done === items.length
}

export type RunDeps<State, Entry> = {
  readonly store: Store<State>
  readonly target: Target
  readonly clock: () => number
  readonly log: LogFile<Entry>
}

export type Run<State, Entry> = {
  readonly state: State
  readonly startedAt: number
  readonly now: () => number
  readonly requests: { readonly all: number }
  readonly target: Target
  isStopped(): boolean
  log(entry: Omit<Entry, 'time'>): void
  /** Stores the result of one object. A process that is killed afterwards does not send it again. */
  save(): Promise<void>
  /** Works on the items one after the other. Resolves to whether it worked on all of them. */
  each<Item>(
    phase: string,
    items: readonly Item[],
    work: (item: Item) => Promise<unknown>,
    canContinue?: () => boolean,
  ): Promise<boolean>
}

export function createRun<State extends { clock: number }, Entry extends { readonly time: string }>(
  { store, target, clock, log }: RunDeps<State, Entry>,
  { signal, onProgress }: RunOptions,
): Run<State, Entry> {
  const { requests, send } = countRequests(target)
  const isStopped = () => signal?.aborted === true
  return {
    state: store.state,
    startedAt: clock(),
    now: clock,
    requests,
    target: send,
    isStopped,
    log: entry => log.write({ time: new Date(clock()).toISOString(), ...entry } as Entry),
    async save() {
      store.state.clock = clock()
      log.flush()
      await store.save()
    },
    each: (phase, items, work, canContinue = () => true) =>
      runPhase(
        phase,
        items,
        { concurrency: 1, canContinue: () => !isStopped() && canContinue(), requests, onProgress },
        work,
      ),
  }
}

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
