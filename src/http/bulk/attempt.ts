import { newRequestId } from '../../journal/request-id.ts'
import type { Call, Promised } from '../../provider/call.ts'
import type { Turn } from '../../provider/provider.ts'
import type { BulkOperation } from '../../scim/bulk/request.ts'
import { ScimError } from '../../scim/error.ts'
import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ExchangeState } from '../exchange-state.ts'
import { microsecondsSince } from '../record-exchange.ts'
import type { Answer } from '../reply.ts'
import { answerResource, intentOf } from '../resource-operations.ts'
import type { ResourceParts } from '../resource-parts.ts'
import type { ScimRequest } from '../scim-request.ts'
import type { Creation, Planned } from './plan.ts'

/** The bulk request that operations run for. */
export type Within = {
  readonly parts: ResourceParts
  readonly request: ScimRequest
  readonly tenant: Tenant
  readonly refuse: Refuse
  readonly isAbandoned: () => boolean
}

/** Words what was thrown while an operation was run. */
export type Refuse = (thrown: unknown, exchange: ExchangeState) => Answer

/** An operation that was run, or refused before that, as an exchange of its own. */
export type Attempt = {
  readonly exchange: ExchangeState
  readonly answer: Answer
  readonly microseconds: number
  /** False when what it refers to wasn't there. */
  readonly wasRun: boolean
}

export const isDone = ({ answer }: Attempt): boolean => answer.status < 400

/** RFC 7644 §3.7: the version of an operation says what `If-Match` says of a request. */
export const headersOf = ({ version }: BulkOperation): Readonly<Record<string, string>> =>
  version === undefined ? {} : { 'if-match': version }

/** How an operation of a bulk request is run. */
export type Terms = {
  readonly promised: Promised | undefined
  /** Why it can't be run: what it refers to isn't there. */
  readonly refusal: ScimError | undefined
  /** When it may hand its change to the store, and whom to tell that it has. */
  readonly turn: Turn
}

/** Runs an operation as if it were a request by itself. Never throws. */
export async function attempt(planned: Planned, terms: Terms, within: Within): Promise<Attempt> {
  const { exchange: outer } = within.request
  const exchange: ExchangeState = {
    id: newRequestId(),
    parent: outer.id,
    at: Date.now(),
    started: performance.now(),
    ...(outer.address && { address: outer.address }),
    ...(outer.token && { token: outer.token }),
    ...(outer.replayOf !== undefined && { replayOf: outer.replayOf }),
    tenant: within.tenant,
  }
  const answer = await answerOf(planned, terms, within, exchange).catch(thrown =>
    within.refuse(thrown, exchange),
  )
  return {
    exchange,
    answer,
    microseconds: microsecondsSince(exchange.started),
    wasRun: terms.refusal === undefined,
  }
}

async function answerOf(
  { operation, route, body }: Planned,
  { promised, refusal, turn }: Terms,
  { parts, request, tenant }: Within,
  exchange: ExchangeState,
): Promise<Answer> {
  if (route instanceof ScimError) {
    exchange.intent = { kind: 'unknown-address' }
    throw route
  }
  exchange.intent = intentOf(route)
  exchange.target = { type: route.type.name, ...('id' in route && { id: route.id }) }
  if (refusal) throw refusal
  const inner: ScimRequest = {
    method: operation.method,
    base: request.base,
    query: {},
    body: () => body,
    headers: headersOf(operation),
    exchange,
    ...(promised && { promised }),
  }
  return answerResource({ ...parts, provider: parts.provider.inTurn(turn) }, inner, tenant, route)
}

/**
 * Takes back what a POST has created, for what it refers to didn't come to be (RFC 7644 §3.7.1). Whatever the tenant
 * keeps of what clients delete, nothing is kept of what never should have been.
 */
export async function undo(
  done: Attempt,
  { id, type }: Creation,
  reason: ScimError,
  { parts, tenant: asSet, refuse }: Within,
): Promise<Attempt> {
  const { exchange } = done
  const tenant: Tenant = { ...asSet, settings: { ...asSet.settings, onDelete: 'remove' } }
  const now = nowAt(tenant, Date.now())
  const call: Call = { tenant, type, operation: 'delete', now, exchange: exchange.id }
  const failure = await parts.provider.remove(call, id).then(() => undefined, unlessGone)
  return { ...done, answer: refuse(failure ?? reason, exchange) }
}

/** Another client may have been quicker. */
const unlessGone = (error: unknown): unknown =>
  error instanceof ScimError && error.reason === 'noSuchResource' ? undefined : error
