import type { CheckContext, CreatedResource, ScimResponse, SupportedType } from '../../check.ts'
import { expectStatus, Failure, jsonObject, listedResources, skip } from '../../expect.ts'
import { findAttribute, textAttributeName } from './attributes.ts'
import { isDeclined, type QueryParameters, requestList } from './lists.ts'

export type MarkedResources = {
  readonly made: readonly CreatedResource[]
  /** Finds just them. */
  readonly filter: string
  /** The attribute that has the mark and the values. */
  readonly text: string
  readonly mark: string
}

/** Some of a type with a mark in a text of theirs, and a filter that finds just them; skips where no filter does. */
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
 * A filter that finds just these: of those given, or by their ids or names. Skips where the server has none, for then
 * others are in the list, too; that filters work is looked at elsewhere.
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
  return skip(`No filter finds just what was created: ${reasons.join('; ')}.`)
}

const nameOf = ([first]: readonly CreatedResource[]): string =>
  first?.body.userName === undefined ? 'displayName' : 'userName'

/** Why a filter doesn't find just these; undefined where it does. Looks again while some of them are missing. */
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
      why = `${filter} is ${isDeclined(response) ? 'declined' : 'answered'} with ${response.status}`
      return true
    }
    const ids = listedResources(response).map(({ id }) => id)
    const seen = made.filter(({ id }) => ids.includes(id)).length
    why =
      ids.length > seen
        ? `${filter} finds others, too`
        : seen < made.length
          ? `${filter} finds ${seen} of ${made.length}`
          : undefined
    return why === undefined || ids.length > seen
  })
  return why
}

/** Five users, and a way to ask for just them. */
export async function fiveUsers(context: CheckContext) {
  const { made, filter, text } = await createMarked(context, context.users, ['1', '2', '3', '4', '5'])
  const page = (parameters: QueryParameters) => requestList(context, context.users, { filter, ...parameters })
  return { ids: made.map(({ id }) => id), made, filter, text, page }
}

/** The cursor of the next page; undefined on the last one. */
export const nextCursor = (response: ScimResponse): string | undefined => {
  expectStatus(response, 200)
  const { nextCursor } = jsonObject(response)
  return typeof nextCursor === 'string' ? nextCursor : undefined
}

/** The first page of two, and the cursor in it; skips where there is none. */
export async function firstCursorPage(context: CheckContext) {
  const found = await fiveUsers(context)
  const first = await found.page({ cursor: '', count: 2 })
  if (first.status !== 200) skip(`A first page by cursor is answered with ${first.status}.`)
  return { ...found, first, next: nextCursor(first) ?? skip('The first of several pages has no nextCursor.') }
}

/** The pages from the first to the last, of two each; ten at most. */
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

/** Texts by which servers may filter, the least special one first; userName last, for not every name is allowed. */
const candidates = ['title', 'nickName', 'displayName', 'externalId', 'userName']

const isWritten = (type: SupportedType, name: string): boolean =>
  name === 'externalId' || findAttribute(type, name)?.mutability === 'readWrite'

/** Resources with these values in a text by which the server filters, which is shown before anything is expected. */
export type FilterableResources = {
  /** The attribute. */
  readonly text: string
  /** One for each value, in their order. */
  readonly made: readonly CreatedResource[]
  /** One more, which has another value. */
  readonly other: CreatedResource
}

/**
 * Creates one for each value, and one more, and shows that `eq` finds this and none of those: what fails afterwards is
 * due to the value or operator. Skips where the server filters by no text; one check reports that.
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
      ? `${type.name} has no text that can be written and filtered by.`
      : `The server filters by no text: ${reasons.join('; ')}.`,
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
    if (error instanceof Failure) return `${type.name} with ${text} is refused (${error.got})`
    throw error
  }
}

/** Looks again only while it is missing: a server that finds others, too, ignores the filter. */
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
      why = `${filter} is answered with ${response.status}`
      return true
    }
    const ids = listedResources(response).map(({ id }) => id)
    const isFound = ids.includes(wanted.id)
    const excess = others.some(({ id }) => ids.includes(id)) || ids.length > 1
    why = excess ? `${filter} finds others, too` : isFound ? undefined : `${filter} finds nothing`
    return isFound || excess
  })
  return why
}
