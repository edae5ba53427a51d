import type { Check } from '../../../check.ts'
import { expectStatus } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { expectFound, list } from '../../tools/lists.ts'
import { type SearchedBy, searchedBy } from '../../tools/searched-by.ts'
import { checksOf, type Own } from '../checks-of.ts'
import { filterGrammarArea } from './areas.ts'

/** A value that a filter has to read whole. */
const literal = (id: string, says: string, value: string, other: string, mend: string): Own => ({
  id,
  level: 'MUST',
  says,
  requirements: ['R-098'],
  matters: 'Users with such a character in a name or title aren’t found, so clients create duplicates.',
  mend,
  run: async stage => {
    const mark = stage.unique()
    const values = [`${mark} ${value}`, `${mark} ${other}`]
    const found = await searchedBy(stage, stage.users, values)
    await expectRead(stage, `${found.text} eq ${JSON.stringify(values[0])}`, found)
  },
})

/** `eq` on this attribute works for a plain value: a refusal is due to the value, and no optional feature. */
async function expectRead(stage: Stage, filter: string, { made, other }: SearchedBy): Promise<void> {
  expectStatus(await list(stage, stage.users, { filter }), 200)
  await expectFound(stage, stage.users, filter, made.slice(0, 1), [...made.slice(1), other])
}

export const checks: readonly Check[] = checksOf(filterGrammarArea, [
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
      const mark = stage.unique()
      const found = await searchedBy(stage, stage.users, [`${mark} é`, `${mark} e`])
      await expectRead(stage, `${found.text} eq "${mark} \\u00e9"`, found)
    },
  },
  {
    id: 'null',
    level: 'SHOULD',
    says: '`null` is understood as a value.',
    requirements: ['R-098'],
    matters: 'Clients that look for people without a value by `eq null` are refused.',
    mend: 'Take null as a value; it equals what is unassigned.',
    run: async stage => {
      const { text, made } = await searchedBy(stage, stage.users, [stage.unique()])
      await expectFound(stage, stage.users, `${text} ne null`, made)
      await expectFound(stage, stage.users, `${text} eq null`, [], made)
    },
  },
])
