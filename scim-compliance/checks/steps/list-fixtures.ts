import type { Check, CheckContext, CreatedResource, ScimResponse, SupportedType } from '../../check.ts'
import { expectStatus, Failure, jsonObject, listedResources, skip } from '../../expect.ts'
import { textAttributeName } from './attributes.ts'
import { expectFound, isDeclined, pagesOf, type QueryParameters, readUntil, requestList } from './lists.ts'

/** Resources of a type with a mark in a string attribute, and a filter that matches only them; skips if no filter does. */
export async function createMarked(context: CheckContext, type: SupportedType, values: readonly string[]) {
  const text = textAttributeName(type)
  const mark = context.unique()
  const made: CreatedResource[] = []
  for (const value of values) made.push(await context.create(type, { [text]: `${mark} ${value}` }))
  const filter = await requireNarrowingFilter(context, type, made, `${text} sw "${mark} "`)
  return { made, filter, text, mark }
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
  const [name = 'displayName'] = ['userName'].filter(one => made[0]?.body[one] !== undefined)
  const names = made.flatMap(({ body }) => body[name] ?? [])
  const ids = made.map(({ id }) => id)
  const byName = names.length === made.length ? [anyOfFilter(name, names)] : []
  // Without another resource, a filter that is ignored might return only these.
  await context.create(type)
  const reasons: string[] = []
  for (const filter of [...filters, anyOfFilter('id', ids), ...byName]) {
    const why = await mismatchReason(context, type, filter, made)
    if (why === undefined) return filter
    reasons.push(why)
  }
  return skip(`No filter returns only the created resources: ${reasons.join('; ')}.`)
}

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
    if (ids.length > seen) why = `${filter} returns other resources`
    else why = seen < made.length ? `${filter} returns ${seen} of ${made.length}` : undefined
    return why === undefined || ids.length > seen
  })
  return why
}

export async function fiveUsers(context: CheckContext) {
  const { made, filter, text } = await createMarked(context, context.users, ['1', '2', '3', '4', '5'])
  const ids = made.map(({ id }) => id)
  return { ids, made, filter, text, page: pagesOf(context, context.users, { filter }) }
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
  const root = 'rfc/cursor-paging/next-on-all-but-the-last'
  const next = nextCursor(first) ?? skip('The first of several pages has no nextCursor.', root)
  return { ...found, first, next }
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

/** The first string attribute of users by which filters find a user, of those that fit; probe/filter tries them. */
export async function filterableText(
  { probe }: CheckContext,
  fits: (name: string) => boolean = () => true,
): Promise<string> {
  const { values } = await probe('probe/filter')
  return values.find(fits) ?? skip('Filters support no such string attribute of users.', 'probe/filter')
}

type Matching = {
  /** Of the attribute, for one user each; `$mark` stands for a unique string. */
  readonly values: readonly string[]
  /** Indexes of the matches by filter, in which `$text` stands for the attribute and `$MARK` for `$mark` in upper case. */
  readonly filters: Readonly<Record<string, readonly number[]>>
  readonly fits?: (context: CheckContext, name: string) => boolean
  /** The filter is within what the server supports: a server can't decline it. */
  readonly isSupported?: true
}

/** Expects filters to match some of several users, which differ in a string attribute that filters support. */
export const matching =
  ({ values, filters, fits, isSupported }: Matching): Check['run'] =>
  async context => {
    const text = await filterableText(context, name => fits?.(context, name) ?? true)
    const mark = context.unique()
    const write = (pattern: string) =>
      pattern.replaceAll('$text', text).replaceAll('$mark', mark).replaceAll('$MARK', mark.toUpperCase())
    const made: CreatedResource[] = []
    for (const value of values)
      made.push(await context.create(context.users, { [text]: write(value) }).catch(skipIfRejected(text)))
    for (const [pattern, hits] of Object.entries(filters)) {
      const filter = write(pattern)
      if (isSupported) expectStatus(await requestList(context, context.users, { filter }), 200)
      const wanted = made.filter((_, index) => hits.includes(index))
      const others = made.filter(one => !wanted.includes(one))
      await expectFound(context, context.users, filter, wanted, others)
    }
  }

const skipIfRejected =
  (text: string) =>
  (error: unknown): never => {
    if (error instanceof Failure) skip(`A user with this ${text} is rejected: ${error.got}.`)
    throw error
  }

const manyUsers = 101
const createdAtOnce = 8

/** A page of users with count=100, and one without count, of a list that is longer than both; creates users unless there are enough. */
export async function largePages(context: CheckContext) {
  const { totalResults } = jsonObject(await requestList(context, context.users, { count: 1 }))
  // Other checks delete what they created meanwhile.
  const missing = Number(totalResults) > 2 * manyUsers ? 0 : manyUsers
  for (let made = 0; made < missing; made += createdAtOnce) {
    const batch = Math.min(createdAtOnce, missing - made)
    await Promise.all(Array.from({ length: batch }, () => context.create(context.users)))
  }
  const pageOf = async (parameters: QueryParameters) => {
    const response = await requestList(context, context.users, parameters)
    return { response, size: listedResources(response).length }
  }
  const isWhole = ({ size }: { readonly size: number }) => size >= 100
  return { asked: await readUntil(context, () => pageOf({ count: 100 }), isWhole), usual: await pageOf({}) }
}
