import type { Check, CheckContext } from '../../check.ts'
import { skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { over, type Scene } from '../forms.ts'
import {
  createWithEmails,
  extensionValues,
  findAttribute,
  integerAttribute,
  requireWritable,
  valueIn,
} from '../steps/attributes.ts'
import { matching } from '../steps/list-fixtures.ts'
import { expectFound, listedIds, requestList } from '../steps/lists.ts'
import { filterGrammarArea, filterOperatorsArea, filterPathsArea } from './areas.ts'
import { defineChecks, may, must, practice, should } from './define-checks.ts'

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

const withEnterprise = ({ context }: Scene, values: JsonObject): JsonObject =>
  extensionValues(context, context.users, enterpriseUrn, values)

const pathChecks = defineChecks(filterPathsArea, [
  may('schema-urn-in-paths', ['R-112'], {
    description: 'Filters accept names with their schema: `urn:…:User:userName sw`.',
    rationale: 'Clients that write all names in full are rejected.',
    remedy: 'Remove the URN of the resource type’s own schema from a path before you look it up.',
    after: ['rfc/filter/not-ignored'],
    given: { user: true, other: true },
    request: ({ context, user }) => ({
      filter: `${context.users.schema}:userName eq ${JSON.stringify(user.sent.userName)}`,
    }),
    expect: { found: ['user'] },
  }),
  may('schemas', ['R-112'], {
    description: '`schemas eq "urn…"` returns resources with this schema.',
    rationale: 'Queries across several types use it to tell them apart.',
    remedy: 'Support schemas in filters.',
    after: ['rfc/filter/not-ignored', 'rfc/retrieve/nothing-found'],
    run: async context => {
      const made = await context.create(context.users)
      await expectFound(context, context.users, `schemas eq "${context.users.schema}"`, [made])
      await expectFound(context, context.users, 'schemas eq "urn:example:nonsuch"', [], [made])
    },
  }),
  must('extension-attributes', ['R-098'], {
    description:
      'Filters support attributes of extensions, and their sub-attributes, by their URN: `urn:…:enterprise:2.0:User:employeeNumber eq`.',
    needs: ['enterprise'],
    rationale:
      'HR systems match users by employee number, and clients search for the users whose manager leaves.',
    remedy:
      'Resolve paths that start with the URN of an extension, also with a sub-attribute. The URN ends at the last colon.',
    after: ['rfc/filter/sub-attributes'],
    each: {
      employeeNumber: {
        given: {
          has: [`${enterpriseUrn}:employeeNumber`],
          user: scene => withEnterprise(scene, { employeeNumber: scene.mark }),
          other: true,
        },
        request: ({ mark }) => ({ filter: `${enterpriseUrn}:employeeNumber eq "${mark}"` }),
        expect: { found: ['user'] },
      },
      'manager.value': {
        given: {
          has: [`${enterpriseUrn}:manager.value`],
          user: true,
          other: scene => withEnterprise(scene, { manager: { value: scene.user.id } }),
        },
        request: ({ user }) => ({ filter: `${enterpriseUrn}:manager.value eq ${JSON.stringify(user.id)}` }),
        expect: { found: ['other'] },
      },
    },
  }),
  must('members', ['R-106'], {
    description: '`members.value eq` returns the groups with this member.',
    needs: ['groups'],
    rationale:
      'Clients of AWS read memberships this way. After a wrong result, they add or remove members again.',
    remedy: 'Support members in filters on groups.',
    after: ['rfc/filter/sub-attributes', 'probe/members'],
    run: async context => {
      const user = await context.create(context.users)
      const one = await context.create(context.groups, { members: [{ value: user.id }] })
      const two = await context.create(context.groups)
      const id = JSON.stringify(user.id)
      await expectFound(context, context.groups, `members.value eq ${id}`, [one], [two])
      await expectFound(context, context.groups, `members[value eq ${id}]`, [one], [two])
    },
  }),
])

/** A user with work address a and home address b, and one with b and a. */
async function createCrossed(context: CheckContext) {
  requireWritable(context.users, 'emails.value', 'emails.type')
  const mark = context.unique()
  const emails = (work: string, home: string) => [
    { type: 'work', value: `${work}-${mark}@example.com` },
    { type: 'home', value: `${home}-${mark}@example.org` },
  ]
  const one = await createWithEmails(context, { emails: emails('a', 'b') })
  return { mark, one, two: await context.create(context.users, { emails: emails('b', 'a') }) }
}

/** Expects a filter to match only the first of the two. */
const firstOfCrossed = (filterFor: (mark: string) => string) => async (context: CheckContext) => {
  const { mark, one, two } = await createCrossed(context)
  await expectFound(context, context.users, filterFor(mark), [one], [two])
}

const valueArea = {
  ...filterPathsArea,
  rationale:
    'Clients search for users by any of their addresses, and link the wrong user or create a duplicate.',
}

const valueChecks = defineChecks(valueArea, [
  must('sub-attributes', ['R-098', 'R-108'], {
    description: 'Filters support sub-attributes: `name.familyName eq`.',
    rationale: 'Consoles search for users by family name.',
    remedy: 'Resolve paths with a sub-attribute.',
    after: ['rfc/filter/not-ignored'],
    given: {
      has: ['name.familyName'],
      user: ({ mark }) => ({ name: { givenName: 'Ann', familyName: mark } }),
      other: true,
    },
    request: ({ mark }) => ({ filter: `name.familyName eq "${mark}"` }),
    expect: { found: ['user'] },
  }),
  must('any-value', ['R-106'], {
    description:
      'A filter on a multi-valued attribute matches if any of its values matches: `emails.value eq`.',
    remedy: 'Compare every value, not only the first or the primary one.',
    after: ['rfc/filter/sub-attributes'],
    run: firstOfCrossed(mark => `emails.value eq "b-${mark}@example.org"`),
  }),
  must('value-is-understood', ['R-106'], {
    description: 'A filter on a multi-valued attribute without a sub-attribute compares value: `emails co`.',
    remedy: 'Use the sub-attribute value if a filter names none.',
    after: ['rfc/filter/sub-attributes', 'rfc/filter/takes-substrings'],
    run: firstOfCrossed(mark => `emails co "a-${mark}@example.com"`),
  }),
  must('value-path', ['R-107'], {
    description: '`emails[type eq "work" and value sw "a"]` applies both conditions to the same value.',
    remedy: 'Evaluate the filter in brackets for one value at a time.',
    after: ['rfc/filter/takes-value-paths', 'rfc/filter/and'],
    run: firstOfCrossed(mark => `emails[type eq "work" and value sw "a-${mark}"]`),
  }),
  must('without-value-path', ['R-106'], {
    description: 'Without brackets, different values may match the conditions.',
    remedy: 'Require one value to match all conditions only if they are in brackets.',
    after: ['rfc/filter/and', 'rfc/filter/sub-attributes'],
    run: async context => {
      const { mark, one, two } = await createCrossed(context)
      const emails = [{ type: 'work', value: `c-${mark}@example.com` }]
      const other = await context.create(context.users, { emails })
      const filter = `emails.type eq "work" and emails.value sw "a-${mark}"`
      await expectFound(context, context.users, filter, [one, two], [other])
    },
  }),
  must('value-path-logic', ['R-098', 'R-107'], {
    description:
      'Filters in brackets support `or`, `not` and parentheses, and can be combined with other conditions.',
    remedy:
      'Support the full filter grammar in brackets as well, and accept an expression in brackets as an operand of `and` and `or`.',
    after: ['rfc/filter/value-path', 'rfc/filter/precedence'],
    each: {
      'in brackets': firstOfCrossed(
        mark =>
          `emails[(value eq "a-${mark}@example.com" or value eq "b-${mark}@example.org") and not (type eq "home")]`,
      ),
      'with others': firstOfCrossed(mark => `emails[value sw "b-${mark}" and type eq "home"] and id pr`),
    },
  }),
])

export const filterPathChecks: readonly Check[] = [
  ...literalChecks,
  ...caseChecks,
  ...orderChecks,
  ...valueChecks,
  ...pathChecks,
]
