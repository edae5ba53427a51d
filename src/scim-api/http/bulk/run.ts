import { availableParallelism } from 'node:os'
import { mapInSlices, sharedSlices } from '../../../domain/event-loop/slices.ts'
import { createSecretMatcher } from '../../../domain/journal/credentials.ts'
import { secretAttributeNames } from '../../../domain/journal/masking.ts'
import { newRequestId } from '../../../domain/journal/request-id.ts'
import { tenantNow } from '../../../domain/tenants/tenant.ts'
import type { Profile } from '../../../profiles/profile.ts'
import {
  asPatchOp,
  type BulkOperation,
  type BulkStep,
  countSecrets,
  nextWave,
  orderOperations,
  parseBulkId,
  type RewriteReference,
  referencedBulkIds,
  rewriteReferences,
} from '../../../scim/bulk.ts'
import { errors, ScimError } from '../../../scim/error.ts'
import type { Json } from '../../../scim/json.ts'
import { memoize } from '../../../scim/memoize.ts'
import { type ResourceId, toResourceId } from '../../../scim/resource.ts'
import type { ResourceType } from '../../../scim/resource-types.ts'
import { excerpt } from '../../../scim/text.ts'
import type { Call, ReservedIds } from '../../provider/call.ts'
import type { WriteSlot } from '../../provider/provider.ts'
import type { Origin, Received } from '../receive.ts'
import { microsecondsSince } from '../recording.ts'
import type { Completed, Outcome, ResourceDeps, ScimRequest } from '../request.ts'
import { handleResource, type ResourceRoute, subjectOf } from '../resource-operations.ts'
import { findRoute, type Route, readAddress } from '../route.ts'

type BulkContext = {
  readonly deps: ResourceDeps
  readonly request: ScimRequest
  readonly complete: CompleteOperation
  readonly isAbandoned: () => boolean
}

export type CompleteOperation = (outcome: Outcome, origin: Origin) => Completed

export type OperationOutcome = {
  readonly received: Received
  readonly completed: Completed
  readonly microseconds: number
  readonly wasRun: boolean
}

export const succeeded = ({ completed }: OperationOutcome): boolean => completed.response.status < 400

/** RFC 7644 §3.7: the version of an operation corresponds to `If-Match` of a request. */
export const operationHeaders = ({ version }: BulkOperation): Readonly<Record<string, string>> =>
  version === undefined ? {} : { 'if-match': version }

type RunOptions = {
  readonly reserved: ReservedIds | undefined
  readonly refusal: ScimError | undefined
  readonly slot: WriteSlot
}

async function runOperation(
  planned: PlannedOperation,
  options: RunOptions,
  context: BulkContext,
): Promise<OperationOutcome> {
  const { request, deps } = context
  const at = deps.clock()
  const received: Received = {
    id: newRequestId(at),
    parent: request.received.id,
    at,
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
    signal: () => request.signal(),
    ...(reserved && { reserved }),
  }
  return handleResource({ ...deps, provider: deps.provider.inOrder(slot) }, inner, route)
}

/** RFC 7644 §3.7.1. Leaves no deleted resource behind, whatever the tenant's settings. */
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
    now: tenantNow(tenant, deps.clock()),
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

/** Operations that share a commit; fewer if they are large. Other requests are served between waves. */
const maxWaveSize = 100

/** Node.js hashes on four threads, on any number of cores. */
const maxConcurrentHashes = Math.min(availableParallelism(), 4)

type BulkRun = {
  readonly plan: readonly PlannedOperation[]
  readonly awaited: ReadonlySet<number>
  readonly referrers: ReadonlyMap<number, readonly number[]>
  readonly outcomes: Map<number, OperationOutcome>
  readonly context: BulkContext
}

/**
 * Runs operations until this many have failed, or the client has disconnected. Returns the outcomes by index in the
 * request, in the order of execution.
 */
export async function runOperations(
  plan: readonly PlannedOperation[],
  maxFailures: number,
  context: BulkContext,
): Promise<ReadonlyMap<number, OperationOutcome>> {
  const steps = orderOperations(
    plan.map(({ operation, references }) => ({
      provides: operation.method === 'POST' ? operation.bulkId : undefined,
      references,
    })),
  )
  const awaited = new Set(steps.flatMap(({ later }) => later))
  const run: BulkRun = { plan, awaited, referrers: referrers(steps), outcomes: new Map(), context }
  let failures = 0
  for (let at = 0; at < steps.length && failures < maxFailures; ) {
    if (at > 0 && context.isAbandoned()) break
    // Even if all of them fail, the limit is not exceeded.
    const maxSteps = Math.min(maxWaveSize, maxFailures - failures)
    const next = nextWave(steps, at, { maxSteps, awaited, targetOf: index => targetOf(plan[index]) })
    if (sharedSlices.isOver()) await sharedSlices.next()
    const wave = await runWave(next, run)
    const failed = wave.map(({ index }) => index).filter(index => hasFailed(index, run))
    failures += failed.length
    await rollBackDependents(
      failed.filter(index => awaited.has(index)),
      run,
    )
    at += wave.length
  }
  await rollBackDependents(
    [...awaited].filter(index => !run.outcomes.has(index)),
    run,
  )
  return run.outcomes
}

/** Secrets are hashed in parallel, changes passed on in order. Returns only those that were run in the slice. */
async function runWave(wave: readonly BulkStep[], run: BulkRun): Promise<readonly BulkStep[]> {
  const started: Promise<readonly [number, OperationOutcome]>[] = []
  const hashing: Promise<unknown>[] = []
  let ready: Promise<unknown> = Promise.resolve()
  for (const step of wave) {
    const planned = run.plan[step.index]
    if (!planned) throw errors.internal()
    if (planned.secrets > 0 && hashing.length >= maxConcurrentHashes) await hashing.shift()
    const { promise: released, resolve } = Promise.withResolvers<void>()
    const outcome = runStep(step, planned, { ready, release: resolve }, run)
    started.push(outcome)
    // An operation that fails never releases its slot.
    ready = ready.then(() => Promise.race([released, outcome]))
    if (planned.secrets > 0) hashing.push(ready)
    if (sharedSlices.isOver()) break
  }
  for (const [index, outcome] of await Promise.all(started)) run.outcomes.set(index, outcome)
  return wave.slice(0, started.length)
}

async function runStep(
  step: BulkStep,
  planned: PlannedOperation,
  slot: WriteSlot,
  run: BulkRun,
): Promise<readonly [number, OperationOutcome]> {
  const options = { reserved: reservedFor(step, run), refusal: dependencyError(step, run), slot }
  return [step.index, await runOperation(planned, options, run.context)]
}

async function rollBackDependents(lost: readonly number[], run: BulkRun): Promise<void> {
  const pending = [...lost]
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    for (const referrer of run.referrers.get(index) ?? []) {
      const outcome = run.outcomes.get(referrer)
      const creates = run.plan[referrer]?.creates
      if (!outcome || !creates || !succeeded(outcome)) continue
      run.outcomes.set(referrer, await rollBack(outcome, creates, notCreatedError(index, run), run.context))
      pending.push(referrer)
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
      `The operation refers to "bulkId:${excerpt(unknown)}", but no POST in the request has this bulkId.`,
    )
  }
  const failed = earlier.find(index => hasFailed(index, run))
  return failed === undefined ? undefined : notCreatedError(failed, run)
}

const notCreatedError = (index: number, { plan }: BulkRun): ScimError =>
  errors.unresolvedBulkId(
    `The operation refers to "bulkId:${excerpt(plan[index]?.operation.bulkId ?? '')}", which was not created. The operation was not applied.`,
  )

function hasFailed(index: number, { outcomes }: BulkRun): boolean {
  const outcome = outcomes.get(index)
  return outcome !== undefined && !succeeded(outcome)
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

export type PlannedOperation = {
  readonly operation: BulkOperation
  readonly route: ResourceRoute | ScimError
  readonly body: Json | undefined
  readonly references: readonly string[]
  readonly secrets: number
  readonly creates: Creation | undefined
}

type Creation = { readonly id: ResourceId; readonly type: ResourceType }

/** Finds the route of each operation. Assigns an id to every POST, so that other operations can refer to it. */
export async function planOperations(
  operations: readonly BulkOperation[],
  root: string,
  profile: Profile,
): Promise<readonly PlannedOperation[]> {
  const secrets = secretPaths(profile.schema.resourceTypes)
  const routed = await mapInSlices(operations, (operation, index) => {
    const route = routeOrError(operation, `Operations[${index}]`, root, profile)
    return { operation, route, creates: creationAt(route, profile) }
  })
  const ids = new Map(routed.map(({ operation, creates }) => [operation.bulkId, creates?.id]))
  const idOf: RewriteReference = (reference, bulkId) => ids.get(bulkId) ?? reference
  return mapInSlices(routed, ({ operation, route, creates }) => ({
    operation,
    creates,
    ...resolveIds(operation, route, idOf, secrets.isSecretPath),
  }))
}

const secretPaths = memoize((types: readonly ResourceType[]) =>
  createSecretMatcher(secretAttributeNames(types)),
)

const creationAt = (route: ResourceRoute | ScimError, profile: Profile): Creation | undefined =>
  !(route instanceof ScimError) && route.operation === 'create'
    ? { id: toResourceId(profile.schema.newId()), type: route.type }
    : undefined

function resolveIds(
  operation: BulkOperation,
  route: ResourceRoute | ScimError,
  idOf: RewriteReference,
  isSecret: (path: string) => boolean,
): Pick<PlannedOperation, 'route' | 'body' | 'references' | 'secrets'> {
  // An operation that isn't run has no dependencies.
  if (route instanceof ScimError) return { route, body: operation.data, references: [], secrets: 0 }
  const data = operationData(operation)
  const secrets = data === undefined ? 0 : countSecrets(data, isSecret)
  const inData = data === undefined ? [] : referencedBulkIds(data, isSecret)
  const body = data === undefined || inData.length === 0 ? data : rewriteReferences(data, idOf, isSecret)
  const inPath = route.kind === 'resource' ? parseBulkId(route.id) : undefined
  if (route.kind !== 'resource' || inPath === undefined) return { route, body, references: inData, secrets }
  return {
    route: { ...route, id: toResourceId(idOf(route.id, inPath)) },
    body,
    references: [...new Set([inPath, ...inData])],
    secrets,
  }
}

function operationData({ method, data }: BulkOperation): Json | undefined {
  if (method === 'DELETE' || data === undefined) return undefined
  return method === 'PATCH' ? asPatchOp(data) : data
}

function routeOrError(
  operation: BulkOperation,
  at: string,
  root: string,
  profile: Profile,
): ResourceRoute | ScimError {
  try {
    return operationRoute(operation, at, root, profile)
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

const isChange = (route: Route): route is ResourceRoute =>
  (route.kind === 'collection' && route.operation === 'create') || route.kind === 'resource'

const changes = ['POST', 'PUT', 'PATCH', 'DELETE']

/** RFC 7644 §3.7: the path is relative to the root, and is that of a resource or of its type. Throws ScimError. */
function operationRoute(
  { method, path, data }: BulkOperation,
  at: string,
  root: string,
  profile: Profile,
): ResourceRoute {
  if (!changes.includes(method)) throw errors.methodNotAllowed(method, at, changes)
  if (typeof path !== 'string' || path === '') {
    throw errors.invalidSyntax(`${at}.path must be a string such as "/Users" or "/Users/{id}".`)
  }
  if (/[?#]/.test(path)) {
    throw errors.invalidSyntax(`${at}.path is "${excerpt(path)}". Remove the query: operations have none.`)
  }
  const address = readAddress(`${root}/${path}`)
  if (!address) throw errors.internal()
  const route = findRoute(method, address, profile)
  if (route.kind === 'unsupported') throw route.error
  if (!isChange(route)) {
    throw errors.noSuchEndpoint(`${at}.path is "${excerpt(path)}". Bulk operations change resources only.`)
  }
  if (method !== 'DELETE' && (data === undefined || data === null)) {
    throw errors.invalidSyntax(
      `${at}.data is missing. A ${method} needs the body of the corresponding request.`,
    )
  }
  return route
}
