import type { MaybePromise } from '../../../domain/event-loop/maybe-promise.ts'
import { mapInSlices, sharedSlices } from '../../../domain/event-loop/slices.ts'
import type { Journal } from '../../../domain/ports/journal.ts'
import type { BulkLimits } from '../../../profiles/profile.ts'
import { type BulkResult, bulkResponse, countOperations, readBulkRequest } from '../../../scim/bulk.ts'
import { errors, ScimError } from '../../../scim/error.ts'
import type { Json } from '../../../scim/json.ts'
import type { RecordOperation } from '../recording.ts'
import type { Outcome, ResourceDeps, ScimRequest, ScimResponse, Subject } from '../request.ts'
import { handle } from '../respond.ts'
import {
  type CompleteOperation,
  type OperationOutcome,
  operationHeaders,
  type PlannedOperation,
  planOperations,
  runOperations,
  succeeded,
} from './run.ts'

type BulkDeps = ResourceDeps & {
  readonly complete: CompleteOperation
  readonly record: RecordOperation
  readonly journal: Pick<Journal, 'room'>
  readonly isAbandoned: () => boolean
}

/** About one second of hashing on two cores. */
const maxSecrets = 100

/**
 * Handles a bulk request (RFC 7644 §3.7): 200 with the result of each operation, however many failed. Each operation is
 * run and recorded as a request of its own.
 */
export function handleBulk(deps: BulkDeps, request: ScimRequest, limits: BulkLimits): MaybePromise<Outcome> {
  const body = request.body()
  const subject: Subject = { intent: { kind: 'bulk', operations: countOperations(body) } }
  return handle(subject, async () => ({ ...subject, response: await runBulk(deps, request, limits, body) }))
}

async function runBulk(
  deps: BulkDeps,
  request: ScimRequest,
  { maxOperations }: BulkLimits,
  body: Json | undefined,
): Promise<ScimResponse> {
  const { base, root, caller } = request
  const { operations, failOnErrors = Number.POSITIVE_INFINITY } = readBulkRequest(body, maxOperations)
  const plan = await planOperations(operations, root, caller.tenant.profile)
  const secrets = plan.reduce((total, planned) => total + planned.secrets, 0)
  if (secrets > maxSecrets) throw errors.tooManySecrets(secrets, maxSecrets)
  const { complete, isAbandoned } = deps
  const outcomes = await runOperations(plan, failOnErrors, { deps, request, complete, isAbandoned })
  for (const [index, outcome] of outcomes) {
    const planned = plan[index]
    if (planned) recordOperation(planned, outcome, request, deps.record)
    await deps.journal.room()
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
  const results = await mapInSlices(plan, (planned, index) => {
    const outcome = outcomes.get(index)
    return outcome ? [toResult(planned, outcome, base)] : []
  })
  return { status: 200, body: bulkResponse(results.flat()) }
}

function toResult(planned: PlannedOperation, outcome: OperationOutcome, base: string): BulkResult {
  const { method, bulkId } = planned.operation
  const { status, headers, body } = outcome.completed.response
  const isSuccess = succeeded(outcome)
  const path = isSuccess || !planned.creates ? pathOf(planned, outcome) : undefined
  return {
    method,
    bulkId,
    location: path === undefined ? undefined : base + path,
    version: isSuccess ? headers?.ETag : undefined,
    status,
    error: isSuccess || body === undefined ? undefined : (JSON.parse(body) as Json),
  }
}

function pathOf(
  { route, creates, operation }: PlannedOperation,
  { wasRun }: OperationOutcome,
): string | undefined {
  if (creates) return `${creates.type.endpoint}/${creates.id}`
  if (route instanceof ScimError || route.kind !== 'resource') return undefined
  const isUnresolved = !wasRun && String(operation.path).includes('bulkId:')
  return isUnresolved ? undefined : `${route.type.endpoint}/${route.id}`
}

const userAgentHeader = ({ headers }: ScimRequest) => {
  const name = headers['user-agent']
  return typeof name === 'string' && name !== '' ? { 'user-agent': name } : {}
}

function recordOperation(
  planned: PlannedOperation,
  outcome: OperationOutcome,
  request: ScimRequest,
  record: RecordOperation,
): void {
  const { operation, body } = planned
  const { received, completed, microseconds } = outcome
  const { response } = completed
  const path = typeof operation.path === 'string' ? `/${operation.path.replace(/^\/+/, '')}` : ''
  record(received, completed, {
    method: operation.method,
    url: request.root + (planned.creates ? path : (pathOf(planned, outcome) ?? path)),
    status: response.status,
    microseconds,
    request: {
      headers: { ...userAgentHeader(request), ...operationHeaders(operation) },
      body: body === undefined ? undefined : JSON.stringify(body),
    },
    response: { headers: response.headers ?? {}, body: response.body },
  })
}
