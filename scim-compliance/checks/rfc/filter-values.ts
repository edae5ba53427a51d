import type { Check, CheckContext } from '../../check.ts'
import { skip } from '../../expect.ts'
import { over } from '../forms.ts'
import { findAttribute, integerAttribute, valueIn } from '../steps/attributes.ts'
import { matching } from '../steps/list-fixtures.ts'
import { expectFound, listedIds, requestList } from '../steps/lists.ts'
import { filterGrammarArea, filterOperatorsArea, filterPathsArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const caseChecks = defineChecks(filterPathsArea, [
  must('ignores-case', ['R-110'], {
    description: 'Filters on userName ignore case if its caseExact is false.',
    rationale:
      'Entra ID searches for Ann@ and the server has ann@. Entra creates a duplicate or runs into conflicts.',
    remedy: 'Ignore case for attributes whose caseExact is false.',
    run: async context => {
      if (findAttribute(context.users, 'userName')?.caseExact !== false) skip('userName is caseExact here.')
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      const name = String(valueIn(made.body, 'userName'))
      for (const written of [name.toUpperCase(), name.toLowerCase()])
        await expectFound(context, context.users, `userName eq ${JSON.stringify(written)}`, [made], [other])
    },
  }),
  must('ignores-case-in-parts', ['R-110', 'R-100'], {
    description: '`co`, `sw` and `ew` ignore case if caseExact is false.',
    rationale: 'Searches in lower case find nothing.',
    remedy: 'Ignore case in substring comparisons as well.',
    after: ['rfc/filter/ignores-case', 'rfc/filter/substrings'],
    run: matching({
      values: ['$mark Middle $mark', 'elsewhere'],
      fits: ({ users }, name) => findAttribute(users, name)?.caseExact === false,
      filters: { '$text sw "$MARK MID"': [0], '$text co "$mark middle"': [0], '$text ew "E $MARK"': [0] },
    }),
  }),
])

const shifted = (time: number, minutes: number): string => new Date(time + minutes * 60_000).toISOString()

const inIndia = (time: string): string => shifted(Date.parse(time), 330).replace('Z', '+05:30')

/** Expects a new user to match its time in meta shifted by these minutes, and not the time shifted in the other direction. */
const byTime =
  (name: 'created' | 'lastModified', operator: string, minutes: number, write = (time: string) => time) =>
  async (context: CheckContext): Promise<void> => {
    const made = await context.create(context.users)
    const time = Date.parse(String(valueIn(made.body, 'meta', name)))
    if (Number.isNaN(time)) skip(`New resources have no meta.${name}.`)
    const filter = (by: number) => `meta.${name} ${operator} "${write(shifted(time, by))}"`
    await expectFound(context, context.users, filter(minutes), [made])
    await expectFound(context, context.users, filter(-minutes), [], [made])
  }

const orderChecks = defineChecks(filterOperatorsArea, [
  must('order-of-times', ['R-102', 'R-113'], {
    description:
      '`gt`, `ge`, `lt` and `le` on `meta.created` return resources by the time of their creation.',
    rationale: 'Clients that request only new or changed resources miss some or read everything each time.',
    remedy: 'Compare dateTime values by instant, including those of meta.',
    after: ['rfc/filter/takes-order'],
    ...over({ gt: -1, ge: -1, lt: 1, le: 1 }, (minutes, operator) => byTime('created', operator, minutes)),
  }),
  must('time-zones', ['R-102'], {
    description: 'Filters compare times with different offsets as instants, not as strings.',
    rationale:
      'A client in another time zone asks for the changes of the last hour and receives those of a different hour.',
    remedy: 'Apply the offset of a dateTime before you compare it.',
    after: ['rfc/filter/order-of-times'],
    run: byTime('created', 'gt', -1, inIndia),
  }),
  practice('changed-since', ['R-113'], {
    description: '`meta.lastModified gt` returns users that were modified later.',
    rationale: 'Reconciliation jobs read only what has changed since their last run, and would miss it.',
    remedy: 'Support meta.lastModified in filters, and update it with each change.',
    after: ['rfc/filter/order-of-times'],
    run: byTime('lastModified', 'gt', -1),
  }),
  must('numbers', ['R-099', 'R-102'], {
    description: 'Filters compare numbers by value: 10 is greater than 9.',
    rationale: 'Searches by age, cost center or level find the wrong users.',
    remedy: 'Compare integers and decimals by value, not as strings.',
    after: ['rfc/filter/order'],
    run: async context => {
      const { type, name } = integerAttribute(context)
      const nine = await context.create(type, { [name]: 9 })
      const ten = await context.create(type, { [name]: 10 })
      await expectFound(context, type, `${name} gt 9`, [ten], [nine])
      await expectFound(context, type, `${name} le 9`, [nine], [ten])
      await expectFound(context, type, `${name} eq 10`, [ten], [nine])
    },
  }),
])

/** `eq` works for a simple value, so a rejection is due to this one. */
const findsLiteral = (value: string, other: string, written = JSON.stringify(value).slice(1, -1)) =>
  matching({
    values: [`$mark ${value}`, `$mark ${other}`],
    filters: { [`$text eq "$mark ${written}"`]: [0] },
    isSupported: true,
  })

/** Where `and` between conditions is evaluated wrongly, one in a value proves nothing. */
const unlessAndIsWrong =
  (run: (context: CheckContext) => Promise<void>) =>
  async (context: CheckContext): Promise<void> => {
    const { sent } = await context.create(context.users)
    const filter = `userName eq ${JSON.stringify(sent.userName)} and userName eq "nobody"`
    const response = await requestList(context, context.users, { filter })
    if (response.status === 200 && listedIds(response).length > 0)
      skip('`and` is evaluated wrongly.', 'rfc/filter/and')
    await run(context)
  }

const literalChecks = defineChecks(filterGrammarArea, [
  must('values', ['R-098'], {
    description:
      'Filters accept any character in a value: escaped quotation marks and backslashes, operators, encoded plus and ampersand, non-ASCII.',
    rationale: 'Users with such a character in a name or title aren’t found, so clients create duplicates.',
    remedy:
      'Decode the query once, as UTF-8. Parse filter values as JSON strings with a lexer, instead of splitting at " and ".',
    after: ['rfc/filter/eq-whole-value'],
    each: {
      'quotation marks': findsLiteral('say "hello"', 'say hello'),
      backslashes: findsLiteral('DOMAIN\\name', 'DOMAINname'),
      operators: unlessAndIsWrong(findsLiteral('r and (d] or not [x pr', 'r and d')),
      'plus and ampersand': findsLiteral('a+b&c=d%20e', 'a b'),
      'non-ASCII characters': findsLiteral('Žofie 漢字 😀', 'Zofie'),
    },
  }),
  must('unicode-escapes-in-values', ['R-098'], {
    description: 'Filters decode a letter that is written as `\\u00e9`.',
    rationale:
      'Clients whose JSON library escapes non-ASCII characters find no user with an accent in the name.',
    remedy: 'Parse filter values as JSON strings, including escapes.',
    after: ['rfc/filter/values'],
    run: findsLiteral('é', 'e', '\\u00e9'),
  }),
  should('null', ['R-098'], {
    description: 'Filters accept the value `null`.',
    rationale: 'Clients that search for unassigned attributes with `eq null` are rejected.',
    remedy: 'Accept null as a value, which matches unassigned attributes.',
    after: ['rfc/filter/takes-ne', 'rfc/retrieve/nothing-found'],
    run: matching({ values: ['$mark'], filters: { '$text ne null': [0], '$text eq null': [] } }),
  }),
])

export const filterValueChecks: readonly Check[] = [...literalChecks, ...caseChecks, ...orderChecks]
