import type { Check } from '../../../check.ts'
import { skip } from '../../../expect.ts'
import { at, attributeOf } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { searchedBy } from '../../tools/searched-by.ts'
import { checksOf } from '../checks-of.ts'
import { filterPathsArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(filterPathsArea, [
  {
    id: 'ignores-case',
    level: 'MUST',
    says: 'userName is compared by its caseExact: without regard to case, where that is false.',
    requirements: ['R-110'],
    matters:
      'Entra ID looks for Ann@ and the server has ann@: it makes the person a second time, or ends in conflicts.',
    mend: 'Fold case when you compare attributes whose caseExact is false.',
    run: async stage => {
      if (attributeOf(stage.users, 'userName')?.caseExact !== false) skip('userName is caseExact here.')
      const made = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      const name = String(at(made.body, 'userName')).toUpperCase()
      await expectFound(stage, stage.users, `userName eq ${JSON.stringify(name)}`, [made], [other])
    },
  },
  {
    id: 'ignores-case-in-parts',
    level: 'MUST',
    says: '`co`, `sw` and `ew` follow caseExact too.',
    requirements: ['R-110', 'R-100'],
    matters: 'Searches in lower case find nothing.',
    mend: 'Fold case also when you compare parts of texts.',
    run: async stage => {
      const mark = stage.unique()
      const names = ['title', 'nickName', 'displayName', 'userName'].filter(
        name => attributeOf(stage.users, name)?.caseExact === false,
      )
      const { text, made, other } = await searchedBy(stage, stage.users, [`${mark} Middle ${mark}`], names)
      for (const filter of [
        `${text} sw "${mark.toUpperCase()} MID"`,
        `${text} co "${mark} middle"`,
        `${text} ew "E ${mark.toUpperCase()}"`,
      ])
        await expectFound(stage, stage.users, filter, made, [other])
    },
  },
  {
    id: 'respects-case',
    level: 'MUST',
    says: 'Attributes that are caseExact are compared with regard to case: externalId.',
    requirements: ['R-110'],
    matters: 'Ids of directories differ by case only; the wrong person would be linked.',
    mend: 'Compare attributes whose caseExact is true as they are.',
    run: async stage => {
      if (attributeOf(stage.users, 'externalId')?.caseExact === false)
        skip('externalId isn’t caseExact here.')
      const mark = stage.unique()
      const made = await stage.create(stage.users, { externalId: `${mark}-abc` })
      const other = await stage.create(stage.users)
      await expectFound(stage, stage.users, `externalId eq "${mark}-abc"`, [made], [other])
      await expectFound(stage, stage.users, `externalId eq "${mark}-ABC"`, [], [made])
    },
  },
])
