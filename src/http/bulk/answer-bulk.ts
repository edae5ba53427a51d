import type { BulkLimits } from '../../profiles/profile.ts'
import { readBulkRequest } from '../../scim/bulk/request.ts'
import { type BulkResult, bulkResponse } from '../../scim/bulk/response.ts'
import { errors, ScimError } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { RecordOperation } from '../record-exchange.ts'
import type { Answer } from '../reply.ts'
import type { ResourceParts } from '../resource-parts.ts'
import type { ScimRequest } from '../scim-request.ts'
import { type Attempt, headersOf, isDone, type Refuse } from './attempt.ts'
import { type Planned, planOf } from './plan.ts'
import { runOperations } from './run.ts'

export type BulkParts = ResourceParts & {
  readonly refuse: Refuse
  readonly record: RecordOperation
  /** Whether the client has left, so that nobody waits for the rest. */
  readonly isAbandoned: () => boolean
}

/** A second of hashing for two cores or so. */
const mostSecrets = 100

/**
 * Answers a bulk request (RFC 7644 §3.7): 200 and what became of each operation, however many failed. Each is run and
 * journalled as a request of its own.
 */
export async function answerBulk(
  parts: BulkParts,
  request: ScimRequest,
  tenant: Tenant,
  { maxOperations }: BulkLimits,
): Promise<Answer> {
  const { exchange, base } = request
  const body = request.body()
  exchange.intent = { kind: 'bulk', operations: numberOfOperations(body) }
  const { operations, failOnErrors = Number.POSITIVE_INFINITY } = readBulkRequest(body, maxOperations)
  const root = exchange.address?.root ?? ''
  const plan = planOf(operations, root, tenant.profile)
  const secrets = plan.reduce((total, planned) => total + planned.secrets, 0)
  if (secrets > mostSecrets) throw errors.tooManySecrets(secrets, mostSecrets)
  const { refuse, isAbandoned } = parts
  const attempts = await runOperations(plan, failOnErrors, { parts, request, tenant, refuse, isAbandoned })
  for (const [index, attempt] of attempts) {
    const planned = plan[index]
    if (planned) record(planned, attempt, root, request, parts.record)
  }
  const results = plan.flatMap((planned, index) => {
    const attempt = attempts.get(index)
    return attempt ? [resultOf(planned, attempt, base)] : []
  })
  return { status: 200, body: bulkResponse(results) }
}

/** For the journal, also of what can't be read. */
export function numberOfOperations(body: Json | undefined): number {
  if (!isObject(body)) return 0
  const operations = Object.entries(body).find(([name]) => name.toLowerCase() === 'operations')?.[1]
  return Array.isArray(operations) ? operations.length : 0
}

function resultOf(planned: Planned, attempt: Attempt, base: string): BulkResult {
  const { method, bulkId } = planned.operation
  const { status, headers, body } = attempt.answer
  const wentWell = isDone(attempt)
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
function placeOf({ route, creates, operation }: Planned, { wasRun }: Attempt): string | undefined {
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
  planned: Planned,
  attempt: Attempt,
  root: string,
  request: ScimRequest,
  keep: RecordOperation,
): void {
  const { operation, body } = planned
  const { exchange, answer, microseconds } = attempt
  const path = typeof operation.path === 'string' ? `/${operation.path.replace(/^\/+/, '')}` : ''
  keep(exchange, {
    method: operation.method,
    url: root + (planned.creates ? path : (placeOf(planned, attempt) ?? path)),
    status: answer.status,
    microseconds,
    request: {
      headers: { ...clientOf(request), ...headersOf(operation) },
      body: body === undefined ? undefined : JSON.stringify(body),
    },
    response: { headers: answer.headers ?? {}, body: answer.body },
  })
}
