import type { Check } from '../../../check.ts'
import type { Made } from '../../../stage.ts'
import { expectFound } from '../../tools/lists.ts'
import { checksOf, type Own } from '../checks-of.ts'
import { filterGrammarArea } from './areas.ts'
import { three } from './three-users.ts'

/** A, B and C in the expression stand for `text eq "mark a"` and so on; `hits` are those that it has to find. */
const logic = (own: Omit<Own, 'run' | 'level'>, expression: string, hits: string): Own => ({
  ...own,
  level: 'MUST',
  run: async stage => {
    const { mark, text, made } = await three(stage)
    const filter = expression.replace(/[ABC]/g, letter => `${text} eq "${mark} ${letter.toLowerCase()}"`)
    const isHit = (_: Made, index: number) => hits.includes('abc'.charAt(index))
    await expectFound(
      stage,
      stage.users,
      filter,
      made.filter(isHit),
      made.filter((one, index) => !isHit(one, index)),
    )
  },
})

const wrongPeople = 'Clients that combine conditions get the wrong users, and change or disable them.'

export const checks: readonly Check[] = checksOf(filterGrammarArea, [
  logic(
    {
      id: 'and',
      says: '`and` matches if both conditions do: nothing, if they exclude each other.',
      requirements: ['R-098'],
      matters: wrongPeople,
      mend: 'Evaluate both sides of and.',
    },
    'A and B',
    '',
  ),
  {
    id: 'and-of-two-attributes',
    level: 'MUST',
    says: 'Conditions on two attributes can be combined with `and`.',
    requirements: ['R-098'],
    matters:
      'Clients of AWS ask for groups by `id eq … and members eq …`; Microsoft’s tutorial does, too, and for managers likewise.',
    mend: 'Take any two expressions as sides of and.',
    run: async stage => {
      const { mark, text, made } = await three(stage)
      const [one, ...others] = made
      if (!one) return
      const filter = `${text} eq "${mark} a" and id eq ${JSON.stringify(one.id)}`
      await expectFound(stage, stage.users, filter, [one], others)
    },
  },
  logic(
    {
      id: 'or',
      says: '`or` matches if either condition does.',
      requirements: ['R-098'],
      matters: wrongPeople,
      mend: 'Evaluate both sides of or.',
    },
    'A or C',
    'ac',
  ),
  logic(
    {
      id: 'not',
      says: '`not (…)` matches if the condition doesn’t.',
      requirements: ['R-098'],
      matters: wrongPeople,
      mend: 'Evaluate not before a group in parentheses.',
    },
    'not (A) and not (B)',
    'c',
  ),
  logic(
    {
      id: 'and-before-or',
      says: '`a or b and c` is read as `a or (b and c)`.',
      requirements: ['R-105'],
      matters: wrongPeople,
      mend: 'Let and bind tighter than or.',
    },
    'A or B and C',
    'a',
  ),
  logic(
    {
      id: 'and-before-or-reversed',
      says: '`a and b or c` is read as `(a and b) or c`.',
      requirements: ['R-105'],
      matters: wrongPeople,
      mend: 'Let and bind tighter than or, whichever comes first.',
    },
    'A and B or C',
    'c',
  ),
  logic(
    {
      id: 'parentheses',
      says: 'Parentheses come before everything else: `(a or b) and b` finds b only.',
      requirements: ['R-105'],
      matters: wrongPeople,
      mend: 'Evaluate groups in parentheses first.',
    },
    '(A or B) and B',
    'b',
  ),
  logic(
    {
      id: 'not-before-and',
      says: '`not (a) and b` is read as `(not (a)) and b`.',
      requirements: ['R-105'],
      matters: wrongPeople,
      mend: 'Let not bind only the group that follows it.',
    },
    'not (A) and B',
    'b',
  ),
  logic(
    {
      id: 'nested-groups',
      says: 'Groups can stand in groups.',
      requirements: ['R-098', 'R-105'],
      matters: wrongPeople,
      mend: 'Parse groups recursively.',
    },
    '((A or (B and (B or C))) and not ((C)))',
    'ab',
  ),
  logic(
    {
      id: 'many-clauses',
      says: 'Ten conditions in a row are understood.',
      requirements: ['R-098'],
      matters: 'Clients that look several people up at once are refused, and fall back to nothing.',
      mend: 'Don’t limit the number of clauses to one or two.',
    },
    Array(5).fill('A or B').join(' or '),
    'ab',
  ),
])
