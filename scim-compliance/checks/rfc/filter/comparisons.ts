import type { Check } from '../../../check.ts'
import { expectFound } from '../../tools/lists.ts'
import { searchedBy } from '../../tools/searched-by.ts'
import { checksOf, type Own } from '../checks-of.ts'
import { filterOperatorsArea } from './areas.ts'

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
  says: `\`${operator}\` finds strings that ${where}, and no others.`,
  requirements: ['R-100'],
  matters:
    'Consoles and scripts search for people by part of a name; a wrong match finds nobody, or everybody.',
  mend: `Evaluate ${operator} as table 3 has it: a match of a part of the text, at that place only.`,
  run: async stage => {
    const mark = stage.unique()
    const values = [`${mark} Middle end${mark}`, other(mark)]
    const { text, made, other: third } = await searchedBy(stage, stage.users, values)
    const filter = `${text} ${operator} "${word(mark)}"`
    await expectFound(stage, stage.users, filter, made.slice(0, 1), [...made.slice(1), third])
  },
})

/** Of b, c and d compared with c. */
const ordering = (operator: string, words: string, hits: readonly number[]): Own => ({
  id: `${operator}-string`,
  level: 'MUST',
  says: `\`${operator}\` finds strings that come ${words} in lexicographical order.`,
  requirements: ['R-102'],
  matters:
    'Clients split large directories into ranges of names; they never see people whom a wrong range leaves out.',
  mend: `Compare strings lexically for ${operator}, by the attribute's caseExact.`,
  run: async stage => {
    const mark = stage.unique()
    const { text, made } = await searchedBy(stage, stage.users, [`${mark} b`, `${mark} c`, `${mark} d`])
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
