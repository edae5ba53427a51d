import type { Check } from '../../../check.ts'
import { expectStatus, skip } from '../../../expect.ts'
import type { Made } from '../../../stage.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { extended, numberOf, writable } from '../../tools/attributes.ts'
import { expectOrder, idsIn, list } from '../../tools/lists.ts'
import { marked, narrow } from '../../tools/narrowed.ts'
import { checksOf } from '../checks-of.ts'
import { sortArea, wrongOrder } from './areas.ts'
import { alike, picked } from './sorted-users.ts'

export const checks: readonly Check[] = checksOf(sortArea, [
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
      const filter = await narrow(stage, stage.groups, made, `displayName sw "${mark} "`)
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
      const filter = await narrow(stage, type, made)
      const answer = await list(stage, type, { filter, sortBy: name })
      expectOrder(answer, picked(made, 2, 0, 1), 'ids in order of the numbers')
    },
  },
])
