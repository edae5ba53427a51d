import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectStatus, expectThat, listedResources, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
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
import { sortArea, wrongOrder } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

async function createAlike(context: CheckContext, bodiesWith: (mark: string) => readonly JsonObject[]) {
  const text = textAttributeName(context.users)
  const mark = context.unique()
  const made: CreatedResource[] = []
  for (const body of bodiesWith(mark))
    made.push(await context.create(context.users, { ...body, [text]: `${mark} x` }))
  const filter = await requireNarrowingFilter(context, context.users, made, `${text} eq "${mark} x"`)
  return { made, filter }
}

const onlyThese = (
  made: readonly CreatedResource[],
  ...order: readonly number[]
): readonly CreatedResource[] => order.flatMap(index => made[index] ?? [])

async function named(context: CheckContext, families: readonly (string | undefined)[]) {
  requireWritable(context.users, 'name.familyName', 'name.givenName')
  const mark = context.unique()
  const made: CreatedResource[] = []
  for (const familyName of families)
    made.push(
      await context.create(context.users, {
        name: { givenName: mark, ...(familyName === undefined ? {} : { familyName }) },
      }),
    )
  const filter = await requireNarrowingFilter(context, context.users, made, `name.givenName eq "${mark}"`)
  return { made, filter }
}

const needOptionalFamilyName = ({ users }: CheckContext): void => {
  if (findAttribute(users, 'name.familyName')?.required) skip('A family name is required here.')
}

export const sortByPathChecks: readonly Check[] = defineChecks(sortArea, [
  must('by-time', ['R-115'], {
    description: '`sortBy=meta.created` sorts times as instants.',
    rationale: 'Clients that read the newest entries first and stop at the first known one miss some.',
    remedy: 'Sort dateTime attributes by instant, including those of meta.',
    run: async context => {
      const { filter } = await createMarked(context, context.users, ['1', '2', '3'])
      for (const sortOrder of ['ascending', 'descending']) {
        const response = await requestList(context, context.users, {
          filter,
          sortBy: 'meta.created',
          sortOrder,
        })
        const times = listedResources(response).map(one =>
          Date.parse(String(valueIn(one, 'meta', 'created'))),
        )
        if (times.some(Number.isNaN)) skip('The server doesn’t return meta.created.')
        const sorted = times.toSorted((one, other) => (sortOrder === 'ascending' ? one - other : other - one))
        expectThat(times.join() === sorted.join(), `meta.created ${sortOrder}`, times, response)
      }
    },
  }),
  must('by-sub-attribute', ['R-116'], {
    description: 'sortBy supports sub-attributes: `sortBy=name.familyName`.',
    rationale: wrongOrder,
    remedy: 'Resolve the path in sortBy like one in a filter.',
    run: async context => {
      const { made, filter } = await named(context, ['Young', 'Adams', 'Miller'])
      const response = await requestList(context, context.users, { filter, sortBy: 'name.familyName' })
      expectOrder(response, onlyThese(made, 1, 2, 0), 'ids in order of family names')
    },
  }),
  must('by-primary', ['R-116'], {
    description: 'sortBy on a multi-valued attribute uses the primary value.',
    rationale: wrongOrder,
    remedy: 'Sort by the primary value, or by the first value if none is primary.',
    run: async context => {
      requireWritable(context.users, 'emails.value', 'emails.primary', 'emails.type')
      const emails = (mark: string, work: string, home: string): readonly JsonObject[] => [
        { type: 'work', value: `${work}-${mark}@example.com` },
        { type: 'home', value: `${home}-${mark}@example.com`, primary: true },
      ]
      const { made, filter } = await createAlike(context, mark => [
        { emails: emails(mark, 'a', 'z') },
        { emails: emails(mark, 'b', 'y') },
      ])
      if (made.some(({ body }) => !Array.isArray(body.emails) || body.emails.length < 2))
        skip('The server stores only one email address.')
      const response = await requestList(context, context.users, { filter, sortBy: 'emails.value' })
      expectOrder(response, onlyThese(made, 1, 0), 'ids in order of the primary addresses')
    },
  }),
  should('without-value-last', ['R-117'], {
    description: 'In ascending order, resources without a value come last.',
    rationale: wrongOrder,
    remedy: 'Put unassigned values last in ascending order (NULLS LAST).',
    run: async context => {
      needOptionalFamilyName(context)
      const { made, filter } = await named(context, ['Young', undefined, 'Adams'])
      const response = await requestList(context, context.users, { filter, sortBy: 'name.familyName' })
      expectOrder(response, onlyThese(made, 2, 0, 1), 'ids with unassigned values last')
    },
  }),
  should('without-value-first', ['R-117'], {
    description: 'In descending order, resources without a value come first.',
    rationale: wrongOrder,
    remedy: 'Put unassigned values first in descending order (NULLS FIRST).',
    run: async context => {
      needOptionalFamilyName(context)
      const { made, filter } = await named(context, ['Young', undefined, 'Adams'])
      const response = await requestList(context, context.users, {
        filter,
        sortBy: 'name.familyName',
        sortOrder: 'descending',
      })
      expectOrder(response, onlyThese(made, 1, 0, 2), 'ids with unassigned values first')
    },
  }),
])

async function sortedByText(context: CheckContext, parameters: QueryParameters = {}) {
  const { made, filter, text } = await createMarked(context, context.users, ['c', 'a', 'b'])
  return {
    made,
    response: await requestList(context, context.users, { filter, sortBy: text, ...parameters }),
  }
}

/** Pairs in different orders, so that a sort that ignores case returns the pairs in different orders. */
const createdLetters = 'aABbcCDd'

/** By code points; or alphabetically as in collations, with lower or upper case first. */
const ordersOfCase = ['ABCDabcd', 'aAbBcCdD', 'AaBbCcDd']

export const sortByTextChecks: readonly Check[] = defineChecks(sortArea, [
  must('ascending-by-default', ['R-114'], {
    description: 'sortBy without sortOrder sorts in ascending order.',
    rationale: wrongOrder,
    remedy: 'Sort in ascending order if sortBy is given without sortOrder.',
    run: async context => {
      const { made, response } = await sortedByText(context)
      expectOrder(response, onlyThese(made, 1, 2, 0), 'ids in alphabetical order')
    },
  }),
  must('ascending', ['R-114'], {
    description: '`sortOrder=ascending` sorts in ascending order.',
    rationale: wrongOrder,
    remedy: 'Sort in ascending order for sortOrder=ascending.',
    run: async context => {
      const { made, response } = await sortedByText(context, { sortOrder: 'ascending' })
      expectOrder(response, onlyThese(made, 1, 2, 0), 'ids in alphabetical order')
    },
  }),
  must('descending', ['R-114'], {
    description: '`sortOrder=descending` sorts in descending order.',
    rationale: wrongOrder,
    remedy: 'Reverse the order for sortOrder=descending.',
    run: async context => {
      const { made, response } = await sortedByText(context, { sortOrder: 'descending' })
      expectOrder(response, onlyThese(made, 0, 2, 1), 'ids in reverse alphabetical order')
    },
  }),
  must('folds-case', ['R-115'], {
    description: 'Sorting ignores case if caseExact is false.',
    rationale: wrongOrder,
    remedy: 'Fold case before you compare attributes whose caseExact is false.',
    run: async context => {
      const { made, filter, text } = await createMarked(context, context.users, ['B', 'a', 'C', 'd'])
      if (findAttribute(context.users, text)?.caseExact) skip(`${text} is caseExact here.`)
      const response = await requestList(context, context.users, { filter, sortBy: text })
      expectOrder(response, onlyThese(made, 1, 0, 2, 3), 'ids in alphabetical order, ignoring case')
    },
  }),
  must('respects-case', ['R-115'], {
    description:
      'Sorting respects case if caseExact is true: strings that differ in case only have a defined order.',
    rationale: wrongOrder,
    remedy: 'Compare by code points where caseExact is true, or with a collation that distinguishes case.',
    run: async context => {
      if (findAttribute(context.users, 'externalId')?.caseExact === false)
        skip('externalId isn’t caseExact here.')
      const { filter } = await createAlike(context, mark =>
        [...createdLetters].map(letter => ({ externalId: `${mark}-${letter}` })),
      )
      const response = await requestList(context, context.users, { filter, sortBy: 'externalId' })
      const letters = listedResources(response).map(({ externalId }) => String(externalId).at(-1) ?? '')
      expectThat(
        ordersOfCase.includes(letters.join('')),
        `externalIds whose endings are in the order of one of ${ordersOfCase.join(', ')}`,
        letters.join(''),
        response,
      )
    },
  }),
])

export const sortAcrossPagesChecks: readonly Check[] = defineChecks(sortArea, [
  must('over-pages', ['R-114', 'R-122'], {
    description: 'The order continues across pages.',
    needs: ['index-paging'],
    rationale: 'Clients that read page by page see some entries twice and others never.',
    remedy: 'Sort the whole result before you split it into pages.',
    run: async context => {
      const { made, filter, text } = await createMarked(context, context.users, ['d', 'b', 'c', 'a'])
      const page = (startIndex: number) =>
        requestList(context, context.users, { filter, sortBy: text, startIndex, count: 2 })
      const first = await page(1)
      if (listedIds(first).length !== 2) skip('Pages contain fewer resources than count requests.')
      expectOrder(first, onlyThese(made, 3, 1), 'ids of the first page')
      expectOrder(await page(3), onlyThese(made, 2, 0), 'ids of the second page')
    },
  }),
  must('by-extension', ['R-114'], {
    description: 'sortBy supports extension attributes by their URN.',
    needs: ['enterprise'],
    rationale: wrongOrder,
    remedy: 'Resolve the path in sortBy like one in a filter, including its URN.',
    run: async context => {
      requireWritableAttribute(context.users, 'employeeNumber', enterpriseUrn)
      const { made, filter } = await createAlike(context, mark =>
        ['3', '1', '2'].map(number =>
          extensionValues(context, context.users, enterpriseUrn, { employeeNumber: `${mark}-${number}` }),
        ),
      )
      const response = await requestList(context, context.users, {
        filter,
        sortBy: `${enterpriseUrn}:employeeNumber`,
      })
      expectOrder(response, onlyThese(made, 1, 2, 0), 'ids in order of employee numbers')
    },
  }),
  must('groups', ['R-114'], {
    description: 'GET /Groups supports sorting: `sortBy=displayName`.',
    needs: ['groups'],
    rationale: wrongOrder,
    remedy: 'Support sorting for every type.',
    run: async context => {
      const mark = context.unique()
      const made: CreatedResource[] = []
      for (const letter of 'cab')
        made.push(await context.create(context.groups, { displayName: `${mark} ${letter}` }))
      const filter = await requireNarrowingFilter(context, context.groups, made, `displayName sw "${mark} "`)
      const response = await requestList(context, context.groups, { filter, sortBy: 'displayName' })
      expectStatus(response, 200)
      expectOrder(response, onlyThese(made, 1, 2, 0), 'ids in alphabetical order')
    },
  }),
  must('numbers', ['R-115'], {
    description: 'Sorting compares numbers by value: 10 comes after 9.',
    rationale: wrongOrder,
    remedy: 'Sort integers and decimals by value, not as strings.',
    run: async context => {
      const { type, name } = integerAttribute(context)
      const made: CreatedResource[] = []
      for (const value of [9, 10, 1]) made.push(await context.create(type, { [name]: value }))
      const filter = await requireNarrowingFilter(context, type, made)
      const response = await requestList(context, type, { filter, sortBy: name })
      expectOrder(response, onlyThese(made, 2, 0, 1), 'ids in order of the numbers')
    },
  }),
])
