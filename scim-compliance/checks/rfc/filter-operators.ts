import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import { type Form, type Given, over, type Scene } from '../forms.ts'
import { findAttribute, isUnassigned, requireWritable, valueIn } from '../steps/attributes.ts'
import { postCreated } from '../steps/create-and-read.ts'
import { filterableText, matching } from '../steps/list-fixtures.ts'
import { expectFound, listedIds, requestList } from '../steps/lists.ts'
import { filterOperatorsArea } from './areas.ts'
import { type CheckDefinition, defineChecks, may, must } from './define-checks.ts'

/** These match no user, even if an operator is evaluated as another: if they return users, they are ignored. */
const matchless = {
  title: 'title eq "#"',
  substrings: 'userName co "#"',
  order: 'meta.created lt "1970-01-01T00:00:00Z"',
  logic: 'userName eq "#" and userName eq "other"',
  'value paths': 'emails[value eq "#@example.com"]',
}

const expectNobody = (filter: string) => async (context: CheckContext) => {
  await context.create(context.users)
  const response = await requestList(context, context.users, {
    filter: filter.replaceAll('#', context.unique('nobody')),
  })
  if ((response.status >= 400 && response.status < 500) || response.status === 501) return
  const found = listedIds(response)
  expectThat(found.length === 0, 'no match, or 400', found, response, 'excess')
}

/** Filters of one family; `#` is an attribute that filters support. */
const family = (id: string, words: string, ...filters: readonly string[]): CheckDefinition =>
  may(`takes-${id}`, ['R-097'], {
    source:
      'RFC 7644 §3.12, table 9: “the specified attribute and filter comparison combination is not supported”',
    description: `The server supports filters with ${words}.`,
    rationale:
      'Filtering is optional, so a server may decline these filters, but clients that use them can’t query it. The checks that need them are then skipped.',
    remedy: `Support filters with ${words}.`,
    after: ['rfc/filter/not-ignored', 'rfc/retrieve/nothing-found'],
    run: async context => {
      const text = await filterableText(context)
      for (const filter of filters.map(one => one.replaceAll('#', text)))
        expectStatus(await requestList(context, context.users, { filter }), 200)
    },
  })

/** Expects `pr` to match only the first of two users; skips if the other one has a value, too. */
const isPresent = (pathIn: (scene: Scene) => string, given: Given): Form => ({
  given: { ...given, other: true },
  request: scene => {
    const path = pathIn(scene)
    if (!isUnassigned(valueIn(scene.other.body, path))) skip(`${path} is required here.`)
    return { filter: `${path} pr` }
  },
  expect: { found: ['user'] },
})

/** Expects each filter to match the active one of two users (true), or the other. */
const byActive =
  (filters: Readonly<Record<string, boolean>>): Check['run'] =>
  async context => {
    requireWritable(context.users, 'active')
    const on = await context.create(context.users, { active: true })
    const off = await context.create(context.users, { active: false })
    if ((await context.get(off.path)).status === 404)
      skip('Disabled users can’t be read.', 'rfc/patch-replace/active')
    const filter = `userName eq ${JSON.stringify(off.sent.userName)}`
    const isListed = await context.eventually(async () =>
      listedIds(await requestList(context, context.users, { filter })).includes(off.id),
    )
    if (!isListed) skip('Lists omit disabled users, whatever the filter.')
    for (const [filter, isOn] of Object.entries(filters))
      await expectFound(context, context.users, filter, [isOn ? on : off], [isOn ? off : on])
  }

export const filterOperatorChecks: readonly Check[] = defineChecks(filterOperatorsArea, [
  must('not-ignored', ['R-098'], {
    description: 'A filter that the server doesn’t support returns 400, not all users.',
    rationale:
      'Clients treat what a filter returns as matches: they link the wrong users, or change and disable all of them.',
    remedy: 'Return 400 for a filter that isn’t supported, with scimType invalidFilter.',
    ...over(matchless, expectNobody),
    blame: [
      {
        on: '5xx',
        remedy:
          'Return 400 for a filter that isn’t supported, with scimType invalidFilter, instead of a 5xx.',
      },
    ],
  }),
  {
    ...family('title', 'attributes other than names and ids, such as title'),
    run: async context => {
      if (findAttribute(context.users, 'title')?.mutability !== 'readWrite') skip('Users have no title.')
      const filter = `title eq "${context.unique('nobody')}"`
      expectStatus(await requestList(context, context.users, { filter }), 200)
    },
  },
  family('ne', '`ne`', '# ne "a"'),
  family('substrings', '`co`, `sw` and `ew`', '# co "a"', '# sw "a"', '# ew "a"'),
  family('order', '`gt`, `ge`, `lt` and `le`', '# gt "a"', '# ge "a"', '# lt "a"', '# le "a"'),
  family('presence', '`pr`', '# pr'),
  family('logic', '`and`, `or` and `not`', '# eq "a" and # eq "b"', '# eq "a" or # eq "b"', 'not (# eq "a")'),
  {
    ...family('value-paths', 'value paths in brackets', 'emails[type eq "work"]'),
    after: ['rfc/filter/sub-attributes'],
  },
  must('eq-string', ['R-097', 'R-099'], {
    description: '`userName eq` returns only the user with this userName, and totalResults 1.',
    rationale:
      'Entra ID and Okta first search for every user this way. A wrong result creates duplicates or links the wrong user.',
    remedy: 'Return only resources whose whole value is equal, and their number in totalResults.',
    blame: [
      {
        on: ['missing', '4xx'],
        remedy: 'Support `userName eq` in filters, and return the user with this userName.',
      },
    ],
    run: async context => {
      const made = await context.create(context.users)
      const other = await context.create(context.users)
      const name = valueIn(made.body, 'userName') ?? skip('Users have no userName.')
      const filter = `userName eq ${JSON.stringify(name)}`
      await expectFound(context, context.users, filter, [made], [other])
      const response = await requestList(context, context.users, { filter })
      const names = listedResources(response).map(({ userName }) => userName ?? null)
      expectThat(names.length === 1, 'one resource', names, response)
      const { totalResults } = jsonObject(response)
      if (totalResults !== undefined) expectEqual(totalResults, 1, 'totalResults', response)
    },
  }),
  must('eq-whole-value', ['R-099'], {
    description: '`eq` compares the whole value: the beginning of a value doesn’t match.',
    rationale: 'A client that searches for "ann" and gets "anna" links the wrong account.',
    remedy: 'Compare for equality, not with a pattern or prefix.',
    after: ['rfc/filter/not-ignored', 'rfc/retrieve/nothing-found'],
    run: matching({ values: ['$mark longer'], filters: { '$text eq "$mark"': [] } }),
  }),
  must('eq-wildcards-are-text', ['R-099', 'R-100'], {
    description: 'Characters such as `*`, `%` and `_` have no special meaning in filters.',
    rationale: 'A name with an underscore would match other users, and a client would change the wrong one.',
    remedy: 'Escape your database’s wildcards in filter values.',
    after: ['rfc/filter/takes-substrings'],
    run: matching({ values: ['$mark a_b%c', '$mark aXbYYc'], filters: { '$text sw "$mark a_b%"': [0] } }),
  }),
  must('eq-id', ['R-099'], {
    description: '`id eq` returns the resource with this ID.',
    rationale: 'Microsoft’s tutorial uses `id eq … and manager eq …` to check whether a manager is set.',
    remedy: 'Support id in filters.',
    after: ['rfc/filter/not-ignored'],
    given: { user: true, other: true },
    request: ({ user }) => ({ filter: `id eq ${JSON.stringify(user.id)}` }),
    expect: { found: ['user'] },
  }),
  must('eq-external-id', ['R-099'], {
    description: '`externalId eq` returns the resource with this externalId.',
    rationale: 'Clients match by externalId. If the filter doesn’t find the user, they create a duplicate.',
    remedy: 'Store externalId as it was sent, and support it in filters.',
    after: ['rfc/filter/not-ignored'],
    given: { user: ({ mark }) => ({ externalId: mark }), other: true },
    request: ({ mark }) => ({ filter: `externalId eq "${mark}"` }),
    expect: { found: ['user'] },
  }),
  must('eq-group-name', ['R-099'], {
    description: '`displayName eq` returns the group with this name.',
    needs: ['groups'],
    rationale:
      'Entra ID searches for groups by displayName. If the filter doesn’t find the group, Entra creates a duplicate.',
    remedy: 'Evaluate filters on groups in the same way as on users.',
    after: ['rfc/filter/not-ignored'],
    given: { group: true, otherGroup: true },
    request: ({ group }) => ({
      filter: `displayName eq ${JSON.stringify(group.sent.displayName)}`,
      of: 'groups',
    }),
    expect: { found: ['group'] },
  }),
  must('ne-string', ['R-099'], {
    description: '`ne` returns only resources with a different string.',
    rationale: 'A client that asks for all users except one receives this one or none.',
    remedy: 'Evaluate ne as the opposite of eq.',
    after: ['rfc/filter/takes-ne'],
    run: matching({ values: ['$mark one', '$mark two'], filters: { '$text ne "$mark two"': [0] } }),
  }),
  must('substrings', ['R-100'], {
    description:
      '`co`, `sw` and `ew` return only resources with strings that contain, start with or end with another string.',
    rationale:
      'Consoles and scripts search for users by part of a name. A wrong comparison returns no users or all of them.',
    remedy:
      'Evaluate these as RFC 7644 table 3 defines them: co matches anywhere, sw at the start, ew at the end.',
    after: ['rfc/filter/takes-substrings'],
    ...over({ co: 'end$mark', sw: '$mark', ew: 'd$mark' }, (part, operator) => {
      const other = operator === 'ew' ? 'elsewhere d$markx' : 'elsewhere $markx elsewhere'
      const filters = { [`$text ${operator} "${part}"`]: [0] }
      return matching({ values: ['$mark Middle end$mark', other], filters })
    }),
  }),
  must('order', ['R-102'], {
    description: '`gt`, `ge`, `lt` and `le` compare strings in lexicographical order.',
    rationale:
      'Clients split large directories into ranges of names, and never see users that a wrong range omits.',
    remedy:
      'Compare strings lexically, by the attribute’s caseExact. Only ge and le include the value itself.',
    after: ['rfc/filter/takes-order'],
    ...over({ gt: [2], ge: [1, 2], lt: [0], le: [0, 1] }, (hits, operator) =>
      matching({
        values: ['$mark b', '$mark c', '$mark d'],
        filters: { [`$text ${operator} "$mark c"`]: hits },
      }),
    ),
  }),
  must('pr', ['R-101'], {
    description:
      '`pr` returns only users with a value, or with a sub-attribute of a complex value: `name pr`.',
    rationale:
      'Clients ask which users have a phone number or a manager, or are incomplete, and rely on the result.',
    remedy:
      'Evaluate pr as true if the value isn’t null, an empty string or an empty list, and on a complex attribute if one of its sub-attributes has a value.',
    after: ['rfc/filter/takes-presence'],
    each: {
      'a string': isPresent(s => s.text, { user: s => ({ [s.text]: s.mark }) }),
      name: isPresent(() => 'name', {
        has: ['name.givenName'],
        user: { name: { givenName: 'Ann', familyName: 'Check' } },
      }),
    },
  }),
  must('eq-boolean', ['R-099'], {
    description: '`active eq true` returns active users, and `active eq false` inactive ones.',
    rationale: 'Clients that search for disabled users with `active eq false` miss accounts.',
    remedy: 'Compare booleans as booleans. true and false are written without quotes.',
    after: ['rfc/filter/not-ignored'],
    run: byActive({ 'active eq true': true, 'active eq false': false }),
  }),
  must('ne-boolean', ['R-099'], {
    description: '`active ne true` returns inactive users.',
    rationale: 'Clients that search for disabled users miss accounts.',
    remedy: 'Compare booleans as booleans, for ne as well.',
    after: ['rfc/filter/takes-ne'],
    run: byActive({ 'active ne true': false }),
  }),
  must('eq-default', ['R-111'], {
    description: 'Filters match default values that the server has set.',
    rationale: 'Users who are returned as active but not found by active are missing from every report.',
    remedy: 'Evaluate filters on the resource as it is returned, including default values.',
    after: ['rfc/filter/eq-boolean'],
    run: async context => {
      const { active: given, ...sent } = context.sample(context.users)
      if (given !== undefined && findAttribute(context.users, 'active')?.required)
        skip('active is required here.')
      const response = await postCreated(context, context.users, sent)
      const body = jsonObject(response)
      const { active } = body
      if (typeof active !== 'boolean') return skip('The server sets no default for active.')
      const made = { id: String(body.id), body, path: '', sent, response }
      const other = await context.create(context.users, { active: !active })
      await expectFound(context, context.users, `active eq ${active}`, [made], [other])
    },
  }),
])
