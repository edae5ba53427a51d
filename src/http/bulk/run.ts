import { availableParallelism } from 'node:os'
import type { Promised } from '../../provider/call.ts'
import type { Turn } from '../../provider/provider.ts'
import { orderOf, type Step } from '../../scim/bulk/order.ts'
import { waveFrom } from '../../scim/bulk/wave.ts'
import { errors, ScimError, shown } from '../../scim/error.ts'
import { type Attempt, attempt, isDone, undo, type Within } from './attempt.ts'
import type { Planned } from './plan.ts'

/** So many operations share a commit; in between other requests have their turn. */
const widestWave = 100

/** Node.js has four threads that hash, whatever the number of cores. */
const hashedAtOnce = Math.min(availableParallelism(), 4)

type Run = {
  readonly plan: readonly Planned[]
  /** The POSTs that what runs before them refers to. */
  readonly awaited: ReadonlySet<number>
  /** Who refers to an operation. */
  readonly referrers: ReadonlyMap<number, readonly number[]>
  readonly attempts: Map<number, Attempt>
  readonly within: Within
}

/**
 * Runs operations until so many have failed, or their client has left. Returns what became of each that was run, by its
 * index in the request and in the order of running.
 */
export async function runOperations(
  plan: readonly Planned[],
  mostFailures: number,
  within: Within,
): Promise<ReadonlyMap<number, Attempt>> {
  const steps = orderOf(
    plan.map(({ operation, refersTo }) => ({
      gives: operation.method === 'POST' ? operation.bulkId : undefined,
      refersTo,
    })),
  )
  const awaited = new Set(steps.flatMap(({ later }) => later))
  const run: Run = { plan, awaited, referrers: referrersIn(steps), attempts: new Map(), within }
  let failures = 0
  for (let at = 0; at < steps.length && failures < mostFailures; ) {
    if (at > 0 && within.isAbandoned()) break
    // So many that the last of them can't fail after there were too many failures.
    const most = Math.min(widestWave, mostFailures - failures)
    const wave = waveFrom(steps, at, { most, awaited, subjectOf: index => subjectOf(plan[index]) })
    await runWave(wave, run)
    const failed = wave.map(({ index }) => index).filter(index => hasFailed(index, run))
    failures += failed.length
    await takeBack(
      failed.filter(index => awaited.has(index)),
      run,
    )
    at += wave.length
  }
  await takeBack(
    [...awaited].filter(index => !run.attempts.has(index)),
    run,
  )
  return run.attempts
}

/** Runs them side by side: secrets are hashed together, and changes are handed over in the given order. */
async function runWave(wave: readonly Step[], run: Run): Promise<void> {
  const begun: Promise<readonly [number, Attempt]>[] = []
  const hashing: Promise<unknown>[] = []
  let begins: Promise<unknown> = Promise.resolve()
  for (const step of wave) {
    const planned = run.plan[step.index]
    if (!planned) throw errors.internal()
    if (planned.secrets > 0 && hashing.length >= hashedAtOnce) await hashing.shift()
    const { promise: handedOver, resolve } = Promise.withResolvers<void>()
    const outcome = runStep(step, planned, { begins, end: resolve }, run)
    begun.push(outcome)
    // One that fails hands nothing over.
    begins = begins.then(() => Promise.race([handedOver, outcome]))
    if (planned.secrets > 0) hashing.push(begins)
  }
  for (const [index, made] of await Promise.all(begun)) run.attempts.set(index, made)
}

async function runStep(
  step: Step,
  planned: Planned,
  turn: Turn,
  run: Run,
): Promise<readonly [number, Attempt]> {
  const terms = { promised: promisedTo(step, run), refusal: refusalOf(step, run), turn }
  return [step.index, await attempt(planned, terms, run.within)]
}

/** Takes back, one by one, what refers to something that wasn't created. Only POSTs can have run before that. */
async function takeBack(lost: readonly number[], run: Run): Promise<void> {
  const open = [...lost]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const referrer of run.referrers.get(index) ?? []) {
      const done = run.attempts.get(referrer)
      const creates = run.plan[referrer]?.creates
      if (!done || !creates || !isDone(done)) continue
      run.attempts.set(referrer, await undo(done, creates, notCreated(index, run), run.within))
      open.push(referrer)
    }
  }
}

function promisedTo({ index, later }: Step, { plan, awaited }: Run): Promised | undefined {
  const creates = plan[index]?.creates
  if (!creates) return undefined
  const others = later.flatMap(other => plan[other]?.creates ?? [])
  return {
    id: creates.id,
    awaited: awaited.has(index),
    others: new Map(others.map(({ id, type }) => [id, type.name])),
  }
}

function refusalOf({ earlier, unknown: [unknown] }: Step, run: Run): ScimError | undefined {
  if (unknown !== undefined) {
    return errors.unresolvedBulkId(
      `It refers to "bulkId:${shown(unknown)}", and no POST of the request has that bulkId.`,
    )
  }
  const failed = earlier.find(index => hasFailed(index, run))
  return failed === undefined ? undefined : notCreated(failed, run)
}

const notCreated = (index: number, { plan }: Run): ScimError =>
  errors.unresolvedBulkId(
    `It refers to "bulkId:${shown(plan[index]?.operation.bulkId ?? '')}", for which nothing was created. So nothing of it was done.`,
  )

function hasFailed(index: number, { attempts }: Run): boolean {
  const made = attempts.get(index)
  return made !== undefined && !isDone(made)
}

const subjectOf = (planned: Planned | undefined): string | undefined =>
  !planned || planned.route instanceof ScimError || planned.route.kind !== 'resource'
    ? undefined
    : `${planned.route.type.name} ${planned.route.id}`

function referrersIn(steps: readonly Step[]): ReadonlyMap<number, readonly number[]> {
  const referrers = new Map<number, number[]>()
  for (const { index, earlier, later } of steps) {
    for (const other of [...earlier, ...later]) {
      const known = referrers.get(other)
      if (known) known.push(index)
      else referrers.set(other, [index])
    }
  }
  return referrers
}
