import type { FuzzRequest } from './fuzz-requests.ts'
import { require } from './trial.ts'
import type { WireAnswer } from './wire.ts'

/** Throws `TrialError` unless it is what an answer to whatever was sent has to be. */
export function requireAnswer(
  answer: WireAnswer | undefined,
  request: FuzzRequest,
  seed: number,
): asserts answer {
  const sent = () => `seed ${seed}: ${JSON.stringify(request.bytes.toString('latin1').slice(0, 3_000))}`
  require(answer !== undefined, `no answer to ${sent()}`)
  const { status, body } = answer
  // 501 is what a profile says of things that it doesn't offer.
  require(status < 500 || status === 501, `${status} ${body} to ${sent()}`)
  if (status < 400 || request.method === 'HEAD') return
  const error = JSON.parse(body)
  const isError = error.schemas?.[0] === 'urn:ietf:params:scim:api:messages:2.0:Error'
  require(isError &&
    error.status === String(status) &&
    error.detail, `not a SCIM error: ${body} to ${sent()}`)
}
