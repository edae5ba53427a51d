import type { Check } from '../../../check.ts'
import { textOf } from '../../tools/attributes.ts'
import { checksOf, type Own } from '../../tools/checks-of.ts'
import { expectFound } from '../../tools/lists.ts'
import { filterOperatorsArea } from './areas.ts'
import { usersWith } from './users-with.ts'

const elsewhere = (mark: string): string => `elsewhere ${mark}x elsewhere`

/** `word` is in the first one's value and not in the second's, where the operator looks for it. */
const substring = (
  operator: string,
  where: string,
  word: (mark: string) => string,
  other: (mark: string) => string,
): Own => ({
  id: `${operator}-string`,
  level: 'MUST',
  says: `\`${operator}\` finds texts that ${where}, and no others.`,
  requirements: ['R-100'],
  matters:
    'Consoles and scripts look people up by a part of a name; without it they find nobody or everybody.',
  mend: `Evaluate ${operator} as table 3 has it: a match of a part of the text, at that place only.`,
  run: async stage => {
    const text = textOf(stage.users)
    const mark = stage.unique()
    const [one, two] = await usersWith(stage, text, [`${mark} Middle end${mark}`, other(mark)])
    if (one && two) await expectFound(stage, stage.users, `${text} ${operator} "${word(mark)}"`, [one], [two])
  },
})

/** Of b, c and d compared with c. */
const ordering = (operator: string, words: string, hits: readonly number[]): Own => ({
  id: `${operator}-string`,
  level: 'MUST',
  says: `\`${operator}\` finds texts that come ${words} in lexical order.`,
  requirements: ['R-102'],
  matters:
    'Clients split large directories by ranges of names; people outside of a wrong range are lost to them.',
  mend: `Compare strings lexically for ${operator}, by the attribute's caseExact.`,
  run: async stage => {
    const text = textOf(stage.users)
    const mark = stage.unique()
    const made = await usersWith(stage, text, [`${mark} b`, `${mark} c`, `${mark} d`])
    await expectFound(
      stage,
      stage.users,
      `${text} ${operator} "${mark} c"`,
      made.filter((_, index) => hits.includes(index)),
      made.filter((_, index) => !hits.includes(index)),
    )
  },
})

export const checks: readonly Check[] = checksOf(filterOperatorsArea, [
  substring('co', 'have another text in them', mark => `end${mark}`, elsewhere),
  substring('sw', 'begin with another text', mark => mark, elsewhere),
  substring(
    'ew',
    'end with another text',
    mark => `d${mark}`,
    mark => `elsewhere d${mark}x`,
  ),
  ordering('gt', 'after another', [2]),
  ordering('ge', 'after another or are equal to it', [1, 2]),
  ordering('lt', 'before another', [0]),
  ordering('le', 'before another or are equal to it', [0, 1]),
])
