import type { Check, CheckContext, ScimResponse, SupportedType } from '../../check.ts'
import {
  expectEqual,
  expectStatus,
  expectThat,
  Failure,
  jsonObject,
  listedResources,
  skip,
} from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { type Form, over, type Scene } from '../forms.ts'
import { userAndGroup } from '../steps/create-and-read.ts'
import { walkPages } from '../steps/list-fixtures.ts'
import { expectEventually, listedIds, pagesOf, requestList } from '../steps/lists.ts'
import { filterCheck, pagingCheck, rejectionBlame } from './areas.ts'

const names = { users: 'userName', groups: 'displayName' } as const
type Kind = keyof typeof names

const nameOf = (kind: Kind, { sent }: Scene['user']): string =>
  `${names[kind]} eq ${JSON.stringify(sent[names[kind]])}`

/** Two resources of a type. */
const pairs = {
  users: { given: { user: true, other: true }, first: 'user', second: 'other' },
  groups: { given: { group: true, otherGroup: true }, first: 'group', second: 'otherGroup' },
} as const

/** Finds the first of two resources, or none. */
const finds = (kind: Kind, filterOf: (first: string, second: string) => string, isFound = true): Form => {
  const { given, first, second } = pairs[kind]
  return {
    needs: [kind],
    given,
    request: scene => ({
      filter: filterOf(nameOf(kind, scene[first]), nameOf(kind, scene[second])),
      of: kind,
    }),
    expect: { status: [200], found: isFound ? [first] : [] },
  }
}

const equality = (name: string, kind: Kind): Check =>
  filterCheck(name, 'IP-15', '6.3', 'MUST', {
    description: `The filter \`${names[kind]} eq\` returns only the match.`,
    rationale: 'Clients search for each object before they create it.',
    remedy: `Support \`eq\` in filters of ${kind}.`,
    needs: ['write', kind],
    ...finds(kind, first => first),
  })

const conjunction = (name: string, kind: Kind): Check =>
  filterCheck(name, 'IP-15', '6.3', 'MUST', {
    description: `A filter of ${kind} with \`and\` returns what matches both conditions, and nothing if they contradict each other.`,
    rationale: 'Clients combine conditions to find one object. With one ignored, they find another.',
    remedy: 'Evaluate both conditions of `and`.',
    blame: [{ on: '4xx', remedy: `Support \`and\` in filters of ${kind}.` }],
    needs: ['write', kind],
    after: [`interop/filter/eq-${kind}`],
    each: {
      'two that hold': finds(kind, first => `${first} and ${first}`),
      'the second fails': finds(kind, (first, second) => `${first} and ${second}`, false),
      'the first fails': finds(kind, (first, second) => `${second} and ${first}`, false),
    },
  })

const filterChecks: readonly Check[] = [
  equality('eq-users', 'users'),
  equality('eq-groups', 'groups'),
  conjunction('and-users', 'users'),
  conjunction('and-groups', 'groups'),
  filterCheck('undeclared', 'IP-16', '6.3', 'MUST', {
    description:
      'A filter on an attribute that the schemas don’t declare returns 400 with scimType invalidFilter.',
    rationale: 'An empty list looks like a missing object, which clients then create a second time.',
    remedy: 'Compare the attributes of a filter with the schemas of the resource type.',
    needs: ['users'],
    blame: rejectionBlame('invalidFilter'),
    ...over<Kind>({ users: 'users', groups: 'groups' }, of => ({
      needs: [of],
      request: { filter: 'scimCheckUnknown eq "x"', of },
      expect: { status: [400], scimType: ['invalidFilter'] },
    })),
  }),
]

const pageSize = 3
const walked = 7
const mostPages = 25

/** An attribute that several resources may share, and by which filters find them; undefined if there is none. */
async function sharedAttribute(context: CheckContext, type: SupportedType): Promise<string | undefined> {
  if (type !== context.users) return 'displayName'
  const { values } = await context.probe('probe/filter')
  return values.find(name => name !== 'userName' && name !== 'externalId')
}

/** Seven resources, and pages of only them; pages of the whole list where no filter returns several. */
async function sevenOf(context: CheckContext, type: SupportedType) {
  const shared = await sharedAttribute(context, type)
  const value = context.unique()
  const ids: string[] = []
  const createAll = async (given: JsonObject) => {
    while (ids.length < walked) ids.push((await context.create(type, given)).id)
  }
  if (shared === undefined) await createAll({})
  else {
    const isTaken = await createAll({ [shared]: value }).then(() => false, isFailure)
    if (!isTaken)
      return { ids, page: pagesOf(context, type, { filter: `${shared} eq ${JSON.stringify(value)}` }) }
    await createAll({})
  }
  return { ids, page: pagesOf(context, type) }
}

const isFailure = (error: unknown): boolean => {
  if (error instanceof Failure) return true
  throw error
}

/** All pages, by index; by cursor if the server advertises only that. Skips if there are too many. */
async function allPages(context: CheckContext, page: ReturnType<typeof pagesOf>) {
  const { indexPaging, cursorPaging } = context.service.offers
  if (cursorPaging && !indexPaging) return walkPages(page)
  const pages: ScimResponse[] = []
  for (let total = 1, startIndex = 1; startIndex <= total; startIndex += pageSize) {
    const response = await page({ startIndex, count: pageSize })
    expectStatus(response, 200)
    total = Number(jsonObject(response).totalResults)
    if (total > mostPages * pageSize)
      skip(`The list has ${total} resources, and no filter returns only a few.`)
    pages.push(response)
  }
  return pages
}

const totalOf = (response: ScimResponse) => jsonObject(response).totalResults

/** Reads several times: other checks create and delete meanwhile, and lists may lag behind. */
async function expectWalk(context: CheckContext, type: SupportedType): Promise<void> {
  const { ids, page } = await sevenOf(context, type)
  let isSteady = false
  await expectEventually(context, async () => {
    const pages = await allPages(context, page)
    isSteady ||= new Set(pages.map(totalOf)).size === 1
    for (const one of pages)
      expectThat(listedIds(one).length <= pageSize, `at most ${pageSize} resources`, listedIds(one), one)
    const seen = pages.flatMap(listedIds).filter(id => ids.includes(id))
    expectEqual(seen.toSorted(), ids.toSorted(), 'ids of all pages', pages.at(-1))
  }).catch((error: unknown) => {
    if (error instanceof Failure && !isSteady) skip('The list changes while it is read.')
    throw error
  })
}

/** `which`: what probe/large-pages lists if it doesn't hold. */
const largePages =
  (which: string, expected: string): Check['run'] =>
  async context => {
    const { holds, values, says, exchange } = await context.probe('probe/large-pages')
    if (holds === undefined) skip('101 users can’t be created, so a page of 100 can’t be requested.')
    if (values.includes(which)) throw new Failure(expected, says, exchange, 'missing')
  }

const missedUsers = 'Clients that read page by page miss users, and then disable or delete them.'

const pagingChecks: readonly Check[] = [
  pagingCheck('walk', 'IP-17', '6.4', 'MUST', {
    description: 'Pages by index or by cursor contain every resource exactly once, for users and for groups.',
    rationale: missedUsers,
    remedy: 'Implement startIndex and count (RFC 7644 §3.4.2.4), or cursor (RFC 9865), for every list.',
    after: ['probe/filter'],
    ...over(userAndGroup, kind => context => expectWalk(context, context[kind])),
  }),
  pagingCheck('count-100', 'IP-18', '6.4', 'MUST', {
    description: 'count=100 returns 100 resources if there are as many.',
    rationale: 'Smaller pages multiply the requests of a full cycle.',
    remedy: 'Allow pages of at least 100 resources.',
    run: largePages('count', '100 resources for count=100'),
  }),
  pagingCheck('default-100', 'IP-19', '6.4', 'SHOULD', {
    description: 'A list without count returns at least 100 resources if there are as many.',
    rationale: 'Clients that send no count take the first page for the whole list.',
    remedy: 'Use a default page size of at least 100.',
    after: ['interop/paging/count-100'],
    run: largePages('default', 'at least 100 resources without count'),
  }),
  pagingCheck('above-the-maximum', 'IP-19', '6.4', 'MUST', {
    description: 'A count above the maximum returns a page of the maximum, not an error.',
    rationale: 'Clients don’t know the maximum, and their requests fail.',
    remedy: 'Reduce a count above the maximum to the maximum, which filter.maxResults states.',
    needs: ['users'],
    run: async context => {
      const response = await requestList(context, context.users, { count: 1_000_000 })
      expectStatus(response, 200)
      const { maxResults = 0 } = context.service.offers.filter ?? {}
      const { length } = listedResources(response)
      if (maxResults > 0)
        expectThat(length <= maxResults, `at most ${maxResults} resources`, length, response)
    },
  }),
]

export const listChecks: readonly Check[] = [...filterChecks, ...pagingChecks]
