import t from 'tap'
import { attribute } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { parseFilter, parseValueFilter } from '../../../src/scim/filter/bind.ts'
import { matchNone } from '../../../src/scim/filter/bound-filter.ts'
import { matches, toSearchForm, valueToSearchForm } from '../../../src/scim/filter/evaluate.ts'
import { parseSyntax, printFilter } from '../../../src/scim/filter/syntax.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { resourceType } from '../../../src/scim/resource-types.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'
import { finds, findsGroup, groupFilter, limits, rejection, userFilter } from './filter-reading.ts'

const user: JsonObject = {
  id: '2819c223',
  userName: 'bjensen',
  externalId: '701984',
  title: 'Say "hi" \\ é 😀',
  name: { givenName: 'Barbara', familyName: 'Jensen' },
  active: true,
  emails: [
    { value: 'b@work.example', type: 'work', primary: true },
    { value: 'b@home.example', type: 'home' },
  ],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
    department: 'Tours',
    manager: { value: '26' },
  },
}

const accepted = [
  'userName eq "bjensen"',
  '  userName   eq   "bjensen"  ',
  'USERNAME Eq "BJensen"',
  'title pr',
  'title PR AND userName SW "b"',
  'not (userName eq "x")',
  'not(userName eq "x")',
  'NOT (userName eq "x") and not (not (title pr))',
  '(userName eq "bjensen")',
  '((userName eq "x") or (title pr)) and (active eq true)',
  'emails[type eq "work"]',
  'emails[not (type eq "other") and (value co "home" or value co "work")]',
  'emails[type eq "work"].value eq "b@work.example"',
  'emails[type eq "other" or type eq "home"].value ew "home.example" and active eq true',
  'emails[type eq "home"].primary ne true',
  'emails[type eq "work"].display pr or title pr',
  'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b"',
  'urn:ietf:params:scim:schemas:core:2.0:user:name.givenname eq "barbara"',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26"',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tours"',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr',
  'nickName eq null',
  'title ne null',
  'title co "\\"hi\\" \\\\ \\u00e9 \\ud83d\\ude00"',
  'title eq "say \\"HI\\" \\\\ É 😀"',
  'title ne "a (b [c] and"',
]

t.test('R-098 every filter of the grammar is accepted', async t => {
  for (const text of accepted) t.equal(finds(text, user), true, text)
})

const refused: readonly [text: string, detail: RegExp][] = [
  ['', /ends at position 1, where the name of an attribute is expected/],
  ['   ', /ends at position 4/],
  ['userName', /ends at position 9, where an operator after "userName"/],
  ['userName eq', /a value after "eq"/],
  ['userName eq "x', /string that starts at position 13 has no closing quote/],
  ['userName eq "x" and', /after "and"/],
  ['userName eq "x" title pr', /"title" at position 17 is out of place: "and", "or" or the end/],
  ['userName eq"x"', /""x"" at position 12 is out of place: a blank and a value/],
  ['userName eq "x"and title pr', /"and" at position 16/],
  ['"userName" eq "x"', /at position 1 is out of place: a blank and the name/],
  ['userName eq "x")', /"\)" at position 16 closes nothing/],
  ['(userName eq "x"', /ends at position 17 before every parenthesis/],
  ['(userName eq "x"]', /"\]" at position 17 closes nothing/],
  ['emails[type eq "work"', /ends at position 22 before/],
  ['emails[type eq "work")', /"\)" at position 22 closes nothing/],
  ['emails[]', /"\]" at position 8/],
  ['()', /"\)" at position 2/],
  ['emails [type eq "work"]', /"\[" at position 8 is out of place/],
  ['emails[type eq "work"] .value eq "x"', /".value" at position 24/],
  ['(userName pr).value eq "x"', /".value" at position 14/],
  ['(userName pr].value eq "x"', /"\]" at position 13 closes nothing/],
  ['emails[type eq "work"].value', /an operator after "value"/],
  ['emails[type eq "work"].value[type pr]', /"\[" at position 29/],
  ['emails[emails[type pr]]', /"emails" has|emails has no attribute "emails"/],
  ['emails[type[value eq "x"]]', /"type" at position 8 is inside brackets, which cannot be nested/],
  ['not userName eq "x"', /"userName" at position 5 is out of place: an opening parenthesis after "not"/],
  ['not', /a filter in parentheses after "not"/],
  ['userName eq [1]', /"\[" at position 13/],
  ['userName eq "\\x"', /at position 13 is not a JSON string/],
  ['userName eq "a\tb"', /at position 13 is not a JSON string/],
  ['userName eq "\\u0000"', /U\+0000/],
  ['userName eq "\\ud83d"', /surrogate/],
  ['userName eq 1e999', /1e999 at position 13/],
  ['userName eq jensen', /jensen at position 13 has no quotes. Strings need them: "jensen"/],
  ['active eq True', /True at position 11 has no quotes.*true/],
]

t.test('R-098 any other text is rejected with the error and its position', async t => {
  for (const [text, detail] of refused)
    t.match(
      rejection(() => userFilter(text)),
      detail,
      text,
    )
})

t.test('R-109 the error for an unknown operator contains its name', async t => {
  t.equal(
    rejection(() => userFilter('userName is "x"')),
    '"is" at position 10 is not an operator. Use one of eq, ne, co, sw, ew, gt, ge, lt, le and pr.',
  )
  t.match(
    rejection(() => userFilter('userName toString "x"')),
    /"toString" at position 10 is not an operator/,
  )
})

t.test('R-105 grouping precedes not, not precedes and, and precedes or', async t => {
  const holds = 'userName pr'
  const fails = 'nickName pr'
  t.equal(finds(`${holds} or ${holds} and ${fails}`, user), true)
  t.equal(finds(`(${holds} or ${holds}) and ${fails}`, user), false)
  t.equal(finds(`${fails} and ${fails} or ${holds}`, user), true)
  t.equal(finds(`${fails} and (${fails} or ${holds})`, user), false)
  t.equal(finds(`not (${holds}) and ${fails}`, user), false)
  t.equal(finds(`not (${holds} and ${fails})`, user), true)
  t.equal(finds(`${holds} or ${fails} and ${fails} or ${fails}`, user), true)
})

t.test('R-104 names and operators mean the same in any case', async t => {
  t.same(
    userFilter('USERNAME EQ "x" AND NAME.familyname Co "y"'),
    userFilter('userName eq "x" and name.familyName co "y"'),
  )
})

t.test('a filter that is too long or nested too deeply is rejected before it is parsed', async t => {
  const deep = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`
  t.equal(finds(deep(limits.filterDepth), user), true)
  t.match(
    rejection(() => userFilter(deep(limits.filterDepth + 1))),
    /nested too deeply at position 21:.* 20 deep/,
  )
  t.match(
    rejection(() => userFilter(`${'not ('.repeat(11)}title pr${')'.repeat(11)}`)),
    /nested too deeply/,
  )
  t.match(
    rejection(() => userFilter(deep(10_000))),
    /20008 characters; at most 8000/,
  )
  t.match(
    rejection(() => userFilter('('.repeat(7999))),
    /nested too deeply/,
  )
})

t.test('a lenient profile accepts values without quotes, as Entra documents them', async t => {
  t.equal(finds('externalId eq 701984', user, lenientReads), true, 'a number for a string attribute')
  t.equal(finds('externalId eq 58342554-38d6-4ec8', user, lenientReads), false)
  t.equal(finds('externalId eq 007', { ...user, externalId: '007' }, lenientReads), true)
  t.equal(finds('externalId eq 1e5', { ...user, externalId: '1e5' }, lenientReads), true)
  t.equal(finds('userName eq true', { ...user, userName: 'true' }, lenientReads), true)
  t.equal(finds('userName eq bjensen and active eq True', user, lenientReads), true)
  t.equal(finds('emails[value eq b@work.example]', user, lenientReads), true)
  t.equal(finds('emails[type eq "work" and primary eq "True"]', user, lenientReads), true)
  t.equal(finds('nickName eq null', user, lenientReads), true, 'null is still null')
  t.equal(finds('nickName eq ""', user, lenientReads), false, 'an empty string matches no user')
})

t.test('a lenient profile applies `eq` after brackets to the value', async t => {
  const brackets = 'emails[type eq "work"]'
  const same = (text: string, meant: string) =>
    t.same(userFilter(text, lenientReads), userFilter(meant, lenientReads), text)
  same(`${brackets} eq "a@b.example"`, 'emails[type eq "work" and value eq "a@b.example"]')
  same(`${brackets} EQ a@b.example`, 'emails[type eq "work" and value eq "a@b.example"]')
  same(
    'phoneNumbers[type eq "x" or primary eq true] eq "1"',
    'phoneNumbers[(type eq "x" or primary eq true) and value eq "1"]',
  )
  same(
    `active eq true and (${brackets} eq "a" or not (${brackets} eq "b")) and title pr`,
    'active eq true and (emails[type eq "work" and value eq "a"] or not (emails[type eq "work" and value eq "b"])) and title pr',
  )
  t.same(
    groupFilter('members[type eq "User"] eq "u1"', lenientReads),
    groupFilter('members[type eq "User" and value eq "u1"]', lenientReads),
  )
  for (const [text, reason] of [
    [`${brackets} eq`, 'The filter ends at position 26, where a value after "eq" is expected.'],
    [
      `${brackets} ne "a"`,
      '"ne" at position 24 is out of place: "and", "or" or the end of the filter is expected there.',
    ],
    [
      `${brackets}eq "a"`,
      '"eq" at position 23 is out of place: "and", "or" or the end of the filter is expected there.',
    ],
    [
      `${brackets} eq "a" "b"`,
      '""b"" at position 31 is out of place: "and", "or" or the end of the filter is expected there.',
    ],
    ['addresses[type eq "work"] eq "a"', 'addresses has no attribute "value" (at position 27).'],
  ] as const) {
    t.equal(
      rejection(() => userFilter(text, lenientReads)),
      reason,
      text,
    )
  }
  t.equal(
    rejection(() => userFilter(`${brackets} eq "a@b.example"`)),
    '"eq" at position 24 is out of place: "and", "or" or the end of the filter is expected there.',
    'a strict profile does not',
  )
})

t.test(
  'a filter is printed with single blanks, quotes, and no parentheses that it does not need',
  async t => {
    const printed = (text: string) => printFilter(parseSyntax(text, lenientReads, limits))
    for (const [text, expected] of [
      ['  userName  EQ\t"\\u0041\\"" ', 'userName eq "A\\""'],
      ['userName eq jensen and active eq true', 'userName eq "jensen" and active eq true'],
      ['((a pr) and (b pr)) or NOT((c pr))', 'a pr and b pr or not (c pr)'],
      ['(a pr or b pr) and c gt 1.50', '(a pr or b pr) and c gt 1.5'],
      ['(a pr and b pr) and (c pr)', '(a pr and b pr) and c pr'],
      ['a pr or (b pr or c pr)', 'a pr or (b pr or c pr)'],
      ['emails[(type eq "work")].value sw "x"', 'emails[type eq "work"].value sw "x"'],
      ['emails[a pr and (b pr or c pr)] eq x', 'emails[a pr and (b pr or c pr)].value eq "x"'],
    ] as const) {
      t.equal(printed(text), expected, text)
    }
  },
)

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

t.test(
  'R-111 the search form is case-folded, has canonical names, and lacks empty and secret values',
  async t => {
    const seen = toSearchForm(userType, {
      ID: 'aB1',
      schemas: ['urn:X'],
      USERNAME: 'BÅ',
      password: 'secret',
      active: true,
      nickName: null,
      emails: [{ Value: 'A@B', primary: true, display: null }, {}],
      phoneNumbers: [],
      groups: [{ value: 'g' }],
      [enterprise.toUpperCase()]: { department: 'Tours', manager: { value: 'Zz' } },
      unknown: 1,
    })
    t.same(seen, {
      id: 'aB1',
      schemas: ['urn:X'],
      userName: 'bå',
      active: true,
      emails: [{ value: 'a@b', primary: true }],
      [enterprise]: { department: 'tours', manager: { value: 'Zz' } },
    })
  },
)

t.test('R-113 filters can use meta.lastModified, in any time zone', async t => {
  const search = { meta: { resourceType: 'User', created: 0, lastModified: Date.UTC(2026, 0, 31, 8) } }
  const finds = (text: string) => matches(userFilter(text), search)
  t.equal(finds('meta.lastModified gt "2026-01-31T07:59:59.999Z"'), true)
  t.equal(finds('meta.lastModified eq "2026-01-31T09:00:00+01:00"'), true)
  t.equal(finds('meta.lastModified gt "2026-01-31T08:00:00Z"'), false)
  t.equal(finds('meta.created lt "1970-01-01T00:00:00.001" and meta.resourceType eq "User"'), true)
})

t.test('filters find members and groups by id', async t => {
  const related = { members: new Set(['u1', 'u2']) }
  t.equal(findsGroup('members.value eq "u1"', related), true)
  t.equal(findsGroup('members eq "u3"', related), false)
  t.equal(findsGroup('members eq "U1"', related), false, 'ids are case exact')
  t.equal(findsGroup('members[value eq "u3" or value eq "u2"]', related), true)
  t.equal(findsGroup('members pr and members.value pr and members ne null', related), true)
  t.equal(findsGroup('members pr', { members: new Set() }), false)
  t.equal(findsGroup('members eq null', { members: new Set() }), true)
  const u1 = { kind: 'related', relation: 'members', id: 'u1' }
  t.same(groupFilter('members eq "u1"'), { ...u1, form: 'attribute' })
  t.same(groupFilter('member eq "u1"', lenientReads), { ...u1, form: 'attribute' })
  t.same(groupFilter('members[value eq "u1"]'), { ...u1, form: 'brackets' })
  t.same(userFilter('groups.value eq "g1"'), {
    kind: 'related',
    relation: 'groups',
    id: 'g1',
    form: 'sub-attribute',
  })
})

t.test('other conditions on members and groups apply to each of them', async t => {
  const kinds = (text: string) => {
    const filter = groupFilter(text)
    return 'operands' in filter ? [filter.kind, ...filter.operands.map(({ kind }) => kind)] : [filter.kind]
  }
  t.same(kinds('members[type eq "User"]'), ['some-related'])
  t.same(kinds('members[value eq "u1" and type eq "User"]'), ['some-related'])
  t.same(kinds('members.display pr'), ['some-related'])
  t.same(kinds('members[value eq "u1" or type eq "User"]'), ['or', 'related', 'some-related'])
  t.same(kinds('members.value ne "u1"'), ['or', 'some-related', 'not'], 'no members at all count as another')
  t.same(kinds('members[value ne "u1"]'), ['some-related'])
  t.same(groupFilter('members[value eq null]'), matchNone)
  for (const text of ['members.$ref pr', 'members[$ref co "x"]'])
    t.match(
      rejection(() => groupFilter(text)),
      /is computed for each response/,
      text,
    )
})

t.test('the filter of a PATCH path applies to each value', async t => {
  const emails = userType.attributes.find(({ name }) => name === 'emails') ?? attribute('none', '')
  const members = groupType.attributes.find(({ name }) => name === 'members') ?? attribute('none', '')
  const tags = attribute('tags', 'Labels.', { multiValued: true })
  const suits = (of: typeof emails, text: string, value: Parameters<typeof valueToSearchForm>[1]) =>
    matches(parseValueFilter(text, of, strictReads, limits), valueToSearchForm(of, value) ?? {})

  t.equal(suits(emails, 'type eq "WORK" and primary eq true', { type: 'Work', primary: true }), true)
  t.equal(suits(emails, 'primary ne true', { type: 'Work' }), true)
  t.equal(suits(members, 'value eq "u1"', { value: 'u1', type: 'User' }), true)
  t.equal(
    suits(members, 'type eq "user" and display sw "a"', { value: 'u1', type: 'User', display: 'Ada' }),
    true,
  )
  t.equal(suits(tags, 'value eq "RED"', 'Red'), true)
  t.equal(suits(tags, 'value pr', ''), false)
  t.equal(
    rejection(() => parseValueFilter('size eq "x"', emails, strictReads, limits, 7)),
    'emails has no attribute "size" (at position 8).',
  )
  t.match(
    rejection(() => parseValueFilter('type[value pr]', emails, strictReads, limits)),
    /cannot be nested/,
  )
  t.match(
    rejection(() => parseValueFilter('$ref pr', members, strictReads, limits)),
    /is computed for each response/,
  )
  t.match(
    rejection(() => parseValueFilter('', emails, strictReads, limits, 7)),
    /ends at position 8/,
  )
})

t.test('R-098 numbers have sign, fraction and exponent', async t => {
  const device = resourceType({
    name: 'Device',
    endpoint: '/Devices',
    description: 'Device',
    schema: {
      id: 'urn:example:Device',
      name: 'Device',
      description: 'Device',
      attributes: [
        attribute('label', 'Label.'),
        attribute('offset', 'Offset.', { type: 'integer' }),
        attribute('weight', 'Weight.', { type: 'decimal' }),
      ],
    },
    extensions: [],
    labelAttribute: 'label',
    displayAttribute: 'label',
  })
  const search = toSearchForm(device, { offset: -5, weight: 1.5 })
  const finds = (text: string) => matches(parseFilter(text, device, strictReads, limits), search)
  t.equal(finds('offset eq -5 and weight eq 15e-1'), true)
  t.equal(finds('(offset lt -4) and weight ge 1.5'), true)
  t.equal(finds('offset gt 10'), false, 'numbers are not compared as texts')
  t.equal(finds('offset ne -5'), false)
})
