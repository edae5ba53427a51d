import type { BulkLimits } from '../../profiles/profile.ts'
import { type BulkResult, bulkResponse, readBulkRequest } from '../../scim/bulk/messages.ts'
import { errors, ScimError } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { RecordOperation } from '../recording.ts'
import type { ResourceDeps, ScimRequest } from '../request.ts'
import type { ScimResponse } from '../responses.ts'
import { type PlannedOperation, planOperations } from './plan.ts'
import {
  type OperationOutcome,
  operationHeaders,
  runOperations,
  succeeded,
  type ToErrorResponse,
} from './run.ts'

export type BulkDeps = ResourceDeps & {
  readonly toErrorResponse: ToErrorResponse
  readonly record: RecordOperation
  /** Whether the client has left, so that nobody waits for the rest. */
  readonly isAbandoned: () => boolean
}

/** A second of hashing for two cores or so. */
const maxSecrets = 100

/**
 * Answers a bulk request (RFC 7644 §3.7): 200 and what became of each operation, however many failed. Each is run and
 * journalled as a request of its own.
 */
export async function handleBulk(
  deps: BulkDeps,
  request: ScimRequest,
  tenant: Tenant,
  { maxOperations }: BulkLimits,
): Promise<ScimResponse> {
  const { exchange, base } = request
  const body = request.body()
  exchange.intent = { kind: 'bulk', operations: countOperations(body) }
  const { operations, failOnErrors = Number.POSITIVE_INFINITY } = readBulkRequest(body, maxOperations)
  const root = exchange.address?.root ?? ''
  const plan = planOperations(operations, root, tenant.profile)
  const secrets = plan.reduce((total, planned) => total + planned.secrets, 0)
  if (secrets > maxSecrets) throw errors.tooManySecrets(secrets, maxSecrets)
  const { toErrorResponse, isAbandoned } = deps
  const attempts = await runOperations(plan, failOnErrors, {
    deps,
    request,
    tenant,
    toErrorResponse,
    isAbandoned,
  })
  for (const [index, attempt] of attempts) {
    const planned = plan[index]
    if (planned) record(planned, attempt, root, request, deps.record)
  }
  const results = plan.flatMap((planned, index) => {
    const attempt = attempts.get(index)
    return attempt ? [toResult(planned, attempt, base)] : []
  })
  return { status: 200, body: bulkResponse(results) }
}

/** For the journal, also of what can't be read. */
export function countOperations(body: Json | undefined): number {
  if (!isObject(body)) return 0
  const operations = Object.entries(body).find(([name]) => name.toLowerCase() === 'operations')?.[1]
  return Array.isArray(operations) ? operations.length : 0
}

function toResult(planned: PlannedOperation, attempt: OperationOutcome, base: string): BulkResult {
  const { method, bulkId } = planned.operation
  const { status, headers, body } = attempt.response
  const wentWell = succeeded(attempt)
  const place = wentWell || !planned.creates ? placeOf(planned, attempt) : undefined
  return {
    method,
    bulkId,
    location: place === undefined ? undefined : base + place,
    version: wentWell ? headers?.ETag : undefined,
    status,
    error: wentWell || body === undefined ? undefined : (JSON.parse(body) as Json),
  }
}

/** The path of the resource that it is about; undefined where that isn't known, or was never created. */
function placeOf(
  { route, creates, operation }: PlannedOperation,
  { wasRun }: OperationOutcome,
): string | undefined {
  if (creates) return `${creates.type.endpoint}/${creates.id}`
  if (route instanceof ScimError || route.kind !== 'resource') return undefined
  const isForeseen = !wasRun && String(operation.path).includes('bulkId:')
  return isForeseen ? undefined : `${route.type.endpoint}/${route.id}`
}

/** An operation comes from the client that has sent the bulk request. */
const clientOf = ({ headers }: ScimRequest) => {
  const name = headers['user-agent']
  return typeof name === 'string' && name !== '' ? { 'user-agent': name } : {}
}

function record(
  planned: PlannedOperation,
  attempt: OperationOutcome,
  root: string,
  request: ScimRequest,
  keep: RecordOperation,
): void {
  const { operation, body } = planned
  const { exchange, response, microseconds } = attempt
  const path = typeof operation.path === 'string' ? `/${operation.path.replace(/^\/+/, '')}` : ''
  keep(exchange, {
    method: operation.method,
    url: root + (planned.creates ? path : (placeOf(planned, attempt) ?? path)),
    status: response.status,
    microseconds,
    request: {
      headers: { ...clientOf(request), ...operationHeaders(operation) },
      body: body === undefined ? undefined : JSON.stringify(body),
    },
    response: { headers: response.headers ?? {}, body: response.body },
  })
}
