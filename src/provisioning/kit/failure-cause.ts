import { z } from 'zod'
import { isObject, type JsonObject } from '../../scim/json.ts'
import type { TargetResponse } from './target.ts'

/** Why a request failed, for clients that read responses more simply than Entra; also in state files. */
export const causeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('status'), status: z.number(), detail: z.string().exactOptional() }),
  /** No response, or none that can be read. */
  z.object({ kind: z.literal('no response'), text: z.string() }),
  /** A response that the client can't use, or a user that it can't send. */
  z.object({ kind: z.literal('unusable'), text: z.string() }),
])
export type Cause = z.infer<typeof causeSchema>

/** The failure that a response reports: a 3xx, 4xx or 5xx, or no response. */
export function causeIn(response: TargetResponse): Cause | undefined {
  if (response.kind === 'none') return { kind: 'no response', text: response.text }
  const { status, body } = response
  if (status >= 200 && status < 300) return undefined
  const detail = isObject(body) && typeof body.detail === 'string' ? body.detail : undefined
  return { kind: 'status', status, ...(detail !== undefined && { detail }) }
}

export type Resource = JsonObject & { readonly id: string }

export const isResource = (value: unknown): value is Resource =>
  isObject(value) && typeof value.id === 'string' && value.id !== ''

/** Why a request failed, in the words of Okta, with the server's `detail`. */
export function causeText(cause: Cause): string {
  if (cause.kind !== 'status') return cause.text
  const reason = reasonOf(cause.status)
  return cause.detail === undefined
    ? `${reason}.`
    : `${reason}. Errors reported by remote server: ${cause.detail}`
}

const reasonOf = (status: number) => reasons[status] ?? `HTTP ${status}`

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
