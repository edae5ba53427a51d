import type { Check, CheckContext, CreatedResource, SupportedType } from '../../check.ts'
import { expectThat, listedResources, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import {
  extensionValues,
  findAttribute,
  integerAttribute,
  requireWritable,
  requireWritableAttribute,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { createMarked, requireNarrowingFilter } from '../steps/list-fixtures.ts'
import { expectOrder, listedIds, type QueryParameters, requestList } from '../steps/lists.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

type Unsorted = {
  readonly type: SupportedType
  readonly made: readonly CreatedResource[]
  /** Matches only these. */
  readonly filter: string
  readonly sortBy: string
}

/** Resources of a type with these values. */
async function createAll(
  context: CheckContext,
  type: SupportedType,
  sortBy: string,
  bodies: readonly JsonObject[],
  ...filters: readonly string[]
): Promise<Unsorted> {
  const made: CreatedResource[] = []
  for (const body of bodies) made.push(await context.create(type, body))
  return { type, made, sortBy, filter: await requireNarrowingFilter(context, type, made, ...filters) }
}

/** Users with the same text, by which a filter finds them. */
function createAlike(context: CheckContext, sortBy: string, bodiesFor: (mark: string) => JsonObject[]) {
  const text = textAttributeName(context.users)
  const mark = context.unique()
  const bodies = bodiesFor(mark).map(body => ({ ...body, [text]: `${mark} x` }))
  return createAll(context, context.users, sortBy, bodies, `${text} eq "${mark} x"`)
}

const texts =
  (...values: readonly string[]) =>
  async (context: CheckContext): Promise<Unsorted> => {
    const { text, ...marked } = await createMarked(context, context.users, values)
    return { type: context.users, sortBy: text, ...marked }
  }

const families =
  (...names: readonly (string | undefined)[]) =>
  (context: CheckContext): Promise<Unsorted> => {
    requireWritable(context.users, 'name.familyName', 'name.givenName')
    if (names.includes(undefined) && findAttribute(context.users, 'name.familyName')?.required)
      skip('A family name is required here.')
    const givenName = context.unique()
    const bodies = names.map(familyName => ({
      name: familyName === undefined ? { givenName } : { givenName, familyName },
    }))
    return createAll(context, context.users, 'name.familyName', bodies, `name.givenName eq "${givenName}"`)
  }

async function primaryAddresses(context: CheckContext): Promise<Unsorted> {
  requireWritable(context.users, 'emails.value', 'emails.primary', 'emails.type')
  const emails = (mark: string, work: string, home: string): readonly JsonObject[] => [
    { type: 'work', value: `${work}-${mark}@example.com` },
    { type: 'home', value: `${home}-${mark}@example.com`, primary: true },
  ]
  const users = await createAlike(context, 'emails.value', mark => [
    { emails: emails(mark, 'a', 'z') },
    { emails: emails(mark, 'b', 'y') },
  ])
  if (users.made.some(({ body }) => !Array.isArray(body.emails) || body.emails.length < 2))
    skip('The server stores only one email address.')
  return users
}

function employeeNumbers(context: CheckContext): Promise<Unsorted> {
  requireWritableAttribute(context.users, 'employeeNumber', enterpriseUrn)
  return createAlike(context, `${enterpriseUrn}:employeeNumber`, mark =>
    ['3', '1', '2'].map(number =>
      extensionValues(context, context.users, enterpriseUrn, { employeeNumber: `${mark}-${number}` }),
    ),
  )
}

function groupNames(context: CheckContext): Promise<Unsorted> {
  const mark = context.unique()
  const bodies = [...'cab'].map(letter => ({ displayName: `${mark} ${letter}` }))
  return createAll(context, context.groups, 'displayName', bodies, `displayName sw "${mark} "`)
}

function numbers(context: CheckContext): Promise<Unsorted> {
  const { type, name } = integerAttribute(context)
  const bodies = [9, 10, 1].map(value => ({ [name]: value }))
  return createAll(context, type, name, bodies)
}

const list = (context: CheckContext, { type, filter, sortBy }: Unsorted, more: QueryParameters) =>
  requestList(context, type, { filter, sortBy, ...more })

const pick = (made: readonly CreatedResource[], order: readonly number[]): readonly CreatedResource[] =>
  order.flatMap(index => made[index] ?? [])

/** Expects resources that were created in another order in that of these indexes. */
const expectSorted =
  (create: (context: CheckContext) => Promise<Unsorted>, order: readonly number[], sortOrder?: string) =>
  async (context: CheckContext): Promise<void> => {
    const unsorted = await create(context)
    const response = await list(context, unsorted, sortOrder === undefined ? {} : { sortOrder })
    const how = sortOrder === 'descending' ? 'in descending order of' : 'in order of'
    expectOrder(response, pick(unsorted.made, order), `ids ${how} ${unsorted.sortBy}`)
  }

/** By code points; or alphabetically as in collations, with lower or upper case first. */
const ordersOfCase = ['ABCDabcd', 'aAbBcCdD', 'AaBbCcDd']

async function expectDefinedCase(context: CheckContext): Promise<void> {
  if (findAttribute(context.users, 'externalId')?.caseExact === false)
    skip('externalId isn’t caseExact here.')
  // Pairs in different orders, so that a sort that ignores case returns the pairs in different orders.
  const users = await createAlike(context, 'externalId', mark =>
    [...'aABbcCDd'].map(letter => ({ externalId: `${mark}-${letter}` })),
  )
  const response = await list(context, users, {})
  const letters = listedResources(response).map(({ externalId }) => String(externalId).at(-1) ?? '')
  const seen = letters.join('')
  const what = `externalIds whose endings are in the order of one of ${ordersOfCase.join(', ')}`
  expectThat(ordersOfCase.includes(seen), what, seen, response)
}

async function expectTimes(context: CheckContext): Promise<void> {
  const users = { ...(await texts('1', '2', '3')(context)), sortBy: 'meta.created' }
  for (const sortOrder of ['ascending', 'descending']) {
    const response = await list(context, users, { sortOrder })
    const times = listedResources(response).map(one => Date.parse(String(valueIn(one, 'meta', 'created'))))
    if (times.some(Number.isNaN)) skip('The server doesn’t return meta.created.')
    const sorted = times.toSorted((one, other) => (sortOrder === 'ascending' ? one - other : other - one))
    expectThat(times.join() === sorted.join(), `meta.created ${sortOrder}`, times, response)
  }
}

async function expectOverPages(context: CheckContext): Promise<void> {
  const users = await texts('d', 'b', 'c', 'a')(context)
  const first = await list(context, users, { startIndex: 1, count: 2 })
  if (listedIds(first).length !== 2) skip('Pages contain fewer resources than count requests.')
  expectOrder(first, pick(users.made, [3, 1]), 'ids of the first page')
  const second = await list(context, users, { startIndex: 3, count: 2 })
  expectOrder(second, pick(users.made, [2, 0]), 'ids of the second page')
}

const caseIgnored = async (context: CheckContext): Promise<Unsorted> => {
  const users = await texts('B', 'a', 'C', 'd')(context)
  if (findAttribute(users.type, users.sortBy)?.caseExact) skip(`${users.sortBy} is caseExact here.`)
  return users
}

const sortArea = area('sort', 'Sorting', 'RFC 7644 §3.4.2.3', {
  needs: [...userNeeds, 'sort', 'filter'],
  after: ['rfc/discovery/offers-sort', 'rfc/sort/ascending'],
  rationale: 'Consoles that page through a sorted list show it in the wrong order, with pages that overlap.',
})

export const sortChecks: readonly Check[] = defineChecks(sortArea, [
  must('ascending', ['R-114'], {
    description: '`sortOrder=ascending` sorts in ascending order, and so does sortBy without sortOrder.',
    remedy: 'Sort in ascending order for sortOrder=ascending, and if sortBy is given without sortOrder.',
    ...over({ 'by default': undefined, 'sortOrder=ascending': 'ascending' }, sortOrder =>
      expectSorted(texts('c', 'a', 'b'), [1, 2, 0], sortOrder),
    ),
  }),
  must('descending', ['R-114'], {
    description: '`sortOrder=descending` sorts in descending order.',
    remedy: 'Reverse the order for sortOrder=descending.',
    run: expectSorted(texts('c', 'a', 'b'), [0, 2, 1], 'descending'),
  }),
  must('folds-case', ['R-115'], {
    description: 'Sorting ignores case if caseExact is false.',
    remedy: 'Fold case before you compare attributes whose caseExact is false.',
    run: expectSorted(caseIgnored, [1, 0, 2, 3]),
  }),
  must('respects-case', ['R-115'], {
    description:
      'Sorting respects case if caseExact is true: strings that differ in case only have a defined order.',
    remedy: 'Compare by code points where caseExact is true, or with a collation that distinguishes case.',
    run: expectDefinedCase,
  }),
  must('by-time', ['R-115'], {
    description: '`sortBy=meta.created` sorts times as instants.',
    rationale: 'Clients that read the newest entries first and stop at the first known one miss some.',
    remedy: 'Sort dateTime attributes by instant, including those of meta.',
    after: ['rfc/sort/descending'],
    run: expectTimes,
  }),
  must('by-sub-attribute', ['R-116'], {
    description: 'sortBy supports sub-attributes: `sortBy=name.familyName`.',
    remedy: 'Resolve the path in sortBy like one in a filter.',
    run: expectSorted(families('Young', 'Adams', 'Miller'), [1, 2, 0]),
  }),
  must('by-primary', ['R-116'], {
    description: 'sortBy on a multi-valued attribute uses the primary value.',
    remedy: 'Sort by the primary value, or by the first value if none is primary.',
    run: expectSorted(primaryAddresses, [1, 0]),
  }),
  should('without-value', ['R-117'], {
    description: 'Resources without a value come last in ascending order, and first in descending order.',
    remedy:
      'Put unassigned values last in ascending order, and first in descending order (NULLS LAST and FIRST).',
    after: ['rfc/sort/by-sub-attribute', 'rfc/sort/descending'],
    ...over({ ascending: [2, 0, 1], descending: [1, 0, 2] }, (order, sortOrder) =>
      expectSorted(families('Young', undefined, 'Adams'), order, sortOrder),
    ),
  }),
  must('by-extension', ['R-114'], {
    description: 'sortBy supports extension attributes by their URN.',
    needs: ['enterprise'],
    remedy: 'Resolve the path in sortBy like one in a filter, including its URN.',
    run: expectSorted(employeeNumbers, [1, 2, 0]),
  }),
  must('groups', ['R-114'], {
    description: 'GET /Groups supports sorting: `sortBy=displayName`.',
    needs: ['groups'],
    remedy: 'Support sorting for every type.',
    run: expectSorted(groupNames, [1, 2, 0]),
  }),
  must('numbers', ['R-115'], {
    description: 'Sorting compares numbers by value: 10 comes after 9.',
    remedy: 'Sort integers and decimals by value, not as strings.',
    run: expectSorted(numbers, [2, 0, 1]),
  }),
  must('over-pages', ['R-114', 'R-122'], {
    description: 'The order continues across pages.',
    needs: ['index-paging'],
    rationale: 'Clients that read page by page see some entries twice and others never.',
    remedy: 'Sort the whole result before you split it into pages.',
    after: ['rfc/index-paging/second-page'],
    run: expectOverPages,
  }),
])
