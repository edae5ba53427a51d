import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import {
  findAttribute,
  isUnassigned,
  requireWritable,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { createFilterable } from '../steps/list-fixtures.ts'
import { expectFound, requestList } from '../steps/lists.ts'
import { filterOperatorsArea } from './areas.ts'
import { type CheckDefinition, defineChecks, may, must } from './define-checks.ts'

const elsewhere = (mark: string): string => `elsewhere ${mark}x elsewhere`

/** The first value contains `word` at the place that the operator searches, the second one doesn't. */
const substring = (
  operator: string,
  where: string,
  word: (mark: string) => string,
  other: (mark: string) => string,
): CheckDefinition =>
  must(`${operator}-string`, ['R-100'], {
    description: `\`${operator}\` returns only resources with strings that ${where}.`,
    rationale:
      'Consoles and scripts search for users by part of a name. A wrong comparison returns no users or all of them.',
    remedy: `Evaluate ${operator} as RFC 7644 table 3 defines it: co matches anywhere, sw at the start, ew at the end.`,
    run: async context => {
      const mark = context.unique()
      const values = [`${mark} Middle end${mark}`, other(mark)]
      const { text, made, other: third } = await createFilterable(context, context.users, values)
      const filter = `${text} ${operator} "${word(mark)}"`
      await expectFound(context, context.users, filter, made.slice(0, 1), [...made.slice(1), third])
    },
  })

/** The matches among b, c and d, compared with c. */
const ordering = (operator: string, words: string, hits: readonly number[]): CheckDefinition =>
  must(`${operator}-string`, ['R-102'], {
    description: `\`${operator}\` returns only resources with strings that come ${words} in lexicographical order.`,
    rationale:
      'Clients split large directories into ranges of names, and never see users that a wrong range omits.',
    remedy: `Compare strings lexically for ${operator}, by the attribute's caseExact.`,
    run: async context => {
      const mark = context.unique()
      const { text, made } = await createFilterable(context, context.users, [
        `${mark} b`,
        `${mark} c`,
        `${mark} d`,
      ])
      await expectFound(
        context,
        context.users,
        `${text} ${operator} "${mark} c"`,
        made.filter((_, index) => hits.includes(index)),
        made.filter((_, index) => !hits.includes(index)),
      )
    },
  })

export const filterComparisonChecks: readonly Check[] = defineChecks(filterOperatorsArea, [
  substring('co', 'contain another string', mark => `end${mark}`, elsewhere),
  substring('sw', 'start with another string', mark => mark, elsewhere),
  substring(
    'ew',
    'end with another string',
    mark => `d${mark}`,
    mark => `elsewhere d${mark}x`,
  ),
  ordering('gt', 'after another', [2]),
  ordering('ge', 'after another or are equal to it', [1, 2]),
  ordering('lt', 'before another', [0]),
  ordering('le', 'before another or are equal to it', [0, 1]),
])

export const filterEqualityChecks: readonly Check[] = defineChecks(filterOperatorsArea, [
  must('eq-string', ['R-097', 'R-099'], {
    description: '`userName eq` returns only the user with this userName, and totalResults 1.',
    rationale:
      'Entra ID and Okta first search for every user this way. A wrong result creates duplicates or links the wrong user.',
    remedy: 'Return only resources whose whole value is equal, and their number in totalResults.',
    run: async context => {
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      const name = valueIn(made.body, 'userName') ?? skip('Users have no userName.')
      const filter = `userName eq ${JSON.stringify(name)}`
      await expectFound(context, context.users, filter, [made], [other])
      const response = await requestList(context, context.users, { filter })
      expectThat(
        listedResources(response).length === 1,
        'one resource',
        listedResources(response).map(({ userName }) => userName ?? null),
        response,
      )
      const { totalResults } = jsonObject(response)
      if (totalResults !== undefined) expectEqual(totalResults, 1, 'totalResults', response)
    },
  }),
  must('eq-whole-value', ['R-099'], {
    description: '`eq` compares the whole value: the beginning of a value doesn’t match.',
    rationale: 'A client that searches for "ann" and gets "anna" links the wrong account.',
    remedy: 'Compare for equality, not with a pattern or prefix.',
    run: async context => {
      const mark = context.unique()
      const { text, made } = await createFilterable(context, context.users, [`${mark} longer`])
      await expectFound(context, context.users, `${text} eq "${mark}"`, [], made)
    },
  }),
  must('eq-wildcards-are-text', ['R-099', 'R-100'], {
    description: 'Characters such as `*`, `%` and `_` have no special meaning in filters.',
    rationale: 'A name with an underscore would match other users, and a client would change the wrong one.',
    remedy: 'Escape your database’s wildcards in filter values.',
    run: async context => {
      const mark = context.unique()
      const values = [`${mark} a_b%c`, `${mark} aXbYYc`]
      const { text, made } = await createFilterable(context, context.users, values)
      await expectFound(context, context.users, `${text} sw "${mark} a_b%"`, made.slice(0, 1), made.slice(1))
    },
  }),
  must('eq-id', ['R-099'], {
    description: '`id eq` returns the resource with this ID.',
    rationale: 'Microsoft’s tutorial uses `id eq … and manager eq …` to check whether a manager is set.',
    remedy: 'Support id in filters.',
    run: async context => {
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      await expectFound(context, context.users, `id eq ${JSON.stringify(made.id)}`, [made], [other])
    },
  }),
  must('eq-external-id', ['R-099'], {
    description: '`externalId eq` returns the resource with this externalId.',
    rationale: 'Clients match by externalId. If the filter doesn’t find the user, they create a duplicate.',
    remedy: 'Store externalId as it was sent, and support it in filters.',
    run: async context => {
      const mark = context.unique()
      const made = await context.create(context.users, { externalId: mark })
      const other = await context.create(context.users)
      await expectFound(context, context.users, `externalId eq "${mark}"`, [made], [other])
    },
  }),
  must('eq-group-name', ['R-099'], {
    description: '`displayName eq` returns the group with this name.',
    needs: ['groups'],
    rationale:
      'Entra ID searches for groups by displayName. If the filter doesn’t find the group, Entra creates a duplicate.',
    remedy: 'Evaluate filters on groups in the same way as on users.',
    run: async context => {
      const made = await context.create(context.groups)
      const other = await context.create(context.groups)
      const name = valueIn(made.body, 'displayName') ?? skip('Groups have no displayName.')
      const filter = `displayName eq ${JSON.stringify(name)}`
      await expectFound(context, context.groups, filter, [made], [other])
    },
  }),
  must('ne-string', ['R-099'], {
    description: '`ne` returns only resources with a different string.',
    rationale: 'A client that asks for all users except one receives this one or none.',
    remedy: 'Evaluate ne as the opposite of eq.',
    run: async context => {
      const mark = context.unique()
      const { text, made } = await createFilterable(context, context.users, [`${mark} one`, `${mark} two`])
      await expectFound(context, context.users, `${text} ne "${mark} two"`, made.slice(0, 1), made.slice(1))
    },
  }),
])

/** Filters of one family; `#` is an attribute that filters support. */
const family = (id: string, words: string, ...filters: readonly string[]): CheckDefinition =>
  may(`takes-${id}`, ['R-097'], {
    source:
      'RFC 7644 §3.12, table 9: “the specified attribute and filter comparison combination is not supported”',
    description: `The server supports filters with ${words}.`,
    rationale:
      'Filtering is optional, so a server may decline these filters, but clients that use them can’t query it. The checks that need them are then skipped.',
    remedy: `Support filters with ${words}.`,
    run: async context => {
      const { text } = await createFilterable(context, context.users, [])
      for (const filter of filters.map(one => one.replaceAll('#', text)))
        expectStatus(await requestList(context, context.users, { filter }), 200)
    },
  })

const byTitle = async (context: CheckContext): Promise<void> => {
  if (findAttribute(context.users, 'title')?.mutability !== 'readWrite') skip('Users have no title.')
  // A server that ignores filters accepts every filter.
  await createFilterable(context, context.users, [], ['userName'])
  expectStatus(
    await requestList(context, context.users, { filter: `title eq "${context.unique('nobody')}"` }),
    200,
  )
}

/** Optional features of filters: if the server declines one, the checks of its meaning are skipped. */
export const filterSupportChecks: readonly Check[] = defineChecks(filterOperatorsArea, [
  { ...family('title', 'attributes other than names and ids, such as title'), run: byTitle },
  family('ne', '`ne`', '# ne "a"'),
  family('substrings', '`co`, `sw` and `ew`', '# co "a"', '# sw "a"', '# ew "a"'),
  family('order', '`gt`, `ge`, `lt` and `le`', '# gt "a"', '# ge "a"', '# lt "a"', '# le "a"'),
  family('presence', '`pr`', '# pr'),
  family('logic', '`and`, `or` and `not`', '# eq "a" and # eq "b"', '# eq "a" or # eq "b"', 'not (# eq "a")'),
  family('value-paths', 'value paths in brackets', 'emails[type eq "work"]'),
])

export const filterPresenceChecks: readonly Check[] = defineChecks(filterOperatorsArea, [
  must('pr', ['R-101'], {
    description: '`pr` returns only users with a value.',
    rationale:
      'Clients ask which users have a phone number or a manager, and rely on the result being complete.',
    remedy: 'Evaluate pr as true if the value isn’t null, an empty string or an empty list.',
    run: async context => {
      const text = textAttributeName(context.users)
      const one = await context.create(context.users, { [text]: context.unique() })
      const two = await context.create(context.users)
      if (valueIn(two.body, text) !== undefined) skip(`${text} is required here.`)
      await expectFound(context, context.users, `${text} pr`, [one], [two])
    },
  }),
  must('pr-complex', ['R-101'], {
    description: '`name pr` returns only users with a sub-attribute of name.',
    rationale: 'Clients that search for incomplete accounts find all of them or none.',
    remedy: 'Evaluate pr on a complex attribute as true if one of its sub-attributes has a value.',
    run: async context => {
      requireWritable(context.users, 'name.givenName')
      const made = await context.create(context.users, { name: { givenName: 'Ann', familyName: 'Check' } })
      const other = await context.create(context.users)
      if (!isUnassigned(valueIn(other.body, 'name'))) skip('name is required here.')
      await expectFound(context, context.users, 'name pr', [made], [other])
    },
  }),
  must('eq-boolean', ['R-099'], {
    description: '`active eq true` returns active users, and `active eq false` inactive ones.',
    rationale: 'Clients that search for disabled users with `active eq false` miss accounts.',
    remedy: 'Compare booleans as booleans. true and false are written without quotes.',
    run: async context => {
      requireWritable(context.users, 'active')
      const on = await context.create(context.users, { active: true })
      const off = await context.create(context.users, { active: false })
      await expectFound(context, context.users, 'active eq true', [on], [off])
      await expectFound(context, context.users, 'active eq false', [off], [on])
    },
  }),
  must('ne-boolean', ['R-099'], {
    description: '`active ne true` returns inactive users.',
    rationale: 'Clients that search for disabled users miss accounts.',
    remedy: 'Compare booleans as booleans, for ne as well.',
    run: async context => {
      requireWritable(context.users, 'active')
      const on = await context.create(context.users, { active: true })
      const off = await context.create(context.users, { active: false })
      await expectFound(context, context.users, 'active ne true', [off], [on])
    },
  }),
  must('eq-default', ['R-111'], {
    description: 'Filters match default values that the server has set.',
    rationale: 'Users who are returned as active but not found by active are missing from every report.',
    remedy: 'Evaluate filters on the resource as it is returned, including default values.',
    run: async context => {
      const { active, ...body } = context.sample(context.users)
      if (active !== undefined && findAttribute(context.users, 'active')?.required)
        skip('active is required here.')
      const response = await postForCleanup(context, context.users, body)
      expectStatus(response, 201)
      const made = {
        id: String(jsonObject(response).id),
        body: jsonObject(response),
        path: '',
        sent: body,
        response,
      }
      if (typeof made.body.active !== 'boolean') skip('The server sets no default for active.')
      const other = await context.create(context.users, { active: !made.body.active })
      await expectFound(context, context.users, `active eq ${made.body.active}`, [made], [other])
    },
  }),
])
