import type { Check } from '../../../check.ts'
import { skip } from '../../../expect.ts'
import { at } from '../../tools/attributes.ts'
import { checksOf } from '../../tools/checks-of.ts'
import { expectFound } from '../../tools/lists.ts'
import { filterGrammarArea } from './areas.ts'
import { three } from './three-users.ts'

export const checks: readonly Check[] = checksOf(filterGrammarArea, [
  {
    id: 'operators-in-any-case',
    level: 'MUST',
    says: 'Operators are understood in upper and lower case: `Eq`, `AND`, `Or`.',
    requirements: ['R-104'],
    matters: 'Some clients send `Eq` or `AND`; their look-ups would be refused, or find nobody.',
    mend: 'Compare operators without regard to case.',
    run: async stage => {
      const { mark, text, made } = await three(stage)
      const filter = `${text} Eq "${mark} a" OR ${text} SW "${mark} b" AND ${text} Pr`
      await expectFound(stage, stage.users, filter, made.slice(0, 2), made.slice(2))
    },
  },
  {
    id: 'names-in-any-case',
    level: 'MUST',
    says: 'Names of attributes are understood in upper and lower case: `USERNAME eq`.',
    requirements: ['R-104'],
    matters: 'Clients write names as their mapping has them; `username eq` has to find the same person.',
    mend: 'Look names of attributes up without regard to case.',
    run: async stage => {
      const made = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      const name = at(made.body, 'userName') ?? skip('Users have no userName.')
      for (const written of ['USERNAME', 'username'])
        await expectFound(stage, stage.users, `${written} eq ${JSON.stringify(name)}`, [made], [other])
    },
  },
])
