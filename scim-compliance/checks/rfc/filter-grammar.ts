import type { Check } from '../../check.ts'
import { skip } from '../../expect.ts'
import type { Made, Stage } from '../../stage.ts'
import { at, textOf } from '../tools/attributes.ts'
import { checksOf, type Own } from '../tools/checks-of.ts'
import { expectFound } from '../tools/lists.ts'

/** Three users, a, b and c, and what tells them apart. */
type Three = { readonly mark: string; readonly text: string; readonly made: readonly Made[] }

const three = async (stage: Stage): Promise<Three> => {
  const text = textOf(stage.users)
  const mark = stage.unique()
  const made: Made[] = []
  for (const letter of 'abc') made.push(await stage.create(stage.users, { [text]: `${mark} ${letter}` }))
  return { mark, text, made }
}

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

/** A value that a filter has to read whole. */
const literal = (id: string, says: string, value: string, other: string, mend: string): Own => ({
  id,
  level: 'MUST',
  says,
  requirements: ['R-098'],
  matters:
    'People with such a character in their name or title can’t be looked up, so they are made again and again.',
  mend,
  run: async stage => {
    const text = textOf(stage.users)
    const mark = stage.unique()
    const one = await stage.create(stage.users, { [text]: `${mark} ${value}` })
    const two = await stage.create(stage.users, { [text]: `${mark} ${other}` })
    await expectFound(stage, stage.users, `${text} eq ${JSON.stringify(`${mark} ${value}`)}`, [one], [two])
  },
})

const wrongPeople = 'Clients that combine conditions get the wrong people, and change or disable them.'

export const checks: readonly Check[] = checksOf(
  {
    area: 'filter',
    section: 'Filter',
    source: 'RFC 7644 §3.4.2.2, figure 1',
    needs: ['write', 'users', 'filter'],
  },
  [
    logic(
      {
        id: 'and',
        says: '`and` finds who meets both conditions: nobody, when they exclude each other.',
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
      matters: 'Entra ID asks for groups by `id eq … and members eq …`, and for managers likewise.',
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
        says: '`or` finds who meets either condition.',
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
        says: '`not (…)` finds who doesn’t meet a condition.',
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
    {
      id: 'operators-in-any-case',
      level: 'MUST',
      says: 'Operators are understood in upper and lower case: `Eq`, `AND`, `Or`.',
      requirements: ['R-104'],
      matters: 'Some clients send `Eq` or `AND`; they are refused, or find nobody.',
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
    literal(
      'quotes-in-values',
      'A quotation mark in a value is written as `\\"` and understood.',
      'say "hello"',
      'say hello',
      'Read values as JSON strings, escapes included.',
    ),
    literal(
      'backslashes-in-values',
      'A backslash in a value is written as `\\\\` and understood.',
      'DOMAIN\\name',
      'DOMAINname',
      'Read values as JSON strings, escapes included.',
    ),
    literal(
      'operators-in-values',
      'Words and brackets in a value are text: `"a and (b] or c"`.',
      'r and (d] or not [x pr',
      'r and d',
      'Split a filter by a lexer that knows strings, not by searching for " and ".',
    ),
    literal(
      'plus-and-ampersand-in-values',
      'Plus and ampersand in a value, percent-encoded in the address, are understood.',
      'a+b&c=d%20e',
      'a b',
      'Decode the query once, and only once.',
    ),
    literal(
      'non-ascii-values',
      'Letters beyond ASCII are compared as they are.',
      'Žofie 漢字 😀',
      'Zofie',
      'Read the address as UTF-8, and keep four-byte characters in your database.',
    ),
    {
      id: 'unicode-escapes-in-values',
      level: 'MUST',
      says: 'A letter written as `\\u00e9` is the letter.',
      requirements: ['R-098'],
      matters: 'Clients whose JSON library escapes beyond ASCII find nobody with an accent in the name.',
      mend: 'Read values as JSON strings, escapes included.',
      run: async stage => {
        const text = textOf(stage.users)
        const mark = stage.unique()
        const one = await stage.create(stage.users, { [text]: `${mark} é` })
        const two = await stage.create(stage.users, { [text]: `${mark} e` })
        await expectFound(stage, stage.users, `${text} eq "${mark} \\u00e9"`, [one], [two])
      },
    },
    {
      id: 'null',
      level: 'MUST',
      says: '`null` is understood as a value.',
      requirements: ['R-098'],
      matters: 'Clients that look for people without a value by `eq null` are refused.',
      mend: 'Take null as a value; it equals what is unassigned.',
      run: async stage => {
        const text = textOf(stage.users)
        const made = await stage.create(stage.users, { [text]: stage.unique() })
        await expectFound(stage, stage.users, `${text} ne null`, [made])
        await expectFound(stage, stage.users, `${text} eq null`, [], [made])
      },
    },
  ],
)
