import type { Check, CheckContext } from '../../check.ts'
import { expectStatus, expectThat, skip } from '../../expect.ts'
import { over } from '../forms.ts'
import { findAttribute, valueIn } from '../steps/attributes.ts'
import { matching } from '../steps/list-fixtures.ts'
import { expectFound, requestList } from '../steps/lists.ts'
import { filterGrammarArea } from './areas.ts'
import { defineChecks, must, refusalBlame, refusesNamed, should } from './define-checks.ts'

/** Among three users: A, B and C in the expression stand for `text eq "mark a"` and so on; `hits` are the matches. */
const logic = (expression: string, hits: string) => {
  const filter = expression.replace(/[ABC]/g, letter => `$text eq "$mark ${letter.toLowerCase()}"`)
  const filters = { [filter]: [...hits].map(letter => 'abc'.indexOf(letter)) }
  return matching({ values: ['$mark a', '$mark b', '$mark c'], filters })
}

const combiningArea = {
  ...filterGrammarArea,
  rationale: 'Clients that combine conditions get the wrong users, and change or disable them.',
}

const combiningChecks = defineChecks(combiningArea, [
  must('and', ['R-098'], {
    description: '`and` matches if both conditions match, and returns nothing if they contradict each other.',
    remedy: 'Evaluate both operands of `and`.',
    after: ['rfc/filter/takes-logic'],
    run: logic('A and B', ''),
  }),
  must('and-of-two-attributes', ['R-098'], {
    description: '`and` combines conditions on two attributes.',
    rationale:
      'Clients of AWS search for groups with `id eq … and members eq …`. Microsoft’s tutorial does the same, also for managers.',
    remedy: 'Accept any two expressions as operands of `and`.',
    after: ['rfc/filter/and'],
    given: { user: true, other: true },
    request: ({ user }) => ({
      filter: `userName eq ${JSON.stringify(user.sent.userName)} and id eq ${JSON.stringify(user.id)}`,
    }),
    expect: { found: ['user'] },
  }),
  must('or', ['R-098'], {
    description: '`or` matches if either condition matches.',
    remedy: 'Evaluate both operands of `or`.',
    after: ['rfc/filter/and'],
    run: logic('A or C', 'ac'),
  }),
  must('not', ['R-098'], {
    description: '`not (…)` matches if the condition doesn’t match.',
    remedy: 'Support `not` before an expression in parentheses.',
    after: ['rfc/filter/and'],
    run: logic('not (A) and not (B)', 'c'),
  }),
  must('precedence', ['R-105'], {
    description:
      'Parentheses have precedence over `not`, which has precedence over `and`, which has precedence over `or`.',
    remedy:
      'Evaluate groups in parentheses first, then `not` (of the group that follows it), then `and`, then `or`.',
    after: ['rfc/filter/or', 'rfc/filter/not'],
    each: {
      'a or b and c': logic('A or B and C', 'a'),
      'a and b or c': logic('A and B or C', 'c'),
      '(a or b) and b': logic('(A or B) and B', 'b'),
      'not (a) and b': logic('not (A) and B', 'b'),
    },
  }),
  must('nested-groups', ['R-098', 'R-105'], {
    description: 'Filters support nested groups.',
    remedy: 'Parse groups recursively.',
    after: ['rfc/filter/precedence'],
    run: logic('((A or (B and (B or C))) and not ((C)))', 'ab'),
  }),
  must('many-clauses', ['R-098'], {
    description: 'Filters support ten conditions.',
    rationale: 'Clients that search for several users in one request are rejected.',
    remedy: 'Don’t limit the number of clauses to one or two.',
    after: ['rfc/filter/and'],
    run: logic(Array(5).fill('A or B').join(' or '), 'ab'),
  }),
  must('operators-in-any-case', ['R-104'], {
    description: 'Filter operators ignore case: `Eq`, `OR`.',
    rationale: 'Some clients send `Eq` or `AND`. Their searches would be rejected or return no users.',
    remedy: 'Ignore case when you compare operators.',
    after: ['rfc/filter/or'],
    run: matching({
      values: ['$mark a', '$mark b', '$mark c'],
      filters: { '$text Eq "$mark a"': [0], '$text eq "$mark a" OR $text eq "$mark b"': [0, 1] },
      isSupported: true,
    }),
  }),
  must('names-in-any-case', ['R-104'], {
    description: 'Attribute names in filters ignore case: `USERNAME eq`.',
    rationale:
      'Clients use attribute names as their mapping spells them. `username eq` must find the same user.',
    remedy: 'Ignore case when you look up attribute names.',
    run: async context => {
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      for (const name of ['USERNAME', 'username']) {
        const filter = `${name} eq ${JSON.stringify(made.sent.userName)}`
        expectStatus(await requestList(context, context.users, { filter }), 200)
        await expectFound(context, context.users, filter, [made], [other])
      }
    },
  }),
])

/** What the grammar doesn't allow. */
const malformed = {
  'without a value': 'userName eq',
  'of a name only': 'userName',
  'with an unclosed quotation mark': 'userName eq "ann',
  'with an unclosed parenthesis': '(userName eq "ann"',
  'with an additional parenthesis': 'userName eq "ann")',
  'with an unclosed bracket': 'emails[type eq "work"',
  'with empty brackets': 'emails[]',
  'that ends with and': 'userName eq "ann" and',
  'that begins with or': 'or userName eq "ann"',
  'with two conditions in a row': 'userName eq "ann" userName eq "bob"',
  'with a value after pr': 'userName pr "ann"',
  'with symbols': 'userName == "ann"',
  'with an invalid name': '!userName eq "ann"',
  'with an unknown operator': 'userName like "ann"',
  'of a null character': '\0',
  'of 500 parentheses': '('.repeat(500),
}

/** The RFC's own examples contain both notations (§3.4.2.1, §3.7.1), although its grammar doesn't. */
const unquoted = {
  'with single quotation marks': "userName eq 'ann'",
  'with an unquoted string': 'userName eq ann',
}

const orderless = {
  'active gt true': 'boolean',
  'active ge true': 'boolean',
  'active lt true': 'boolean',
  'active le true': 'boolean',
  'x509Certificates.value gt "AAAA"': 'binary',
}

const filtered = (filter: string) => (context: CheckContext) =>
  requestList(context, context.users, { filter })

/** Expects 400; skips if the attribute isn't of the type. */
const refused =
  (filter: string, type?: string): Check['run'] =>
  async context => {
    const [path = ''] = filter.split(' ')
    const attribute = type && findAttribute(context.users, path)
    if (type && (!attribute || attribute.type !== type || attribute.stored === false))
      skip(`Users have no ${type} ${path}.`)
    // Some servers evaluate a filter only if there are resources.
    if (context.lacks('write') === undefined) await context.create(context.users)
    expectStatus(await filtered(filter)(context), 400)
  }

const parsing = {
  remedy: 'Return 400 with scimType invalidFilter for a filter that can’t be parsed, before you search.',
  blame: [
    {
      on: '5xx',
      remedy: 'Catch the errors of the filter’s parser, and return 400 with scimType invalidFilter.',
    },
    { on: '4xx', remedy: 'Return 400, not another status, for a malformed filter.' },
  ],
} as const

const refusalArea = {
  ...filterGrammarArea,
  source: 'RFC 7644 §3.4.2.2',
  needs: ['users', 'filter'],
  after: ['probe/filter', 'rfc/filter/refuses-malformed'],
  rationale:
    'A client that gets results for a malformed filter treats them as matches: it links the wrong user or creates a duplicate.',
} as const

const refusalChecks = defineChecks(refusalArea, [
  must('refuses-malformed', ['R-098', 'R-109'], {
    ...parsing,
    description: 'A malformed filter returns 400.',
    after: ['rfc/filter/not-ignored'],
    ...over(malformed, filter => refused(filter)),
  }),
  should('refuses-unquoted', ['R-098'], {
    ...parsing,
    description: 'A filter with a string in single quotation marks, or in none, returns 400.',
    ...over(unquoted, filter => refused(filter)),
  }),
  should('refuses-bare-complex', ['R-108'], {
    description: 'A filter on a complex attribute without a sub-attribute returns 400: `name eq "Ann"`.',
    remedy: 'Return 400 for a comparison of a complex attribute that has no sub-attribute value.',
    blame: refusalBlame,
    run: refused('name eq "Ann"', 'complex'),
  }),
  must('refuses-order', ['R-103'], {
    description: 'Order comparisons (gt, ge, lt, le) of booleans and binary values return 400.',
    rationale:
      'Booleans and binary values have no order: the result is arbitrary, and the client treats it as the matches.',
    remedy: 'Return 400 for order comparisons (gt, ge, lt, le) of booleans and binary values.',
    blame: refusalBlame,
    ...over(orderless, (type, filter) => refused(filter, type)),
  }),
  refusesNamed(['R-098', 'R-103', 'R-109'], [], {
    'without a value': [filtered('userName eq'), 'invalidFilter'],
    'with an unknown operator': [filtered('userName like "ann"'), 'invalidFilter'],
    'with a boolean after gt': [filtered('active gt true'), 'invalidFilter'],
  }),
  must('says-what-is-wrong', ['R-109'], {
    description: 'The error for an unknown operator has a human-readable detail.',
    rationale: 'The detail is all that an administrator sees when configuring a client.',
    remedy: 'Name the operator in detail, or the position where parsing failed.',
    after: ['rfc/errors/body'],
    run: async context => {
      const response = await filtered('userName like "ann"')(context)
      if (response.status !== 400) skip(`The request isn’t rejected with 400 but returns ${response.status}.`)
      const detail = valueIn(response.body, 'detail')
      expectThat(typeof detail === 'string' && detail !== '', 'a detail that explains it', detail, response)
    },
  }),
])

export const filterGrammarChecks: readonly Check[] = [...combiningChecks, ...refusalChecks]
