import type { FuzzRequest } from './fuzz-requests.ts'
import { require } from './trial.ts'
import type { WireResponse } from './wire.ts'

/** Throws `TrialError` unless the response is valid for an arbitrary request. */
export function requireValidResponse(
  response: WireResponse | undefined,
  request: FuzzRequest,
  seed: number,
): asserts response {
  const context = () => `seed ${seed}: ${JSON.stringify(request.bytes.toString('latin1').slice(0, 3_000))}`
  require(response !== undefined, `no response to ${context()}`)
  const { status, body } = response
  // Profiles return 501 for features that they do not support.
  require(status < 500 || status === 501, `${status} ${body} to ${context()}`)
  if (status < 400 || request.method === 'HEAD') return
  const error = JSON.parse(body)
  const isError = error.schemas?.[0] === 'urn:ietf:params:scim:api:messages:2.0:Error'
  require(isError &&
    error.status === String(status) &&
    error.detail, `not a SCIM error: ${body} to ${context()}`)
}
