import { isObject, type JsonObject } from '../scim/json.ts'
import { codes, type Failure } from './error-codes.ts'
import type { WireAnswer } from './wire.ts'

/** What a request was for: it decides what a 404 or 409 means. */
export type Purpose = 'match' | 'read' | 'create' | 'change' | 'delete'

export type Read<Found> = { readonly found: Found } | { readonly failure: Failure }

/** An object under its id, or just created: needs an id that is a string. */
export function readObject(
  answer: WireAnswer,
  purpose: 'read' | 'create',
): Read<JsonObject & { id: string }> {
  const failure = failureOf(answer, purpose)
  if (failure) return { failure }
  const body = jsonOf(answer)
  if (!isObject(body)) return notDeserialized(answer, 'a JSON object was expected')
  if (typeof body.id !== 'string' || body.id === '') return notDeserialized(answer, 'the resource has no id')
  return { found: { ...body, id: body.id } }
}

/** What a filter has found. */
export function readList(answer: WireAnswer): Read<readonly (JsonObject & { id: string })[]> {
  const failure = failureOf(answer, 'match')
  if (failure) return { failure }
  const body = jsonOf(answer)
  if (!isObject(body)) return notDeserialized(answer, 'a ListResponse was expected')
  // RFC 7644 §3.4.2: a list without anything in it may leave Resources out.
  const resources = body.Resources ?? (Number(body.totalResults) === 0 ? [] : undefined)
  if (!Array.isArray(resources)) return notDeserialized(answer, 'a ListResponse with Resources was expected')
  const found: (JsonObject & { id: string })[] = []
  for (const resource of resources) {
    if (!isObject(resource) || typeof resource.id !== 'string') {
      return notDeserialized(answer, 'each of the Resources has to be an object with an id')
    }
    found.push({ ...resource, id: resource.id })
  }
  return { found }
}

/** A PATCH or DELETE: 2xx, and a body, if there is one, has to be JSON. A web page with 200 doesn't confirm a write. */
export function readWritten(answer: WireAnswer, purpose: 'change' | 'delete'): Failure | undefined {
  const failure = failureOf(answer, purpose)
  if (failure || answer.kind === 'none' || answer.text.trim() === '') return failure
  if (isObject(jsonOf(answer))) return undefined
  return { ...notDeserialized(answer, 'a JSON object was expected').failure, unknownOutcome: true }
}

function failureOf(answer: WireAnswer, purpose: Purpose): Failure | undefined {
  if (answer.kind === 'none') {
    return answer.reason === 'timeout'
      ? { code: codes.timeout, reason: `The request timed out. ${answer.text}`, unknownOutcome: true }
      : {
          code: codes.protocolError,
          reason: `The target sent no answer. ${answer.text}`,
          unknownOutcome: true,
        }
  }
  if (answer.status >= 200 && answer.status < 300) return undefined
  return {
    code: codeOf(answer.status, purpose),
    reason: exceptionText(answer),
    ...(isDoubtful(answer.status, purpose) && { doubtful: true }),
    ...(answer.status >= 500 && { unknownOutcome: true }),
  }
}

/** 401 and 403 are about the token; a filter that is answered 404 is no SCIM endpoint. */
const isDoubtful = (status: number, purpose: Purpose) =>
  status === 401 || status === 403 || (status === 404 && purpose === 'match')

function codeOf(status: number, purpose: Purpose): string {
  switch (status) {
    case 401:
    case 403:
      return codes.invalidCredentials
    case 404:
      return purpose === 'match' || purpose === 'create' ? codes.incompatible : codes.invalidAnchor
    case 405:
      return codes.methodNotAllowed
    case 409:
      return purpose === 'create' ? codes.entryConflict : codes.incompatibleFiltering
    case 422:
      return codes.unprocessable
    case 429:
      return codes.tooManyRequests
    case 501:
      return codes.notImplemented
    case 504:
      return codes.timeout
    default:
      return status >= 500 ? codes.internalServerError : codes.incompatible
  }
}

/** As .NET calls them, which is what stands in the logs. */
const statusNames: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  402: 'PaymentRequired',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  408: 'RequestTimeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'UnprocessableEntity',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  501: 'NotImplemented',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
}

type Answer = Extract<WireAnswer, { kind: 'answer' }>

// As in Q&A 1185756 and 5746233.
const exceptionText = (answer: Answer) =>
  `StatusCode: ${statusNames[answer.status] ?? answer.status} Message: Processing of the HTTP request resulted in ` +
  "an exception. Please see the HTTP response returned by the 'Response' property of this exception for details. " +
  `Web Response: ${quotable(answer.text)}.`

/** JSON, if the media type says so; HTML that happens to be JSON isn't read. */
const jsonOf = (answer: WireAnswer) =>
  answer.kind === 'answer' && /^application\/(scim\+)?json$/i.test(answer.mediaType) ? answer.body : undefined

// As in snipe-it#14138 and Budibase#15369.
function notDeserialized(answer: WireAnswer, why: string): { readonly failure: Failure } {
  const { status, mediaType, text } = answer as Answer
  const kind = mediaType === '' ? 'no content type' : mediaType
  const reason =
    `StatusCode: ${status} Message: We were not able to deserialize the resource received from your SCIM endpoint ` +
    `because your SCIM endpoint is not fully compatible: ${why}, and it answered with ${kind}. ` +
    `Web Response: ${quotable(text)}.`
  return { failure: { code: codes.incompatible, reason } }
}

/** Entra quotes bodies whole; a log needn't hold a whole web page a thousand times. */
const quotable = (text: string) => (text.length > 2000 ? `${text.slice(0, 2000)}…` : text)
