import type { Check } from '../../../check.ts'
import { expectStatus, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { expectFound, list } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { filterGrammarArea } from './areas.ts'
import { three } from './three-users.ts'

/** The same filter in the usual spelling was answered: a refusal is due to the spelling. */
const expectTaken = async (stage: Stage, filter: string): Promise<void> =>
  expectStatus(await list(stage, stage.users, { filter }), 200)

export const checks: readonly Check[] = checksOf(filterGrammarArea, [
  {
    id: 'operators-in-any-case',
    level: 'MUST',
    says: 'Operators are case insensitive: `Eq`, `OR`.',
    requirements: ['R-104'],
    matters: 'Some clients send `Eq` or `AND`; their look-ups would be refused, or find nobody.',
    mend: 'Compare operators without regard to case.',
    run: async stage => {
      const { mark, text, made } = await three(stage)
      const [one, two] = [`"${mark} a"`, `"${mark} b"`]
      await expectTaken(stage, `${text} Eq ${one}`)
      await expectFound(stage, stage.users, `${text} Eq ${one}`, made.slice(0, 1), made.slice(1))
      const either = [made.slice(0, 2), made.slice(2)] as const
      await expectFound(stage, stage.users, `${text} eq ${one} or ${text} eq ${two}`, ...either)
      await expectTaken(stage, `${text} eq ${one} OR ${text} eq ${two}`)
      await expectFound(stage, stage.users, `${text} eq ${one} OR ${text} eq ${two}`, ...either)
    },
  },
  {
    id: 'names-in-any-case',
    level: 'MUST',
    says: 'Attribute names in filters are case insensitive: `USERNAME eq`.',
    requirements: ['R-104'],
    matters: 'Clients write names as their mapping has them; `username eq` has to find the same person.',
    mend: 'Look names of attributes up without regard to case.',
    run: async stage => {
      const made = await stage.create(stage.users)
      const other = await stage.create(stage.users)
      const name = at(made.body, 'userName') ?? skip('Users have no userName.')
      await expectFound(stage, stage.users, `userName eq ${JSON.stringify(name)}`, [made], [other])
      for (const written of ['USERNAME', 'username']) {
        const filter = `${written} eq ${JSON.stringify(name)}`
        await expectTaken(stage, filter)
        await expectFound(stage, stage.users, filter, [made], [other])
      }
    },
  },
])
