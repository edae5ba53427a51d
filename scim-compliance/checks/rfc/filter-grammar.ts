import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { findAttribute, valueIn } from '../steps/attributes.ts'
import { createFilterable } from '../steps/list-fixtures.ts'
import { expectFound, requestList } from '../steps/lists.ts'
import { filterGrammarArea } from './areas.ts'
import { type CheckDefinition, defineChecks, defineRejectionChecks, must } from './define-checks.ts'

type ThreeUsers = { readonly mark: string; readonly text: string; readonly made: readonly CreatedResource[] }

const threeUsers = async (context: CheckContext): Promise<ThreeUsers> => {
  const mark = context.unique()
  const values = ['a', 'b', 'c'].map(letter => `${mark} ${letter}`)
  const { text, made } = await createFilterable(context, context.users, values)
  return { mark, text, made }
}

/** The server accepts the filter in its usual notation: a rejection is due to the notation. */
const expectTaken = async (context: CheckContext, filter: string): Promise<void> =>
  expectStatus(await requestList(context, context.users, { filter }), 200)

export const filterAnyCaseChecks: readonly Check[] = defineChecks(filterGrammarArea, [
  must('operators-in-any-case', ['R-104'], {
    description: 'Filter operators ignore case: `Eq`, `OR`.',
    rationale: 'Some clients send `Eq` or `AND`. Their searches would be rejected or return no users.',
    remedy: 'Ignore case when you compare operators.',
    run: async context => {
      const { mark, text, made } = await threeUsers(context)
      const [one, two] = [`"${mark} a"`, `"${mark} b"`]
      await expectTaken(context, `${text} Eq ${one}`)
      await expectFound(context, context.users, `${text} Eq ${one}`, made.slice(0, 1), made.slice(1))
      const either = [made.slice(0, 2), made.slice(2)] as const
      await expectFound(context, context.users, `${text} eq ${one} or ${text} eq ${two}`, ...either)
      await expectTaken(context, `${text} eq ${one} OR ${text} eq ${two}`)
      await expectFound(context, context.users, `${text} eq ${one} OR ${text} eq ${two}`, ...either)
    },
  }),
  must('names-in-any-case', ['R-104'], {
    description: 'Attribute names in filters ignore case: `USERNAME eq`.',
    rationale:
      'Clients use attribute names as their mapping spells them. `username eq` must find the same user.',
    remedy: 'Ignore case when you look up attribute names.',
    run: async context => {
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      const name = valueIn(made.body, 'userName') ?? skip('Users have no userName.')
      await expectFound(context, context.users, `userName eq ${JSON.stringify(name)}`, [made], [other])
      for (const written of ['USERNAME', 'username']) {
        const filter = `${written} eq ${JSON.stringify(name)}`
        await expectTaken(context, filter)
        await expectFound(context, context.users, filter, [made], [other])
      }
    },
  }),
])

const common = {
  area: 'filter',
  section: 'Filter',
  source: 'RFC 7644 §3.4.2.2',
  needs: ['users', 'filter'],
} as const

/** Some servers evaluate a filter only if there are resources, so that the status depends on other users. */
const amongUsers = async (context: CheckContext, filter: string): Promise<ScimResponse> => {
  await context.create(context.users)
  return requestList(context, context.users, { filter })
}

/** The RFC's own examples contain both notations (§3.4.2.1, §3.7.1), although its grammar doesn't. */
const inExamples: ReadonlySet<string> = new Set(['single-quotes', 'no-quotes'])

const readLate: ReadonlySet<string> = new Set(['two-in-a-row', 'symbols'])

const control = (context: CheckContext): Promise<ScimResponse> =>
  requestList(context, context.users, { filter: `userName eq "${context.unique('nobody')}"` })

const mistaken = {
  control,
  rationale:
    'A client that gets results for a malformed filter treats them as matches: it links the wrong user or creates a duplicate.',
  remedy: 'Return 400 with scimType invalidFilter for a filter that can’t be parsed, before you search.',
  requirements: ['R-098'],
} as const

const orderless =
  'Booleans and binary values have no order: the result is arbitrary, and the client treats it as the matches.'

const unreadable: readonly (readonly [id: string, what: string, filter: string])[] = [
  ['no-value', 'without a value', 'userName eq'],
  ['no-operator', 'consisting of a name only', 'userName'],
  ['open-quotes', 'with an unclosed quotation mark', 'userName eq "ann'],
  ['single-quotes', 'with single quotation marks', "userName eq 'ann'"],
  ['no-quotes', 'with an unquoted string', 'userName eq ann'],
  ['open-parenthesis', 'with an unclosed parenthesis', '(userName eq "ann"'],
  ['extra-parenthesis', 'with an additional parenthesis', 'userName eq "ann")'],
  ['open-bracket', 'with an unclosed bracket', 'emails[type eq "work"'],
  ['empty-brackets', 'with empty brackets', 'emails[]'],
  ['ends-with-and', 'that ends with `and`', 'userName eq "ann" and'],
  ['begins-with-or', 'that begins with `or`', 'or userName eq "ann"'],
  [
    'two-in-a-row',
    'with two conditions without an operator between them',
    'userName eq "ann" userName eq "bob"',
  ],
  ['value-after-pr', 'with a value after pr', 'userName pr "ann"'],
  ['symbols', 'with symbols as operators', 'userName == "ann"'],
  ['bad-name', 'with an invalid name', '!userName eq "ann"'],
]

export const filterErrorChecks: readonly Check[] = [
  ...defineRejectionChecks(common, [
    ...unreadable.map(([id, what, filter]) => ({
      ...mistaken,
      id: `refuses-${id}`,
      description: `A filter ${what} returns 400: \`${filter}\`.`,
      ...(id === 'no-value' && { scimTypes: ['invalidFilter'] }),
      ...(readLate.has(id) && { needs: ['write'] as const }),
      ...(inExamples.has(id) && { level: 'SHOULD' as const }),
      send: (context: CheckContext) =>
        readLate.has(id) ? amongUsers(context, filter) : requestList(context, context.users, { filter }),
    })),
    {
      ...mistaken,
      id: 'refuses-unknown-operator',
      description: 'A filter with an unknown operator returns 400: `userName like "ann"`.',
      scimTypes: ['invalidFilter'],
      requirements: ['R-109'],
      send: context => requestList(context, context.users, { filter: 'userName like "ann"' }),
    },
    {
      ...mistaken,
      id: 'refuses-bare-complex',
      level: 'SHOULD',
      description: 'A filter on a complex attribute without a sub-attribute returns 400: `name eq "Ann"`.',
      requirements: ['R-108'],
      remedy: 'Return 400 for a comparison of a complex attribute that has no sub-attribute value.',
      send: context => {
        if (findAttribute(context.users, 'name')?.type !== 'complex') skip('Users have no complex name.')
        return requestList(context, context.users, { filter: 'name eq "Ann"' })
      },
    },
    ...['gt', 'ge', 'lt', 'le'].map(operator => ({
      ...mistaken,
      rationale: orderless,
      id: `refuses-${operator}-boolean`,
      description: `\`${operator}\` on a boolean returns 400: \`active ${operator} true\`.`,
      ...(operator === 'gt' && { scimTypes: ['invalidFilter'] }),
      requirements: ['R-103'],
      remedy: 'Return 400 for order comparisons (gt, ge, lt, le) of booleans.',
      send: (context: CheckContext) => {
        if (findAttribute(context.users, 'active')?.type !== 'boolean') skip('Users have no boolean active.')
        return requestList(context, context.users, { filter: `active ${operator} true` })
      },
    })),
    {
      ...mistaken,
      rationale: orderless,
      id: 'refuses-gt-binary',
      description: '`gt` on a binary value returns 400: `x509Certificates.value gt`.',
      requirements: ['R-103'],
      remedy: 'Return 400 for order comparisons (gt, ge, lt, le) of binary values.',
      send: context => {
        if (findAttribute(context.users, 'x509Certificates.value')?.type !== 'binary')
          skip('Users have no binary certificates.')
        return requestList(context, context.users, { filter: 'x509Certificates.value gt "AAAA"' })
      },
    },
  ]),
  ...defineChecks(common, [
    must('says-what-is-wrong', ['R-109'], {
      description: 'The error for an unknown operator has a human-readable detail.',
      rationale: 'The detail is all that an administrator sees when configuring a client.',
      remedy: 'Name the operator in detail, or the position where parsing failed.',
      run: async context => {
        const response = await requestList(context, context.users, { filter: 'userName like "ann"' })
        if (response.status !== 400)
          skip(`The request isn't rejected with 400 but returns ${response.status}.`)
        const { detail } = jsonObject(response)
        expectThat(
          typeof detail === 'string' && detail !== '',
          'a detail that explains the error',
          detail,
          response,
        )
      },
    }),
  ]),
]

/** A, B and C in the expression stand for `text eq "mark a"` and so on; `hits` are the expected matches. */
const logic = (
  own: Omit<CheckDefinition, 'run' | 'level'>,
  expression: string,
  hits: string,
): CheckDefinition => ({
  ...own,
  level: 'MUST',
  run: async context => {
    const { mark, text, made } = await threeUsers(context)
    const filter = expression.replace(/[ABC]/g, letter => `${text} eq "${mark} ${letter.toLowerCase()}"`)
    const isHit = (_: CreatedResource, index: number) => hits.includes('abc'.charAt(index))
    await expectFound(
      context,
      context.users,
      filter,
      made.filter(isHit),
      made.filter((one, index) => !isHit(one, index)),
    )
  },
})

const wrongPeople = 'Clients that combine conditions get the wrong users, and change or disable them.'

export const filterLogicChecks: readonly Check[] = defineChecks(filterGrammarArea, [
  logic(
    {
      id: 'and',
      description:
        '`and` matches if both conditions match, and returns nothing if they contradict each other.',
      requirements: ['R-098'],
      rationale: wrongPeople,
      remedy: 'Evaluate both operands of `and`.',
    },
    'A and B',
    '',
  ),
  must('and-of-two-attributes', ['R-098'], {
    description: '`and` combines conditions on two attributes.',
    rationale:
      'Clients of AWS search for groups with `id eq … and members eq …`. Microsoft’s tutorial does the same, also for managers.',
    remedy: 'Accept any two expressions as operands of `and`.',
    run: async context => {
      const { mark, text, made } = await threeUsers(context)
      const [one, ...others] = made
      if (!one) return
      const filter = `${text} eq "${mark} a" and id eq ${JSON.stringify(one.id)}`
      await expectFound(context, context.users, filter, [one], others)
    },
  }),
  logic(
    {
      id: 'or',
      description: '`or` matches if either condition matches.',
      requirements: ['R-098'],
      rationale: wrongPeople,
      remedy: 'Evaluate both operands of `or`.',
    },
    'A or C',
    'ac',
  ),
  logic(
    {
      id: 'not',
      description: '`not (…)` matches if the condition doesn’t match.',
      requirements: ['R-098'],
      rationale: wrongPeople,
      remedy: 'Support `not` before an expression in parentheses.',
    },
    'not (A) and not (B)',
    'c',
  ),
  logic(
    {
      id: 'and-before-or',
      description: 'The server evaluates `a or b and c` as `a or (b and c)`.',
      requirements: ['R-105'],
      rationale: wrongPeople,
      remedy: 'Give `and` precedence over `or`.',
    },
    'A or B and C',
    'a',
  ),
  logic(
    {
      id: 'and-before-or-reversed',
      description: 'The server evaluates `a and b or c` as `(a and b) or c`.',
      requirements: ['R-105'],
      rationale: wrongPeople,
      remedy: 'Give `and` precedence over `or`, whichever comes first.',
    },
    'A and B or C',
    'c',
  ),
  logic(
    {
      id: 'parentheses',
      description: 'Parentheses have the highest precedence: `(a or b) and b` returns only b.',
      requirements: ['R-105'],
      rationale: wrongPeople,
      remedy: 'Evaluate expressions in parentheses first.',
    },
    '(A or B) and B',
    'b',
  ),
  logic(
    {
      id: 'not-before-and',
      description: 'The server evaluates `not (a) and b` as `(not (a)) and b`.',
      requirements: ['R-105'],
      rationale: wrongPeople,
      remedy: 'Apply `not` to the group in parentheses that follows it, and to nothing else.',
    },
    'not (A) and B',
    'b',
  ),
  logic(
    {
      id: 'nested-groups',
      description: 'Filters support nested groups.',
      requirements: ['R-098', 'R-105'],
      rationale: wrongPeople,
      remedy: 'Parse groups recursively.',
    },
    '((A or (B and (B or C))) and not ((C)))',
    'ab',
  ),
  logic(
    {
      id: 'many-clauses',
      description: 'Filters support ten conditions.',
      requirements: ['R-098'],
      rationale: 'Clients that search for several users in one request are rejected.',
      remedy: 'Don’t limit the number of clauses to one or two.',
    },
    Array(5).fill('A or B').join(' or '),
    'ab',
  ),
])
