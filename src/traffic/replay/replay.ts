import { isTokenParameter, mark, maskHeader } from '../../domain/journal/credentials.ts'
import { withheldBody } from '../../domain/journal/masking.ts'
import { isObject, isShallow, type Json } from '../../scim/json.ts'
import { leavesBase, maxDepth, type RecordedRequest, type RecordedResponse } from '../recordings/recording.ts'
import type {
  Comparison,
  Difference,
  ReplayRequest,
  ReplayResponse,
  ReplayResult,
  SendRequest,
} from './comparison.ts'
import { type ComparedBody, findDifferences } from './differences.ts'
import { createResourceIds, type ResourceIds, type ResponseParts } from './ids.ts'

export type ReplayOptions = {
  readonly signal?: AbortSignal
  /** Milliseconds of any clock. */
  readonly now?: () => number
}

/** Requests are sent one after the other, with the IDs that the new server gave to the same resources. */
export async function* replay(
  requests: Iterable<RecordedRequest> | AsyncIterable<RecordedRequest>,
  send: SendRequest,
  { signal, now = () => performance.now() }: ReplayOptions = {},
): AsyncGenerator<Comparison> {
  const ids = createResourceIds()
  let number = 0
  for await (const recorded of requests) {
    if (signal?.aborted) return
    number += 1
    yield { number, recorded, result: await replayOne(recorded, send, ids, now) }
  }
}

async function replayOne(
  recorded: RecordedRequest,
  send: SendRequest,
  ids: ResourceIds,
  now: () => number,
): Promise<ReplayResult> {
  const reason = findObstacle(recorded)
  if (reason !== undefined) return { kind: 'not-sent', reason }
  const unknownIds = ids.unknownIn(recorded.path)
  const request = toRequest(recorded, ids)
  const { path } = request
  const start = now()
  try {
    const response = await send(request)
    const milliseconds = Math.round(now() - start)
    ids.learn(partsOfRecorded(recorded.response), partsOfResponse(response))
    const differences = recorded.response ? compare(recorded, recorded.response, response, ids) : []
    return { kind: 'response', path, status: response.status, milliseconds, differences, unknownIds }
  } catch (error) {
    return { kind: 'no-response', path, reason: error instanceof Error ? error.message : String(error) }
  }
}

function findObstacle({ path: received, bodyText, missing }: RecordedRequest): string | undefined {
  const path = withoutTokens(received)
  if (missing?.includes('request-body')) return 'Its body was not recorded completely.'
  if (leavesBase(path)) return 'Its path leaves the base URL.'
  if (path.includes(mark) || path.includes(encodeURIComponent(mark)))
    return 'Its path contains a masked secret.'
  if (bodyText?.includes(mark) || bodyText === withheldBody) return 'Its body contains a masked secret.'
  return undefined
}

/** The path without masked tokens in parameters (RFC 6750 §2.3): the request is sent with another token. */
function withoutTokens(path: string): string {
  const [start = '', ...rest] = path.split('?')
  const parameters = rest.join('?').split('&')
  const kept = parameters.filter(
    parameter => !(isTokenParameter(parameter.split('=', 1)[0] ?? '') && parameter.endsWith(`=${mark}`)),
  )
  return kept.length === parameters.length ? path : [start, kept.join('&')].filter(Boolean).join('?')
}

/** In the place of a masked password: it fulfills the usual rules for passwords. */
const filler = 'Replayed-password-1'

const withFillers = (value: Json): Json => {
  if (value === mark) return filler
  if (Array.isArray(value)) return value.map(withFillers)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withFillers(member)] as const),
  )
}

function toRequest(
  { method, path, headers = {}, body, bodyText }: RecordedRequest,
  ids: ResourceIds,
): ReplayRequest {
  const sent = body === undefined ? bodyText : JSON.stringify(withFillers(ids.translateBody(body)))
  return {
    method,
    path: ids.translatePath(withoutTokens(path)),
    headers: Object.fromEntries(Object.entries(headers).filter(isSent)),
    ...(sent !== undefined && { body: sent }),
  }
}

/** A recorded credential is for the server of the recording. */
const isSent = ([name, value]: readonly [string, string]): boolean =>
  !value.includes(mark) && maskHeader(name, value) === undefined

function compare(
  { path, missing }: RecordedRequest,
  recorded: RecordedResponse,
  response: ReplayResponse,
  ids: ResourceIds,
): readonly Difference[] {
  const status: readonly Difference[] =
    recorded.status === response.status
      ? []
      : [{ kind: 'status', recorded: recorded.status, replayed: response.status }]
  // An error has nothing in common with a resource but its body.
  if (recorded.status < 300 !== response.status < 300) return status
  const body = recordedBody(recorded, missing?.includes('response-body') ?? false, ids)
  return [...status, ...findDifferences(path, body, replayedBody(response))]
}

function recordedBody(
  { body, bodyText }: RecordedResponse,
  isMissing: boolean,
  ids: ResourceIds,
): ComparedBody {
  if (isMissing || (body === undefined && bodyText === undefined)) return { kind: 'none', isKnown: false }
  if (body === undefined)
    return { kind: bodyText === '' ? 'none' : 'text', isKnown: bodyText !== withheldBody }
  return { kind: 'JSON', json: ids.translateBody(body), isKnown: true }
}

function replayedBody({ body }: ReplayResponse): ComparedBody {
  const json = parse(body)
  if (json !== undefined) return { kind: 'JSON', json, isKnown: true }
  return { kind: body === '' ? 'none' : 'text', isKnown: true }
}

const partsOfRecorded = (response: RecordedResponse | undefined): ResponseParts => ({
  body: response?.body,
  location: Object.entries(response?.headers ?? {}).find(([name]) => name.toLowerCase() === 'location')?.[1],
})

const partsOfResponse = ({ body, headers }: ReplayResponse): ResponseParts => ({
  body: parse(body),
  location: headers.location,
})

function parse(text: string): Json | undefined {
  try {
    const value: Json | undefined = text === '' ? undefined : JSON.parse(text)
    // No code that walks it has to expect more levels.
    return isShallow(value, maxDepth) ? value : undefined
  } catch {
    return undefined
  }
}
