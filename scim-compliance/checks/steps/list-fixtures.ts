import type { CheckContext, CreatedResource, ScimResponse, SupportedType } from '../../check.ts'
import { expectStatus, Failure, jsonObject, listedResources, skip } from '../../expect.ts'
import { findAttribute, textAttributeName } from './attributes.ts'
import { isDeclined, type QueryParameters, requestList } from './lists.ts'

type MarkedResources = {
  readonly made: readonly CreatedResource[]
  readonly filter: string
  readonly text: string
  readonly mark: string
}

/** Resources of a type with a mark in a string attribute, and a filter that matches only them; skips if no filter does. */
export async function createMarked(
  context: CheckContext,
  type: SupportedType,
  values: readonly string[],
): Promise<MarkedResources> {
  const text = textAttributeName(type)
  const mark = context.unique()
  const made: CreatedResource[] = []
  for (const value of values) made.push(await context.create(type, { [text]: `${mark} ${value}` }))
  return {
    made,
    filter: await requireNarrowingFilter(context, type, made, `${text} sw "${mark} "`),
    text,
    mark,
  }
}

const anyOfFilter = (name: string, values: readonly unknown[]): string =>
  values.map(value => `${name} eq ${JSON.stringify(value)}`).join(' or ')

/**
 * A filter that matches only these resources: a given one, or one by their IDs or names. Skips if the server supports none, since
 * the list would contain other resources; other checks cover whether filters work.
 */
export async function requireNarrowingFilter(
  context: CheckContext,
  type: SupportedType,
  made: readonly CreatedResource[],
  ...filters: readonly string[]
): Promise<string> {
  if (!context.service.offers.filter)
    skip('Without filters, a list of just what was created can’t be requested.')
  const names = made.flatMap(({ body }) => body.userName ?? body.displayName ?? [])
  const all = [
    ...filters,
    anyOfFilter(
      'id',
      made.map(({ id }) => id),
    ),
    ...(names.length === made.length ? [anyOfFilter(nameOf(made), names)] : []),
  ]
  const reasons: string[] = []
  for (const filter of all) {
    const why = await mismatchReason(context, type, filter, made)
    if (why === undefined) return filter
    reasons.push(why)
  }
  return skip(`No filter returns only the created resources: ${reasons.join('; ')}.`)
}

const nameOf = ([first]: readonly CreatedResource[]): string =>
  first?.body.userName === undefined ? 'displayName' : 'userName'

/** Why a filter doesn't match exactly these; undefined if it does. Retries while some of them are missing. */
async function mismatchReason(
  context: CheckContext,
  type: SupportedType,
  filter: string,
  made: readonly CreatedResource[],
): Promise<string | undefined> {
  let why: string | undefined
  await context.eventually(async () => {
    const response = await requestList(context, type, { filter })
    if (response.status !== 200) {
      why = `${filter} ${isDeclined(response) ? 'is declined with' : 'returns'} ${response.status}`
      return true
    }
    const ids = listedResources(response).map(({ id }) => id)
    const seen = made.filter(({ id }) => ids.includes(id)).length
    why =
      ids.length > seen
        ? `${filter} returns other resources`
        : seen < made.length
          ? `${filter} returns ${seen} of ${made.length}`
          : undefined
    return why === undefined || ids.length > seen
  })
  return why
}

export async function fiveUsers(context: CheckContext) {
  const { made, filter, text } = await createMarked(context, context.users, ['1', '2', '3', '4', '5'])
  const page = (parameters: QueryParameters) => requestList(context, context.users, { filter, ...parameters })
  return { ids: made.map(({ id }) => id), made, filter, text, page }
}

/** The cursor of the next page; undefined on the last page. */
const nextCursor = (response: ScimResponse): string | undefined => {
  expectStatus(response, 200)
  const { nextCursor } = jsonObject(response)
  return typeof nextCursor === 'string' ? nextCursor : undefined
}

/** The first page of two, and its cursor; skips if there is none. */
export async function firstCursorPage(context: CheckContext) {
  const found = await fiveUsers(context)
  const first = await found.page({ cursor: '', count: 2 })
  if (first.status !== 200) skip(`The request for a first page by cursor returns ${first.status}.`)
  return { ...found, first, next: nextCursor(first) ?? skip('The first of several pages has no nextCursor.') }
}

/** The pages from the first to the last, of two resources each; at most ten. */
export async function walkPages(
  page: (parameters: QueryParameters) => Promise<ScimResponse>,
  parameters: QueryParameters = {},
) {
  const pages: ScimResponse[] = []
  let cursor: string | undefined = ''
  while (cursor !== undefined && pages.length < 10) {
    const response: ScimResponse = await page({ ...parameters, cursor, count: 2 })
    pages.push(response)
    cursor = nextCursor(response)
  }
  return pages
}

/** String attributes that servers may support in filters, those without a special meaning first; userName last, since not every name is allowed. */
const candidates = ['title', 'nickName', 'displayName', 'externalId', 'userName']

const isWritten = (type: SupportedType, name: string): boolean =>
  name === 'externalId' || findAttribute(type, name)?.mutability === 'readWrite'

/** Resources with these values in a string attribute that filters support, which is verified first. */
export type FilterableResources = {
  readonly text: string
  /** One resource for each value, in the same order. */
  readonly made: readonly CreatedResource[]
  /** One more, with another value. */
  readonly other: CreatedResource
}

/**
 * Creates one resource for each value, and one more, and verifies that `eq` returns the latter only: a later failure is
 * then due to the value or the operator. Skips if the server supports no such filter; one check reports that.
 */
export async function createFilterable(
  context: CheckContext,
  type: SupportedType,
  values: readonly string[],
  names: readonly string[] = candidates,
): Promise<FilterableResources> {
  const reasons: string[] = []
  for (const text of names.filter(name => isWritten(type, name))) {
    const tried = await tryAttribute(context, type, text, values)
    if (typeof tried !== 'string') return tried
    reasons.push(tried)
  }
  return skip(
    reasons.length === 0
      ? `${type.name} has no writable string attribute for filters.`
      : `Filters support no string attribute: ${reasons.join('; ')}.`,
  )
}

async function tryAttribute(
  context: CheckContext,
  type: SupportedType,
  text: string,
  values: readonly string[],
): Promise<FilterableResources | string> {
  const value = context.unique('control')
  const made: CreatedResource[] = []
  try {
    for (const one of values) made.push(await context.create(type, { [text]: one }))
    const other = await context.create(type, { [text]: value })
    const why = await whyNotFound(context, type, `${text} eq ${JSON.stringify(value)}`, other, made)
    return why ?? { text, made, other }
  } catch (error) {
    if (error instanceof Failure) return `${type.name} with ${text} is rejected (${error.got})`
    throw error
  }
}

/** Retries only while the resource is missing: a server that returns others ignores the filter. */
async function whyNotFound(
  context: CheckContext,
  type: SupportedType,
  filter: string,
  wanted: CreatedResource,
  others: readonly CreatedResource[],
): Promise<string | undefined> {
  let why: string | undefined
  await context.eventually(async () => {
    const response = await requestList(context, type, { filter })
    if (response.status !== 200) {
      why = `${filter} returns ${response.status}`
      return true
    }
    const ids = listedResources(response).map(({ id }) => id)
    const isFound = ids.includes(wanted.id)
    const excess = others.some(({ id }) => ids.includes(id)) || ids.length > 1
    why = excess ? `${filter} returns other resources` : isFound ? undefined : `${filter} finds nothing`
    return isFound || excess
  })
  return why
}
