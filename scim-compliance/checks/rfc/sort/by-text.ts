import type { Check } from '../../../check.ts'
import { expectThat, resourcesIn, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { attributeOf } from '../../tools/attributes.ts'
import { expectOrder, list, type Parameters } from '../../tools/lists.ts'
import { marked } from '../../tools/narrowed.ts'
import { checksOf } from '../checks-of.ts'
import { sortArea, wrongOrder } from './areas.ts'
import { alike, picked } from './sorted-users.ts'

/** Three users by a text of theirs: c, a and b. */
async function sortedByText(stage: Stage, parameters: Parameters = {}) {
  const { made, filter, text } = await marked(stage, stage.users, ['c', 'a', 'b'])
  return { made, answer: await list(stage, stage.users, { filter, sortBy: text, ...parameters }) }
}

/** Each pair in another order, so that a sort that ignores case leaves the pairs in different orders. */
const createdLetters = 'aABbcCDd'

/** By code points; or by the alphabet, as collations have it, small letters or capitals first. */
const ordersOfCase = ['ABCDabcd', 'aAbBcCdD', 'AaBbCcDd']

export const checks: readonly Check[] = checksOf(sortArea, [
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
    says: 'Texts that are caseExact are sorted with regard to case: two that differ in case only have one order.',
    requirements: ['R-115'],
    matters: wrongOrder,
    mend: 'Compare by code points where caseExact is true, or with a collation that distinguishes case.',
    run: async stage => {
      if (attributeOf(stage.users, 'externalId')?.caseExact === false)
        skip('externalId isn’t caseExact here.')
      const { filter } = await alike(stage, mark =>
        [...createdLetters].map(letter => ({ externalId: `${mark}-${letter}` })),
      )
      const answer = await list(stage, stage.users, { filter, sortBy: 'externalId' })
      const letters = resourcesIn(answer).map(({ externalId }) => String(externalId).at(-1) ?? '')
      expectThat(
        ordersOfCase.includes(letters.join('')),
        `externalIds that end in the order of one of ${ordersOfCase.join(', ')}`,
        letters.join(''),
        answer,
      )
    },
  },
])
