import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectStatus, skip } from '../../expect.ts'
import { findAttribute, integerAttribute, valueIn } from '../steps/attributes.ts'
import { createFilterable, type FilterableResources } from '../steps/list-fixtures.ts'
import { expectFound, requestList } from '../steps/lists.ts'
import { filterGrammarArea, filterPathsArea } from './areas.ts'
import { type CheckDefinition, defineChecks, must, practice, should } from './define-checks.ts'

export const filterCaseExactChecks: readonly Check[] = defineChecks(filterPathsArea, [
  must('ignores-case', ['R-110'], {
    description: 'Filters on userName ignore case if its caseExact is false.',
    rationale:
      'Entra ID searches for Ann@ and the server has ann@. Entra creates a duplicate or runs into conflicts.',
    remedy: 'Ignore case for attributes whose caseExact is false.',
    run: async context => {
      if (findAttribute(context.users, 'userName')?.caseExact !== false) skip('userName is caseExact here.')
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      const name = String(valueIn(made.body, 'userName')).toUpperCase()
      await expectFound(context, context.users, `userName eq ${JSON.stringify(name)}`, [made], [other])
    },
  }),
  must('ignores-case-in-parts', ['R-110', 'R-100'], {
    description: '`co`, `sw` and `ew` ignore case if caseExact is false.',
    rationale: 'Searches in lower case find nothing.',
    remedy: 'Ignore case in substring comparisons as well.',
    run: async context => {
      const mark = context.unique()
      const names = ['title', 'nickName', 'displayName', 'userName'].filter(
        name => findAttribute(context.users, name)?.caseExact === false,
      )
      const { text, made, other } = await createFilterable(
        context,
        context.users,
        [`${mark} Middle ${mark}`],
        names,
      )
      for (const filter of [
        `${text} sw "${mark.toUpperCase()} MID"`,
        `${text} co "${mark} middle"`,
        `${text} ew "E ${mark.toUpperCase()}"`,
      ])
        await expectFound(context, context.users, filter, made, [other])
    },
  }),
  must('respects-case', ['R-110'], {
    description: 'Filters on attributes with caseExact true, such as externalId, respect case.',
    rationale: 'Directory IDs can differ in case only, so the wrong user would be linked.',
    remedy: 'Compare attributes whose caseExact is true with their case.',
    run: async context => {
      if (findAttribute(context.users, 'externalId')?.caseExact === false)
        skip('externalId isn’t caseExact here.')
      const mark = context.unique()
      const made = await context.create(context.users, { externalId: `${mark}-abc` })
      const other = await context.create(context.users)
      await expectFound(context, context.users, `externalId eq "${mark}-abc"`, [made], [other])
      await expectFound(context, context.users, `externalId eq "${mark}-ABC"`, [], [made])
    },
  }),
])

const minute = 60_000

const shifted = (time: number, minutes: number): string => new Date(time + minutes * minute).toISOString()

const createdOf = (made: CreatedResource): number => {
  const time = Date.parse(String(valueIn(made.body, 'meta', 'created')))
  return Number.isNaN(time) ? skip('New resources have no meta.created.') : time
}

const byTime = (operator: string, words: string, hit: number, miss: number): CheckDefinition =>
  must(`${operator}-time`, ['R-102', 'R-113'], {
    description: `\`meta.created ${operator}\` returns resources that were created ${words} a given time.`,
    rationale: 'Clients that request only new or changed resources miss some or read everything each time.',
    remedy: `Compare dateTime values of ${operator} by instant, including those of meta.`,
    run: async context => {
      const made = await context.create(context.users)
      const time = createdOf(made)
      await expectFound(context, context.users, `meta.created ${operator} "${shifted(time, hit)}"`, [made])
      await expectFound(
        context,
        context.users,
        `meta.created ${operator} "${shifted(time, miss)}"`,
        [],
        [made],
      )
    },
  })

const elsewhere = (time: number): string => shifted(time, 330).replace('Z', '+05:30')

export const filterTimeChecks: readonly Check[] = defineChecks(
  {
    area: 'filter',
    section: 'Filter',
    source: 'RFC 7644 §3.4.2.2, table 3',
    needs: ['write', 'users', 'filter'],
  },
  [
    byTime('gt', 'after', -1, 1),
    byTime('ge', 'at or after', -1, 1),
    byTime('lt', 'before', 1, -1),
    byTime('le', 'at or before', 1, -1),
    must('time-zones', ['R-102'], {
      description: 'Filters compare times with different offsets as instants, not as strings.',
      rationale:
        'A client in another time zone asks for the changes of the last hour and receives those of a different hour.',
      remedy: 'Apply the offset of a dateTime before you compare it.',
      run: async context => {
        const made = await context.create(context.users)
        const time = createdOf(made)
        const { users } = context
        await expectFound(context, users, `meta.created gt "${elsewhere(time - minute)}"`, [made])
        await expectFound(context, users, `meta.created gt "${elsewhere(time + minute)}"`, [], [made])
      },
    }),
    practice('changed-since', ['R-113'], {
      description: '`meta.lastModified gt` returns users that were modified later.',
      rationale: 'Reconciliation jobs read only what has changed since their last run, and would miss it.',
      remedy: 'Support meta.lastModified in filters, and update it with each change.',
      run: async context => {
        const made = await context.create(context.users)
        const time = Date.parse(String(valueIn(made.body, 'meta', 'lastModified')))
        if (Number.isNaN(time)) skip('New resources have no meta.lastModified.')
        await expectFound(context, context.users, `meta.lastModified gt "${shifted(time, -1)}"`, [made])
        await expectFound(context, context.users, `meta.lastModified gt "${shifted(time, 1)}"`, [], [made])
      },
    }),
    must('numbers', ['R-099', 'R-102'], {
      description: 'Filters compare numbers by value: 10 is greater than 9.',
      rationale: 'Searches by age, cost center or level find the wrong users.',
      remedy: 'Compare integers and decimals by value, not as strings.',
      run: async context => {
        const { type, name } = integerAttribute(context)
        const nine = await context.create(type, { [name]: 9 })
        const ten = await context.create(type, { [name]: 10 })
        await expectFound(context, type, `${name} gt 9`, [ten], [nine])
        await expectFound(context, type, `${name} le 9`, [nine], [ten])
        await expectFound(context, type, `${name} eq 10`, [ten], [nine])
      },
    }),
  ],
)

const literal = (
  id: string,
  description: string,
  value: string,
  other: string,
  remedy: string,
): CheckDefinition =>
  must(id, ['R-098'], {
    description,
    rationale: 'Users with such a character in a name or title aren’t found, so clients create duplicates.',
    remedy,
    run: async context => {
      const mark = context.unique()
      const values = [`${mark} ${value}`, `${mark} ${other}`]
      const found = await createFilterable(context, context.users, values)
      await expectRead(context, `${found.text} eq ${JSON.stringify(values[0])}`, found)
    },
  })

/** `eq` on this attribute works for a simple value, so a rejection is due to the value and not an optional feature. */
async function expectRead(
  context: CheckContext,
  filter: string,
  { made, other }: FilterableResources,
): Promise<void> {
  expectStatus(await requestList(context, context.users, { filter }), 200)
  await expectFound(context, context.users, filter, made.slice(0, 1), [...made.slice(1), other])
}

export const filterLiteralChecks: readonly Check[] = defineChecks(filterGrammarArea, [
  literal(
    'quotes-in-values',
    'Filters accept a quotation mark in a value, written as `\\"`.',
    'say "hello"',
    'say hello',
    'Parse filter values as JSON strings, including escapes.',
  ),
  literal(
    'backslashes-in-values',
    'Filters accept a backslash in a value, written as `\\\\`.',
    'DOMAIN\\name',
    'DOMAINname',
    'Parse filter values as JSON strings, including escapes.',
  ),
  literal(
    'operators-in-values',
    'Operators and brackets in a value have no special meaning: `"a and (b] or c"`.',
    'r and (d] or not [x pr',
    'r and d',
    'Use a lexer that recognizes strings instead of splitting at " and ".',
  ),
  literal(
    'plus-and-ampersand-in-values',
    'Filters accept plus and ampersand in a value, percent-encoded in the URL.',
    'a+b&c=d%20e',
    'a b',
    'Decode the query exactly once.',
  ),
  literal(
    'non-ascii-values',
    'Filters compare non-ASCII characters unchanged.',
    'Žofie 漢字 😀',
    'Zofie',
    'Decode the URL as UTF-8, and support four-byte characters in your database.',
  ),
  must('unicode-escapes-in-values', ['R-098'], {
    description: 'Filters decode a letter that is written as `\\u00e9`.',
    rationale:
      'Clients whose JSON library escapes non-ASCII characters find no user with an accent in the name.',
    remedy: 'Parse filter values as JSON strings, including escapes.',
    run: async context => {
      const mark = context.unique()
      const found = await createFilterable(context, context.users, [`${mark} é`, `${mark} e`])
      await expectRead(context, `${found.text} eq "${mark} \\u00e9"`, found)
    },
  }),
  should('null', ['R-098'], {
    description: 'Filters accept the value `null`.',
    rationale: 'Clients that search for unassigned attributes with `eq null` are rejected.',
    remedy: 'Accept null as a value, which matches unassigned attributes.',
    run: async context => {
      const { text, made } = await createFilterable(context, context.users, [context.unique()])
      await expectFound(context, context.users, `${text} ne null`, made)
      await expectFound(context, context.users, `${text} eq null`, [], made)
    },
  }),
])
