import { availableParallelism } from 'node:os'
import { newRequestId } from '../../journal/request-id.ts'
import type { Call, ReservedIds } from '../../provider/call.ts'
import type { WriteSlot } from '../../provider/provider.ts'
import type { BulkOperation } from '../../scim/bulk/messages.ts'
import { type BulkStep, nextWave, orderOperations } from '../../scim/bulk/order.ts'
import { errors, excerpt, ScimError } from '../../scim/error.ts'
import { tenantNow } from '../../tenants/tenant.ts'
import type { Completed, Outcome } from '../outcome.ts'
import { microsecondsSince } from '../recording.ts'
import type { Origin, Received, ResourceDeps, ScimRequest } from '../request.ts'
import { handleResource, subjectOf } from '../resource-operations.ts'
import type { Creation, PlannedOperation } from './plan.ts'

/** The bulk request of the operations. */
export type BulkContext = {
  readonly deps: ResourceDeps
  readonly request: ScimRequest
  readonly complete: CompleteOperation
  readonly isAbandoned: () => boolean
}

/** Formats the error of an operation. */
export type CompleteOperation = (outcome: Outcome, origin: Origin) => Completed

/** The result of an operation, whether it was run or rejected before that. */
export type OperationOutcome = {
  readonly received: Received
  readonly completed: Completed
  readonly microseconds: number
  /** False if an operation that it refers to failed. */
  readonly wasRun: boolean
}

export const succeeded = ({ completed }: OperationOutcome): boolean => completed.response.status < 400

/** RFC 7644 §3.7: the version of an operation corresponds to `If-Match` of a request. */
export const operationHeaders = ({ version }: BulkOperation): Readonly<Record<string, string>> =>
  version === undefined ? {} : { 'if-match': version }

/** How an operation of a bulk request is run. */
type RunOptions = {
  readonly reserved: ReservedIds | undefined
  /** Why it can't be run: an operation that it refers to failed. */
  readonly refusal: ScimError | undefined
  /** When it may pass its change to the store. */
  readonly slot: WriteSlot
}

/** Runs an operation like a request of its own. Never throws. */
async function runOperation(
  planned: PlannedOperation,
  options: RunOptions,
  context: BulkContext,
): Promise<OperationOutcome> {
  const { request } = context
  const received: Received = {
    id: newRequestId(),
    parent: request.received.id,
    at: Date.now(),
    started: performance.now(),
  }
  const outcome = await handleOperation(planned, options, received, context)
  return {
    received,
    completed: context.complete(outcome, { received, caller: request.caller }),
    microseconds: microsecondsSince(received.started),
    wasRun: options.refusal === undefined,
  }
}

async function handleOperation(
  { operation, route, body }: PlannedOperation,
  { reserved, refusal, slot }: RunOptions,
  received: Received,
  { deps, request }: BulkContext,
): Promise<Outcome> {
  if (route instanceof ScimError) return { intent: { kind: 'unknown-address' }, error: route }
  if (refusal) return { ...subjectOf(route), error: refusal }
  const { caller, base, root } = request
  const inner: ScimRequest = {
    received,
    caller,
    method: operation.method,
    root,
    base,
    query: {},
    body: () => body,
    headers: operationHeaders(operation),
    ...(reserved && { reserved }),
  }
  return handleResource({ ...deps, provider: deps.provider.inOrder(slot) }, inner, route)
}

/**
 * Deletes a resource that refers to one that was not created (RFC 7644 §3.7.1). It leaves no deleted resource behind,
 * whatever the tenant's settings.
 */
async function rollBack(
  outcome: OperationOutcome,
  { id, type }: Creation,
  reason: ScimError,
  { deps, request, complete }: BulkContext,
): Promise<OperationOutcome> {
  const { received, completed } = outcome
  const { caller, intent, target } = completed
  const { tenant } = request.caller
  const call: Call = {
    tenant: { ...tenant, settings: { ...tenant.settings, onDelete: 'remove' } },
    type,
    operation: 'delete',
    now: tenantNow(tenant, Date.now()),
    exchange: received.id,
  }
  const failure = await deps.provider.remove(call, id).then(() => undefined, unlessNotFound)
  return {
    ...outcome,
    completed: complete(
      { intent, ...(target && { target }), error: failure ?? reason },
      { received, caller },
    ),
  }
}

/** Another client may have deleted it. */
const unlessNotFound = (error: unknown): unknown =>
  error instanceof ScimError && error.reason === 'noSuchResource' ? undefined : error

/** So many operations share a commit; in between other requests have their turn. */
const maxWaveSize = 100

/** Node.js has four threads that hash, whatever the number of cores. */
const maxConcurrentHashes = Math.min(availableParallelism(), 4)

type BulkRun = {
  readonly plan: readonly PlannedOperation[]
  /** The POSTs that what runs before them refers to. */
  readonly awaited: ReadonlySet<number>
  /** Who refers to an operation. */
  readonly referrers: ReadonlyMap<number, readonly number[]>
  readonly attempts: Map<number, OperationOutcome>
  readonly context: BulkContext
}

/**
 * Runs operations until so many have failed, or their client has left. Returns what became of each that was run, by its
 * index in the request and in the order of running.
 */
export async function runOperations(
  plan: readonly PlannedOperation[],
  mostFailures: number,
  context: BulkContext,
): Promise<ReadonlyMap<number, OperationOutcome>> {
  const steps = orderOperations(
    plan.map(({ operation, references }) => ({
      provides: operation.method === 'POST' ? operation.bulkId : undefined,
      references,
    })),
  )
  const awaited = new Set(steps.flatMap(({ later }) => later))
  const run: BulkRun = { plan, awaited, referrers: referrers(steps), attempts: new Map(), context }
  let failures = 0
  for (let at = 0; at < steps.length && failures < mostFailures; ) {
    if (at > 0 && context.isAbandoned()) break
    // So many that the last of them can't fail after there were too many failures.
    const maxSteps = Math.min(maxWaveSize, mostFailures - failures)
    const wave = nextWave(steps, at, { maxSteps, awaited, targetOf: index => targetOf(plan[index]) })
    await runWave(wave, run)
    const failed = wave.map(({ index }) => index).filter(index => hasFailed(index, run))
    failures += failed.length
    await rollBackDependents(
      failed.filter(index => awaited.has(index)),
      run,
    )
    at += wave.length
  }
  await rollBackDependents(
    [...awaited].filter(index => !run.attempts.has(index)),
    run,
  )
  return run.attempts
}

/** Runs them side by side: secrets are hashed together, and changes are handed over in the given order. */
async function runWave(wave: readonly BulkStep[], run: BulkRun): Promise<void> {
  const begun: Promise<readonly [number, OperationOutcome]>[] = []
  const hashing: Promise<unknown>[] = []
  let ready: Promise<unknown> = Promise.resolve()
  for (const step of wave) {
    const planned = run.plan[step.index]
    if (!planned) throw errors.internal()
    if (planned.secrets > 0 && hashing.length >= maxConcurrentHashes) await hashing.shift()
    const { promise: handedOver, resolve } = Promise.withResolvers<void>()
    const outcome = runStep(step, planned, { ready, release: resolve }, run)
    begun.push(outcome)
    // One that fails hands nothing over.
    ready = ready.then(() => Promise.race([handedOver, outcome]))
    if (planned.secrets > 0) hashing.push(ready)
  }
  for (const [index, made] of await Promise.all(begun)) run.attempts.set(index, made)
}

async function runStep(
  step: BulkStep,
  planned: PlannedOperation,
  slot: WriteSlot,
  run: BulkRun,
): Promise<readonly [number, OperationOutcome]> {
  const terms = { reserved: reservedFor(step, run), refusal: dependencyError(step, run), slot }
  return [step.index, await runOperation(planned, terms, run.context)]
}

/** Takes back, one by one, what refers to something that wasn't created. Only POSTs can have run before that. */
async function rollBackDependents(lost: readonly number[], run: BulkRun): Promise<void> {
  const open = [...lost]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const referrer of run.referrers.get(index) ?? []) {
      const done = run.attempts.get(referrer)
      const creates = run.plan[referrer]?.creates
      if (!done || !creates || !succeeded(done)) continue
      run.attempts.set(referrer, await rollBack(done, creates, notCreatedError(index, run), run.context))
      open.push(referrer)
    }
  }
}

function reservedFor({ index, later }: BulkStep, { plan, awaited }: BulkRun): ReservedIds | undefined {
  const creates = plan[index]?.creates
  if (!creates) return undefined
  const others = later.flatMap(other => plan[other]?.creates ?? [])
  return {
    id: creates.id,
    awaited: awaited.has(index),
    others: new Map(others.map(({ id, type }) => [id, type.name])),
  }
}

function dependencyError({ earlier, unresolved: [unknown] }: BulkStep, run: BulkRun): ScimError | undefined {
  if (unknown !== undefined) {
    return errors.unresolvedBulkId(
      `It refers to "bulkId:${excerpt(unknown)}", and no POST of the request has that bulkId.`,
    )
  }
  const failed = earlier.find(index => hasFailed(index, run))
  return failed === undefined ? undefined : notCreatedError(failed, run)
}

const notCreatedError = (index: number, { plan }: BulkRun): ScimError =>
  errors.unresolvedBulkId(
    `It refers to "bulkId:${excerpt(plan[index]?.operation.bulkId ?? '')}", for which nothing was created. So nothing of it was done.`,
  )

function hasFailed(index: number, { attempts }: BulkRun): boolean {
  const made = attempts.get(index)
  return made !== undefined && !succeeded(made)
}

const targetOf = (planned: PlannedOperation | undefined): string | undefined =>
  !planned || planned.route instanceof ScimError || planned.route.kind !== 'resource'
    ? undefined
    : `${planned.route.type.name} ${planned.route.id}`

function referrers(steps: readonly BulkStep[]): ReadonlyMap<number, readonly number[]> {
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
