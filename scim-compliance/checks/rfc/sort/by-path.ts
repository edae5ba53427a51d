import type { Check } from '../../../check.ts'
import { expectThat, resourcesIn, skip } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'
import type { Made, Stage } from '../../../stage.ts'
import { at, attributeOf, needWritable } from '../../tools/attributes.ts'
import { expectOrder, list } from '../../tools/lists.ts'
import { marked, narrow } from '../../tools/narrowed.ts'
import { checksOf } from '../checks-of.ts'
import { sortArea, wrongOrder } from './areas.ts'
import { alike, picked } from './sorted-users.ts'

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
  const filter = await narrow(stage, stage.users, made, `name.givenName eq "${mark}"`)
  return { made, filter }
}

const needOptionalFamilyName = ({ users }: Stage): void => {
  if (attributeOf(users, 'name.familyName')?.required) skip('Everybody has a family name here.')
}

export const checks: readonly Check[] = checksOf(sortArea, [
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
        const sorted = times.toSorted((one, other) => (sortOrder === 'ascending' ? one - other : other - one))
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
    level: 'SHOULD',
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
    level: 'SHOULD',
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
])
