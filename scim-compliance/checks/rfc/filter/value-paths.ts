import type { Check } from '../../../check.ts'
import type { Made, Stage } from '../../../stage.ts'
import { needWritable } from '../../tools/attributes.ts'
import { withEmails } from '../../tools/emails.ts'
import { expectFound } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { filterPathsArea } from './areas.ts'

/** One with a@ at work and b@ at home, and one with the types the other way round. */
const crossed = async (stage: Stage): Promise<{ mark: string; one: Made; two: Made }> => {
  needWritable(stage.users, 'emails.value', 'emails.type')
  const mark = stage.unique()
  const emails = (work: string, home: string) => [
    { type: 'work', value: `${work}-${mark}@example.com` },
    { type: 'home', value: `${home}-${mark}@example.org` },
  ]
  const one = await withEmails(stage, { emails: emails('a', 'b') })
  return { mark, one, two: await stage.create(stage.users, { emails: emails('b', 'a') }) }
}

const manyValued =
  'Clients search for users by any of their addresses, and link the wrong user or create a duplicate.'

export const checks: readonly Check[] = checksOf(filterPathsArea, [
  {
    id: 'sub-attributes',
    level: 'MUST',
    says: 'A part of a complex attribute is named with a dot: `name.familyName eq`.',
    requirements: ['R-098', 'R-108'],
    matters: 'Consoles search for users by family name.',
    mend: 'Resolve paths with one sub-attribute.',
    run: async stage => {
      needWritable(stage.users, 'name.familyName')
      const mark = stage.unique()
      const one = await stage.create(stage.users, { name: { givenName: 'Ann', familyName: mark } })
      const two = await stage.create(stage.users)
      await expectFound(stage, stage.users, `name.familyName eq "${mark}"`, [one], [two])
    },
  },
  {
    id: 'any-value',
    level: 'MUST',
    says: 'A multi-valued attribute matches when any of its values does: `emails.value eq`.',
    requirements: ['R-106'],
    matters: manyValued,
    mend: 'Compare every value, not only the first or the primary one.',
    run: async stage => {
      const { mark, one, two } = await crossed(stage)
      const filter = `emails.value eq "b-${mark}@example.org"`
      await expectFound(stage, stage.users, filter, [one], [two])
    },
  },
  {
    id: 'value-is-understood',
    level: 'MUST',
    says: 'A multi-valued attribute without a sub-attribute means its value: `emails co`.',
    requirements: ['R-106'],
    matters: manyValued,
    mend: 'Take value as the sub-attribute where a filter names none.',
    run: async stage => {
      const { mark, one, two } = await crossed(stage)
      await expectFound(stage, stage.users, `emails co "a-${mark}@example.com"`, [one], [two])
    },
  },
  {
    id: 'value-path',
    level: 'MUST',
    says: '`emails[type eq "work" and value sw "a"]` applies both conditions to the same value.',
    requirements: ['R-107'],
    matters: manyValued,
    mend: 'Evaluate what stands in brackets for one value at a time.',
    run: async stage => {
      const { mark, one, two } = await crossed(stage)
      const filter = `emails[type eq "work" and value sw "a-${mark}"]`
      await expectFound(stage, stage.users, filter, [one], [two])
    },
  },
  {
    id: 'without-value-path',
    level: 'MUST',
    says: 'Without brackets, conditions may be met by different values.',
    requirements: ['R-106'],
    matters: manyValued,
    mend: 'Join values only for what stands in brackets.',
    run: async stage => {
      const { mark, one, two } = await crossed(stage)
      const emails = [{ type: 'work', value: `c-${mark}@example.com` }]
      const other = await stage.create(stage.users, { emails })
      const filter = `emails.type eq "work" and emails.value sw "a-${mark}"`
      await expectFound(stage, stage.users, filter, [one, two], [other])
    },
  },
  {
    id: 'value-path-logic',
    level: 'MUST',
    says: '`or`, `not` and parentheses are understood in brackets.',
    requirements: ['R-098', 'R-107'],
    matters: manyValued,
    mend: 'Parse the whole grammar in brackets too.',
    run: async stage => {
      const { mark, one, two } = await crossed(stage)
      const filter = `emails[(value eq "a-${mark}@example.com" or value eq "b-${mark}@example.org") and not (type eq "home")]`
      await expectFound(stage, stage.users, filter, [one], [two])
    },
  },
  {
    id: 'value-path-combined',
    level: 'MUST',
    says: 'An expression in brackets can be combined with others.',
    requirements: ['R-098'],
    matters: manyValued,
    mend: 'Take an expression in brackets as a side of and and or.',
    run: async stage => {
      const { mark, one, two } = await crossed(stage)
      const filter = `emails[value sw "b-${mark}" and type eq "home"] and id pr`
      await expectFound(stage, stage.users, filter, [one], [two])
    },
  },
])
