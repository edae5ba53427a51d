import t from 'tap'
import { attribute } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { matchNone } from '../../../src/scim/filter/bound-filter.ts'
import { matches, toSearchForm, valueToSearchForm } from '../../../src/scim/filter/evaluate.ts'
import { parseFilter, parseValueFilter } from '../../../src/scim/filter/parse.ts'
import { resourceType } from '../../../src/scim/resource-types.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'
import { findsGroup, groupFilter, limits, rejection, userFilter } from './filter-reading.ts'

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
  t.same(groupFilter('members eq "u1"'), { kind: 'related', relation: 'members', id: 'u1' })
  t.same(groupFilter('member eq "u1"', lenientReads), { kind: 'related', relation: 'members', id: 'u1' })
  t.same(userFilter('groups.value eq "g1"'), { kind: 'related', relation: 'groups', id: 'g1' })
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
