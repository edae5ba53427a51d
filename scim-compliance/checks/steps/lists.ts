import type { CheckContext, CreatedResource, HttpHeaders, ScimResponse, SupportedType } from '../../check.ts'
import {
  expectStatus,
  expectThat,
  Failure,
  fail,
  formatValue,
  jsonObject,
  listedResources,
  skip,
} from '../../expect.ts'
import { valueIn } from './attributes.ts'

export type QueryParameters = Readonly<Record<string, string | number>>

export const requestList = (
  context: CheckContext,
  { endpoint }: SupportedType,
  parameters: QueryParameters,
): Promise<ScimResponse> => context.get(`${endpoint}?${queryString(parameters)}`)

export const pagesOf =
  (context: CheckContext, type: SupportedType, query: QueryParameters = {}) =>
  (parameters: QueryParameters): Promise<ScimResponse> =>
    requestList(context, type, { ...query, ...parameters })

export const queryString = (parameters: QueryParameters): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

/**
 * Declined as RFC 7644 §3.12 allows: the combination of attribute and operator isn't supported, or filters aren't
 * implemented. Filtering is optional, so such a response breaks no requirement.
 */
export const isDeclined = ({ status, body }: ScimResponse): boolean =>
  status === 501 || (status === 400 && valueIn(body, 'scimType') === 'invalidFilter')

/** Skips the check if the server declines a filter; other checks report which families of filters it supports. */
function requireAccepted(filter: string, response: ScimResponse): void {
  if (!isDeclined(response)) return
  const detail = valueIn(response.body, 'detail')
  const why = typeof detail === 'string' && detail !== '' ? `, ${formatValue(detail)}` : ''
  skip(`The server declines ${filter} (${response.status}${why}), which RFC 7644 §3.12 allows.`)
}

const isWhole = (response: ScimResponse): boolean => {
  const { totalResults, nextCursor } = jsonObject(response)
  return typeof totalResults === 'number'
    ? totalResults <= listedResources(response).length
    : nextCursor === undefined
}

const namingAttributes = ['userName', 'displayName', 'id']

/** The resources that a filter returns. If it returns more than a page of others, each is searched for by its name. */
async function found(
  context: CheckContext,
  type: SupportedType,
  filter: string,
  made: readonly CreatedResource[],
) {
  const response = await requestList(context, type, { filter })
  requireAccepted(filter, response)
  const ids = new Set(listedResources(response).map(({ id }) => id))
  if (isWhole(response)) return { response, ids: made.map(({ id }) => id).filter(id => ids.has(id)) }
  const matched: string[] = []
  for (const { id, body } of made) {
    const name = namingAttributes.find(one => typeof valueIn(body, one) === 'string') ?? 'id'
    const narrow = `${name} eq ${JSON.stringify(valueIn(body, name))} and (${filter})`
    // Any other resource returned for this name shows that the filter is ignored, on a page that may not contain this one.
    if (ids.has(id) || listedResources(await requestList(context, type, { filter: narrow })).length > 0)
      matched.push(id)
  }
  return { response, ids: matched }
}

/** Reads again until it is right, for a few seconds: lists may lag behind. Returns what was read last. */
export async function readUntil<Read>(
  { eventually }: CheckContext,
  read: () => Promise<Read>,
  isRight: (seen: Read) => boolean,
): Promise<Read> {
  let seen = await read()
  if (!isRight(seen))
    await eventually(async () => {
      seen = await read()
      return isRight(seen)
    })
  return seen
}

/** Repeats a request and its expectations for a few seconds, since no RFC requires lists to contain a new resource at once. */
export async function expectEventually(context: CheckContext, attempt: () => Promise<void>): Promise<void> {
  let failure: Failure | undefined
  await context.eventually(async () => {
    try {
      failure = undefined
      await attempt()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      failure = error
    }
    return failure === undefined
  })
  if (failure !== undefined) throw failure
}

/** Some services delete in the background: what is gone a few seconds later was deleted. */
export const expectGone = (context: CheckContext, path: string, headers?: HttpHeaders): Promise<void> =>
  expectEventually(context, async () => expectStatus(await context.get(path, headers), 404))

/** Expects a filter to return all of the first resources and none of the others; resources of other clients are ignored. */
export async function expectFound(
  context: CheckContext,
  type: SupportedType,
  filter: string,
  wanted: readonly CreatedResource[],
  others: readonly CreatedResource[] = [],
): Promise<void> {
  const look = () => found(context, type, filter, [...wanted, ...others])
  const isRight = ({ ids }: { readonly ids: readonly string[] }): boolean =>
    ids.length === wanted.length && wanted.every(({ id }) => ids.includes(id))
  const seen = await readUntil(context, look, isRight)
  if (isRight(seen)) return
  const missing = wanted.filter(({ id }) => !seen.ids.includes(id)).map(({ body }) => body)
  const excess = others.filter(({ id }) => seen.ids.includes(id)).map(({ body }) => body)
  const got = [
    `${seen.ids.length} of them in the response`,
    ...(missing.length > 0 ? [`missing: ${formatValue(missing)}`] : []),
    ...(excess.length > 0 ? [`should not match: ${formatValue(excess)}`] : []),
  ].join('; ')
  const all = wanted.length + others.length
  const expected = `${filter} to match ${wanted.length} of the ${all} resources created for it`
  fail(expected, got, seen.response, excess.length > 0 ? 'excess' : 'missing')
}

export const listedIds = (response: ScimResponse): readonly string[] =>
  listedResources(response).map(({ id }) => String(id))

export function expectOrder(response: ScimResponse, made: readonly CreatedResource[], what: string): void {
  const ids = listedIds(response)
  const wanted = made.map(({ id }) => id)
  expectThat(ids.join() === wanted.join(), `${what}: ${formatValue(wanted)}`, ids, response)
}

/** totalResults counts all matches, so it is at least the number of created resources, whatever the page contains. */
export function expectTotal(response: ScimResponse, atLeast: number): void {
  expectStatus(response, 200)
  const { totalResults } = jsonObject(response)
  const isEnough = typeof totalResults === 'number' && totalResults >= atLeast
  const expected = `totalResults of at least ${atLeast}, the number of created resources`
  expectThat(isEnough, expected, totalResults, response)
}
