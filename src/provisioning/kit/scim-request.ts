import * as z from 'zod'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { TargetRequest, TargetResponse } from './target.ts'

export type Endpoint = 'Users' | 'Groups'

/** Spaces as %20, quotes as %22, @ as %40 (Okta's SCIM 2.0 reference); all else but unreserved characters, too. */
export const encodeQuery = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const pathOf = (endpoint: Endpoint, id: string) => `/${endpoint}/${encodeURIComponent(id.toWellFormed())}`

export const read = (endpoint: Endpoint, id: string): TargetRequest => ({
  method: 'GET',
  path: pathOf(endpoint, id),
})

export const create = (endpoint: Endpoint, body: JsonObject): TargetRequest => ({
  method: 'POST',
  path: `/${endpoint}`,
  body,
})

export const replace = (endpoint: Endpoint, id: string, body: JsonObject): TargetRequest => ({
  method: 'PUT',
  path: pathOf(endpoint, id),
  body,
})

export const remove = (endpoint: Endpoint, id: string): TargetRequest => ({
  method: 'DELETE',
  path: pathOf(endpoint, id),
})

export const patch = (endpoint: Endpoint, id: string, operations: readonly Json[]): TargetRequest => ({
  method: 'PATCH',
  path: pathOf(endpoint, id),
  body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations },
})

const causeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('status'), status: z.number(), detail: z.string().exactOptional() }),
  z.object({ kind: z.literal('no response'), text: z.string() }),
  z.object({ kind: z.literal('unusable'), text: z.string() }),
])
export type Cause = z.infer<typeof causeSchema>

export type Failure<Step extends string> = { readonly step: Step; readonly cause: Cause }

/** The last failure of an object in a state file. `at`: by the job's clock. */
export const attemptSchema = <const Step extends string>(steps: readonly Step[]) =>
  z.object({ step: z.enum(steps), cause: causeSchema, at: z.number(), attempts: z.number() })

export type Attempt<Step extends string> = Failure<Step> & { readonly at: number; readonly attempts: number }

export const nextAttempt = <Step extends string>(
  failure: Failure<Step>,
  previous: { readonly attempts: number } | undefined,
  at: number,
): Attempt<Step> => ({ ...failure, at, attempts: (previous?.attempts ?? 0) + 1 })

export type Read<Found, Step extends string> =
  | { readonly found: Found; readonly failure?: never }
  | { readonly failure: Failure<Step>; readonly found?: never }

export function causeIn(response: TargetResponse): Cause | undefined {
  if (response.kind === 'none') return { kind: 'no response', text: response.text }
  const { status, body } = response
  if (status >= 200 && status < 300) return undefined
  const detail = isObject(body) && typeof body.detail === 'string' ? body.detail : undefined
  return { kind: 'status', status, ...(detail !== undefined && { detail }) }
}

export function failureIn<Step extends string>(
  response: TargetResponse,
  step: Step,
): Failure<Step> | undefined {
  const cause = causeIn(response)
  return cause && { step, cause }
}

export const unusable = <Step extends string>(
  step: Step,
  text: string,
): { readonly failure: Failure<Step> } => ({ failure: { step, cause: { kind: 'unusable', text } } })

export const isNotFound = (response: TargetResponse): boolean =>
  response.kind === 'response' && response.status === 404

export type Resource = JsonObject & { readonly id: string }

export const isResource = (value: unknown): value is Resource =>
  isObject(value) && typeof value.id === 'string' && value.id !== ''

/** Reads one resource. `whenEmpty`: what the client reports of a response without one. */
export function readResource<Step extends string>(
  response: TargetResponse,
  step: Step,
  whenEmpty: string,
): Read<Resource, Step> {
  const failure = failureIn(response, step)
  if (failure) return { failure }
  const body = response.kind === 'response' ? response.body : undefined
  return isResource(body) ? { found: body } : unusable(step, whenEmpty)
}

export function causeText(cause: Cause): string {
  if (cause.kind !== 'status') return cause.text
  const reason = reasons[cause.status] ?? `HTTP ${cause.status}`
  return cause.detail === undefined
    ? `${reason}.`
    : `${reason}. Errors reported by remote server: ${cause.detail}`
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Payload Too Large',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
