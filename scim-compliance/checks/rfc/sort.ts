import type { Check } from '../../check.ts'
import { expectStatus, expectThat, resourcesIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { at, attributeOf, extended, needWritable, numberOf, textOf, writable } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { expectOrder, idsIn, list, marked, needFound, type Parameters } from '../tools/lists.ts'

const wrongOrder = 'Consoles that show people in pages by name show them in no order, and pages that overlap.'

/** Some users with a mark in their names, and a filter that finds just them. */
async function named(stage: Stage, families: readonly (string | undefined)[]) {
  needWritable(stage.users, 'name.familyName', 'name.givenName')
  const mark = stage.unique()
  const made: Made[] = []
  for (const familyName of families)
    made.push(
      await stage.create(stage.users, {
        name: { givenName: mark, ...(familyName === undefined ? {} : { familyName }) },
      }),
    )
  const filter = `name.givenName eq "${mark}"`
  await needFound(stage, stage.users, filter, made)
  return { made, filter }
}

/** Some users with one text, who differ in what is given, and a filter that finds just them. */
async function alike(stage: Stage, bodiesWith: (mark: string) => readonly JsonObject[]) {
  const text = textOf(stage.users)
  const mark = stage.unique()
  const made: Made[] = []
  for (const body of bodiesWith(mark))
    made.push(await stage.create(stage.users, { ...body, [text]: `${mark} x` }))
  const filter = `${text} eq "${mark} x"`
  await needFound(stage, stage.users, filter, made)
  return { made, filter }
}

/** Three users by a text of theirs: c, a and b. */
async function sortedByText(stage: Stage, parameters: Parameters = {}) {
  const { made, filter, text } = await marked(stage, stage.users, ['c', 'a', 'b'])
  return { made, answer: await list(stage, stage.users, { filter, sortBy: text, ...parameters }) }
}

const needOptionalFamilyName = ({ users }: Stage): void => {
  if (attributeOf(users, 'name.familyName')?.required) skip('Everybody has a family name here.')
}

const picked = (made: readonly Made[], ...order: readonly number[]): readonly Made[] =>
  order.flatMap(index => made[index] ?? [])

export const checks: readonly Check[] = checksOf(
  {
    area: 'sort',
    section: 'Sorting',
    source: 'RFC 7644 §3.4.2.3',
    needs: ['write', 'users', 'sort', 'filter'],
  },
  [
    {
      id: 'ascending-by-default',
      level: 'MUST',
      says: 'sortBy without sortOrder sorts in ascending order.',
      requirements: ['R-114'],
      matters: wrongOrder,
      mend: 'Take ascending where sortBy is given and sortOrder isn’t.',
      run: async stage => {
        const { made, answer } = await sortedByText(stage)
        expectOrder(answer, picked(made, 1, 2, 0), 'ids in order of the alphabet')
      },
    },
    {
      id: 'ascending',
      level: 'MUST',
      says: '`sortOrder=ascending` sorts in ascending order.',
      requirements: ['R-114'],
      matters: wrongOrder,
      mend: 'Take sortOrder=ascending for what it says.',
      run: async stage => {
        const { made, answer } = await sortedByText(stage, { sortOrder: 'ascending' })
        expectOrder(answer, picked(made, 1, 2, 0), 'ids in order of the alphabet')
      },
    },
    {
      id: 'descending',
      level: 'MUST',
      says: '`sortOrder=descending` reverses the order.',
      requirements: ['R-114'],
      matters: wrongOrder,
      mend: 'Reverse the order for sortOrder=descending.',
      run: async stage => {
        const { made, answer } = await sortedByText(stage, { sortOrder: 'descending' })
        expectOrder(answer, picked(made, 0, 2, 1), 'ids against the order of the alphabet')
      },
    },
    {
      id: 'folds-case',
      level: 'MUST',
      says: 'Texts that aren’t caseExact are sorted without regard to case.',
      requirements: ['R-115'],
      matters: wrongOrder,
      mend: 'Fold case before you compare, where caseExact is false.',
      run: async stage => {
        const { made, filter, text } = await marked(stage, stage.users, ['B', 'a', 'C', 'd'])
        if (attributeOf(stage.users, text)?.caseExact) skip(`${text} is caseExact here.`)
        const answer = await list(stage, stage.users, { filter, sortBy: text })
        expectOrder(answer, picked(made, 1, 0, 2, 3), 'ids in order of the alphabet, whatever the case')
      },
    },
    {
      id: 'respects-case',
      level: 'MUST',
      says: 'Texts that are caseExact are sorted with regard to case: capitals first.',
      requirements: ['R-115'],
      matters: wrongOrder,
      mend: 'Compare by code points where caseExact is true.',
      run: async stage => {
        if (attributeOf(stage.users, 'externalId')?.caseExact === false)
          skip('externalId isn’t caseExact here.')
        const { made, filter } = await alike(stage, mark =>
          ['a', 'B', 'c', 'D'].map(letter => ({ externalId: `${mark}-${letter}` })),
        )
        const answer = await list(stage, stage.users, { filter, sortBy: 'externalId' })
        expectOrder(answer, picked(made, 1, 3, 0, 2), 'ids with capitals first')
      },
    },
    {
      id: 'by-time',
      level: 'MUST',
      says: 'Times are sorted as moments: `sortBy=meta.created`.',
      requirements: ['R-115'],
      matters: 'Clients that read the newest first and stop at what they know miss some.',
      mend: 'Sort dateTime attributes by the moment, also those below meta.',
      run: async stage => {
        const { filter } = await marked(stage, stage.users, ['1', '2', '3'])
        for (const sortOrder of ['ascending', 'descending']) {
          const answer = await list(stage, stage.users, { filter, sortBy: 'meta.created', sortOrder })
          const times = resourcesIn(answer).map(one => Date.parse(String(at(one, 'meta', 'created'))))
          if (times.some(Number.isNaN)) skip('meta.created isn’t shown.')
          const sorted = times.toSorted((one, other) =>
            sortOrder === 'ascending' ? one - other : other - one,
          )
          expectThat(times.join() === sorted.join(), `meta.created ${sortOrder}`, times, answer)
        }
      },
    },
    {
      id: 'by-sub-attribute',
      level: 'MUST',
      says: 'A part of a complex attribute can be sorted by: `sortBy=name.familyName`.',
      requirements: ['R-116'],
      matters: wrongOrder,
      mend: 'Resolve the path of sortBy as that of a filter.',
      run: async stage => {
        const { made, filter } = await named(stage, ['Young', 'Adams', 'Miller'])
        const answer = await list(stage, stage.users, { filter, sortBy: 'name.familyName' })
        expectOrder(answer, picked(made, 1, 2, 0), 'ids in order of family names')
      },
    },
    {
      id: 'by-primary',
      level: 'MUST',
      says: 'Of a multi-valued attribute, the primary value counts.',
      requirements: ['R-116'],
      matters: wrongOrder,
      mend: 'Sort by the value that is primary, else by the first one.',
      run: async stage => {
        needWritable(stage.users, 'emails.value', 'emails.primary', 'emails.type')
        const emails = (mark: string, work: string, home: string): readonly JsonObject[] => [
          { type: 'work', value: `${work}-${mark}@example.com` },
          { type: 'home', value: `${home}-${mark}@example.com`, primary: true },
        ]
        const { made, filter } = await alike(stage, mark => [
          { emails: emails(mark, 'a', 'z') },
          { emails: emails(mark, 'b', 'y') },
        ])
        if (made.some(({ body }) => !Array.isArray(body.emails) || body.emails.length < 2))
          skip('The server keeps one email address only.')
        const answer = await list(stage, stage.users, { filter, sortBy: 'emails.value' })
        expectOrder(answer, picked(made, 1, 0), 'ids in order of the primary addresses')
      },
    },
    {
      id: 'without-value-last',
      level: 'MUST',
      says: 'Those without a value come last in ascending order.',
      requirements: ['R-117'],
      matters: wrongOrder,
      mend: 'Put unassigned values last when you sort in ascending order (NULLS LAST).',
      run: async stage => {
        needOptionalFamilyName(stage)
        const { made, filter } = await named(stage, ['Young', undefined, 'Adams'])
        const answer = await list(stage, stage.users, { filter, sortBy: 'name.familyName' })
        expectOrder(answer, picked(made, 2, 0, 1), 'ids with the nameless last')
      },
    },
    {
      id: 'without-value-first',
      level: 'MUST',
      says: 'Those without a value come first in descending order.',
      requirements: ['R-117'],
      matters: wrongOrder,
      mend: 'Put unassigned values first when you sort in descending order (NULLS FIRST).',
      run: async stage => {
        needOptionalFamilyName(stage)
        const { made, filter } = await named(stage, ['Young', undefined, 'Adams'])
        const answer = await list(stage, stage.users, {
          filter,
          sortBy: 'name.familyName',
          sortOrder: 'descending',
        })
        expectOrder(answer, picked(made, 1, 0, 2), 'ids with the nameless first')
      },
    },
    {
      id: 'over-pages',
      level: 'MUST',
      says: 'The order goes on from page to page.',
      requirements: ['R-114', 'R-122'],
      needs: ['index-paging'],
      matters: 'Clients that read page by page see some twice and others never.',
      mend: 'Sort the whole result before you cut pages out of it.',
      run: async stage => {
        const { made, filter, text } = await marked(stage, stage.users, ['d', 'b', 'c', 'a'])
        const page = (startIndex: number) =>
          list(stage, stage.users, { filter, sortBy: text, startIndex, count: 2 })
        const first = await page(1)
        if (idsIn(first).length !== 2) skip('Pages aren’t as large as count asks for.')
        expectOrder(first, picked(made, 3, 1), 'ids of the first page')
        expectOrder(await page(3), picked(made, 2, 0), 'ids of the second page')
      },
    },
    {
      id: 'by-extension',
      level: 'MUST',
      says: 'Attributes of extensions can be sorted by, named by their URN.',
      requirements: ['R-114'],
      needs: ['enterprise'],
      matters: wrongOrder,
      mend: 'Resolve the path of sortBy as that of a filter, URN included.',
      run: async stage => {
        writable(stage.users, 'employeeNumber', enterpriseUrn)
        const { made, filter } = await alike(stage, mark =>
          ['3', '1', '2'].map(number =>
            extended(stage, stage.users, enterpriseUrn, { employeeNumber: `${mark}-${number}` }),
          ),
        )
        const answer = await list(stage, stage.users, { filter, sortBy: `${enterpriseUrn}:employeeNumber` })
        expectOrder(answer, picked(made, 1, 2, 0), 'ids in order of employee numbers')
      },
    },
    {
      id: 'groups',
      level: 'MUST',
      says: 'Groups are sorted too: `sortBy=displayName`.',
      requirements: ['R-114'],
      needs: ['groups'],
      matters: wrongOrder,
      mend: 'Sort lists of every type.',
      run: async stage => {
        const mark = stage.unique()
        const made: Made[] = []
        for (const letter of 'cab')
          made.push(await stage.create(stage.groups, { displayName: `${mark} ${letter}` }))
        const filter = `displayName sw "${mark} "`
        await needFound(stage, stage.groups, filter, made)
        const answer = await list(stage, stage.groups, { filter, sortBy: 'displayName' })
        expectStatus(answer, 200)
        expectOrder(answer, picked(made, 1, 2, 0), 'ids in order of the alphabet')
      },
    },
    {
      id: 'numbers',
      level: 'MUST',
      says: 'Numbers are sorted as numbers: 10 comes after 9.',
      requirements: ['R-115'],
      matters: wrongOrder,
      mend: 'Sort integers and decimals by value, not as texts.',
      run: async stage => {
        const { type, name } = numberOf(stage)
        const made: Made[] = []
        for (const value of [9, 10, 1]) made.push(await stage.create(type, { [name]: value }))
        const filter = made.map(({ id }) => `id eq ${JSON.stringify(id)}`).join(' or ')
        await needFound(stage, type, filter, made)
        const answer = await list(stage, type, { filter, sortBy: name })
        expectOrder(answer, picked(made, 2, 0, 1), 'ids in order of the numbers')
      },
    },
  ],
)
