import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, objectIn, resourcesIn, skip } from '../../../expect.ts'
import { at } from '../../tools/attributes.ts'
import { expectFound, list } from '../../tools/lists.ts'
import { searchedBy } from '../../tools/searched-by.ts'
import { checksOf } from '../checks-of.ts'
import { filterOperatorsArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(filterOperatorsArea, [
  {
    id: 'eq-string',
    level: 'MUST',
    says: '`userName eq` finds the one user with that userName, and totalResults is 1.',
    requirements: ['R-097', 'R-099'],
    matters:
      'Entra ID and Okta look everybody up like this first; a wrong answer makes duplicates or links the wrong person.',
    mend: 'Return only resources whose whole value is equal, and their number in totalResults.',
    run: async stage => {
      const made = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      const name = at(made.body, 'userName') ?? skip('Users have no userName.')
      const filter = `userName eq ${JSON.stringify(name)}`
      await expectFound(stage, stage.users, filter, [made], [other])
      const answer = await list(stage, stage.users, { filter })
      expectThat(
        resourcesIn(answer).length === 1,
        'one resource',
        resourcesIn(answer).map(({ userName }) => userName ?? null),
        answer,
      )
      const { totalResults } = objectIn(answer)
      if (totalResults !== undefined) expectEqual(totalResults, 1, 'totalResults', answer)
    },
  },
  {
    id: 'eq-whole-value',
    level: 'MUST',
    says: '`eq` compares the whole value: the beginning of a value matches nothing.',
    requirements: ['R-099'],
    matters: 'A client that searches for "ann" and gets "anna" links the wrong account.',
    mend: 'Compare for equality, not by a pattern or prefix.',
    run: async stage => {
      const mark = stage.unique()
      const { text, made } = await searchedBy(stage, stage.users, [`${mark} longer`])
      await expectFound(stage, stage.users, `${text} eq "${mark}"`, [], made)
    },
  },
  {
    id: 'eq-wildcards-are-text',
    level: 'MUST',
    says: 'Characters such as `*`, `%` and `_` stand for themselves in a filter.',
    requirements: ['R-099', 'R-100'],
    matters: 'A name with an underscore would match other people, and a client would change the wrong one.',
    mend: 'Escape the wildcards of your database in values of filters.',
    run: async stage => {
      const mark = stage.unique()
      const values = [`${mark} a_b%c`, `${mark} aXbYYc`]
      const { text, made } = await searchedBy(stage, stage.users, values)
      await expectFound(stage, stage.users, `${text} sw "${mark} a_b%"`, made.slice(0, 1), made.slice(1))
    },
  },
  {
    id: 'eq-id',
    level: 'MUST',
    says: '`id eq` finds a resource by its id.',
    requirements: ['R-099'],
    matters: 'Microsoft’s tutorial has `id eq … and manager eq …` for the question whether a manager is set.',
    mend: 'Make id available to filters, as every attribute is.',
    run: async stage => {
      const made = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      await expectFound(stage, stage.users, `id eq ${JSON.stringify(made.id)}`, [made], [other])
    },
  },
  {
    id: 'eq-external-id',
    level: 'MUST',
    says: '`externalId eq` finds a resource by the id that the client gave it.',
    requirements: ['R-099'],
    matters: 'Clients match by externalId; where it isn’t found they make the person a second time.',
    mend: 'Keep externalId as it was sent, and make it available to filters.',
    run: async stage => {
      const mark = stage.unique()
      const made = await stage.create(stage.users, { externalId: mark })
      const other = await stage.create(stage.users)
      await expectFound(stage, stage.users, `externalId eq "${mark}"`, [made], [other])
    },
  },
  {
    id: 'eq-group-name',
    level: 'MUST',
    says: '`displayName eq` finds a group.',
    requirements: ['R-099'],
    needs: ['groups'],
    matters: 'Entra ID looks groups up by displayName; where it isn’t found, groups are made twice.',
    mend: 'Evaluate filters on groups as on users.',
    run: async stage => {
      const made = await stage.create(stage.groups)
      const other = await stage.create(stage.groups)
      const name = at(made.body, 'displayName') ?? skip('Groups have no displayName.')
      const filter = `displayName eq ${JSON.stringify(name)}`
      await expectFound(stage, stage.groups, filter, [made], [other])
    },
  },
  {
    id: 'ne-string',
    level: 'MUST',
    says: '`ne` finds texts that are different.',
    requirements: ['R-099'],
    matters: 'A client that asks for everybody but one gets the one, or nobody.',
    mend: 'Evaluate ne as the opposite of eq.',
    run: async stage => {
      const mark = stage.unique()
      const { text, made } = await searchedBy(stage, stage.users, [`${mark} one`, `${mark} two`])
      await expectFound(stage, stage.users, `${text} ne "${mark} two"`, made.slice(0, 1), made.slice(1))
    },
  },
])
