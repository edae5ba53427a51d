import t from 'tap'
import { userType } from '../../../src/scim/core-schemas.ts'
import { checkRequired } from '../../../src/scim/read-resource.ts'
import type { Resource } from '../../../src/scim/resource.ts'
import { patching } from '../../support/patch.ts'
import { rejection } from '../../support/rejection.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'
import { enterpriseUrn } from '../../support/samples.ts'

const { patch } = patching(strictReads)
const { patch: patchLeniently } = patching(lenientReads)

const work = { value: 'm@work.example', type: 'work', primary: true }
const home = { value: 'm@home.example', type: 'home' }
const marge: Resource = {
  userName: 'marge',
  name: { givenName: 'Marge', familyName: 'Simpson' },
  emails: [work, home],
}
const { emails: _emails, ...withoutEmails } = marge

t.test('R-171: operations apply in order, each to the result of the previous one', async t => {
  t.same(
    patch(
      marge,
      { op: 'add', path: 'title', value: 'Boss' },
      { op: 'remove', path: 'title' },
      { op: 'replace', path: 'title', value: 'Chief' },
      { op: 'remove', path: 'emails[type eq "work"]' },
      { op: 'add', path: 'emails', value: { value: 'x@work.example', type: 'work' } },
    ),
    { ...marge, title: 'Chief', emails: [home, { value: 'x@work.example', type: 'work' }] },
  )
})

t.test('R-172: an operation that fails leaves the resource unchanged', async t => {
  const before = structuredClone(marge)
  t.match(
    rejection(() =>
      patch(
        marge,
        { op: 'replace', path: 'name.givenName', value: 'M' },
        { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' },
      ),
    ),
    { status: 400, scimType: 'noTarget' },
  )
  t.same(marge, before)
})

t.test('R-037, R-174: a new primary value replaces the previous one', async t => {
  const demoted = { ...work, primary: false }
  for (const operation of [
    { op: 'add', path: 'emails', value: [{ value: 'new@x.example', primary: true }] },
    { op: 'add', value: { emails: { value: 'new@x.example', primary: true } } },
  ]) {
    t.same(patch(marge, operation).emails, [demoted, home, { value: 'new@x.example', primary: true }])
  }
  for (const op of ['add', 'replace']) {
    t.same(patch(marge, { op, path: 'emails[type eq "home"].primary', value: true }).emails, [
      demoted,
      { ...home, primary: true },
    ])
  }
  t.equal(
    rejection(() =>
      patch(marge, { op: 'replace', path: 'emails', value: [work, { ...home, primary: true }] }),
    ).scimType,
    'invalidValue',
  )
})

t.test('R-176: an extension is added with its first attribute and removed with its last', async t => {
  const path = `${enterpriseUrn}:department`
  const sold = patch(marge, { op: 'add', path, value: 'Sales' })
  t.same(sold, { ...marge, [enterpriseUrn]: { department: 'Sales' } })
  t.same(patch(sold, { op: 'remove', path }), marge)
  t.same(patch(sold, { op: 'remove', path: enterpriseUrn }), marge)
  const managed = patch(sold, { op: 'add', path: `${enterpriseUrn}:manager.value`, value: '1' })
  t.same(managed[enterpriseUrn], { department: 'Sales', manager: { value: '1' } })
  t.same(patch(managed, { op: 'remove', path: `${enterpriseUrn}:manager.value` }), sold)
})

t.test('R-178: add without a path merges the attributes of its value', async t => {
  t.same(
    patch(marge, {
      op: 'add',
      value: {
        'name.middleName': 'J.',
        TITLE: 'Boss',
        [`${enterpriseUrn}:department`]: 'Sales',
        [enterpriseUrn]: { division: 'North', 'manager.value': '1' },
        'emails[type eq "home"].display': 'Home',
        nickName: null,
      },
    }),
    {
      ...marge,
      name: { givenName: 'Marge', familyName: 'Simpson', middleName: 'J.' },
      title: 'Boss',
      emails: [work, { ...home, display: 'Home' }],
      [enterpriseUrn]: { department: 'Sales', division: 'North', manager: { value: '1' } },
    },
  )
})

t.test('R-179: add appends to a list, replaces a single value, and merges a complex one', async t => {
  t.same(
    patch(
      marge,
      { op: 'add', path: 'emails', value: [{ value: '1' }, { value: '2' }] },
      { op: 'add', path: 'emails', value: { value: '3' } },
      { op: 'add', path: 'userName', value: 'mj' },
      { op: 'add', path: 'name', value: { givenName: 'M', formatted: 'M Simpson' } },
    ),
    {
      userName: 'mj',
      name: { givenName: 'M', familyName: 'Simpson', formatted: 'M Simpson' },
      emails: [work, home, { value: '1' }, { value: '2' }, { value: '3' }],
    },
  )
})

t.test('R-180: adding an existing value changes nothing', async t => {
  for (const value of [work, [work, home], { ...home, value: 'M@HOME.example' }]) {
    t.same(patch(marge, { op: 'add', path: 'emails', value }), marge)
  }
  t.same(patch(marge, { op: 'add', path: 'userName', value: 'marge' }), marge)
  t.same(patch(marge, { op: 'add', value: { name: { givenName: 'Marge' } } }), marge)
})

t.test('R-181: add to a filtered path that matches nothing creates the value', async t => {
  const paths = new Map([
    ['phoneNumbers[type eq "mobile"].value', { value: 'x', type: 'mobile' }],
    ['phoneNumbers[type eq "Mobile"].value', { value: 'x', type: 'mobile' }],
    ['phoneNumbers[type eq "Desk No. 1"].value', { value: 'x', type: 'Desk No. 1' }],
    ['phoneNumbers[type eq "fax" and primary eq true].value', { value: 'x', type: 'fax', primary: true }],
    ['phoneNumbers.value', { value: 'x' }],
  ])
  for (const [path, made] of paths) {
    t.same(patch(marge, { op: 'add', path, value: 'x' }), { ...marge, phoneNumbers: [made] })
  }
  t.same(patch(marge, { op: 'add', path: 'emails[type eq "other"]', value: { value: 'x' } }).emails, [
    work,
    home,
    { type: 'other', value: 'x' },
  ])
  t.same(
    patch(marge, { op: 'add', path: 'emails[type eq "other" and primary eq true].value', value: 'x' }).emails,
    [{ ...work, primary: false }, home, { type: 'other', primary: true, value: 'x' }],
  )
  for (const filter of ['type ne "work" and type ne "home"', 'type eq "a" or type eq "b"', 'type sw "x"']) {
    const operation = { op: 'add', path: `emails[${filter}].value`, value: 'x' }
    t.equal(rejection(() => patch(marge, operation)).scimType, 'noTarget')
  }
})

t.test('R-183: remove leaves an attribute or a sub-attribute unassigned', async t => {
  t.same(patch(marge, { op: 'remove', path: 'emails' }), withoutEmails)
  t.same(patch(marge, { op: 'remove', path: 'name.givenName' }), {
    ...marge,
    name: { familyName: 'Simpson' },
  })
  t.same(patch(marge, { op: 'remove', path: 'name.givenName' }, { op: 'remove', path: 'name.familyName' }), {
    userName: 'marge',
    emails: [work, home],
  })
  t.same(patch(marge, { op: 'remove', path: 'emails.type' }).emails, [
    { value: work.value, primary: true },
    { value: home.value },
  ])
})

t.test('R-183: remove of an absent value changes nothing', async t => {
  for (const path of ['title', 'name.middleName', 'photos.value', enterpriseUrn]) {
    t.same(patch(marge, { op: 'remove', path }), marge)
  }
})

t.test('R-184: remove with a filter without matches is rejected, or changes nothing', async t => {
  for (const path of ['emails[type eq "other"]', 'photos[type eq "photo"].value']) {
    const operation = { op: 'remove', path }
    t.equal(rejection(() => patch(marge, operation)).scimType, 'noTarget', path)
    t.same(patchLeniently(marge, operation), marge, path)
  }
})

t.test('R-184: remove with a filter removes only matching values', async t => {
  t.same(patch(marge, { op: 'remove', path: 'emails[type eq "WORK"]' }).emails, [home])
  t.same(patch(marge, { op: 'remove', path: 'emails[value co "example"]' }), withoutEmails)
  t.same(patch(marge, { op: 'remove', path: 'emails[type eq "work"].primary' }).emails, [
    { value: work.value, type: 'work' },
    home,
  ])
})

t.test('R-184: an address without its last value is removed', async t => {
  t.same(patch(marge, { op: 'remove', path: 'emails[type eq "work"].value' }).emails, [home])
  const addresses = [{ type: 'work', locality: 'Springfield', country: 'US' }]
  const left = patch({ ...marge, addresses }, { op: 'remove', path: 'addresses[type eq "work"].country' })
  t.same(left.addresses, [{ type: 'work', locality: 'Springfield' }])
  t.same(patch(left, { op: 'remove', path: 'addresses[type eq "work"].locality' }), marge)
})

t.test('R-185: removing a required attribute is rejected', async t => {
  for (const path of ['userName']) {
    t.match(
      rejection(() => checkRequired(userType, patch(marge, { op: 'remove', path }))),
      { status: 400, scimType: 'mutability', detail: /userName/ },
    )
  }
})

t.test('R-187: remove with a list of values removes only those', async t => {
  for (const value of [
    [{ value: work.value }],
    { value: 'M@WORK.example' },
    [{ value: work.value, type: 'Work' }],
  ]) {
    t.same(patch(marge, { op: 'remove', path: 'emails', value }).emails, [home])
  }
  for (const value of [[{ value: 'x' }], [{ value: work.value, type: 'other' }], [{}], [null]]) {
    t.same(patch(marge, { op: 'remove', path: 'emails', value }), marge)
  }
  for (const value of [null, []]) t.same(patch(marge, { op: 'remove', path: 'emails', value }), withoutEmails)
})

t.test('R-188: replace without a path replaces the attributes of its value', async t => {
  t.same(patch(marge, { op: 'replace', value: { emails: [home], 'name.givenName': 'M', nickName: 'Mo' } }), {
    userName: 'marge',
    name: { givenName: 'M', familyName: 'Simpson' },
    emails: [home],
    nickName: 'Mo',
  })
  t.same(patch(marge, { op: 'replace', value: { emails: null, name: { givenName: null } } }), {
    userName: 'marge',
    name: { familyName: 'Simpson' },
  })
})

t.test('R-189: replace of a list without a filter replaces the whole list', async t => {
  t.same(patch(marge, { op: 'replace', path: 'emails', value: [home] }).emails, [home])
  t.same(patch(marge, { op: 'replace', path: 'emails', value: home }).emails, [home])
  t.same(patch(marge, { op: 'replace', path: 'emails', value: [] }), withoutEmails)
  t.same(patch(marge, { op: 'replace', path: 'emails', value: null }), withoutEmails)
})

t.test('R-190: replace of an absent value adds it', async t => {
  t.same(patch(marge, { op: 'replace', path: 'title', value: 'Boss' }), { ...marge, title: 'Boss' })
  t.same(patch(marge, { op: 'replace', path: 'ims.value', value: 'x' }), { ...marge, ims: [{ value: 'x' }] })
  t.same(patch({ userName: 'x' }, { op: 'replace', path: 'name.givenName', value: 'M' }), {
    userName: 'x',
    name: { givenName: 'M' },
  })
})

t.test('R-191: replace of a complex attribute changes only the sent sub-attributes', async t => {
  t.same(patch(marge, { op: 'replace', path: 'name', value: { givenName: 'M', familyName: null } }), {
    ...marge,
    name: { givenName: 'M' },
  })
  t.same(
    patch(
      { ...marge, [enterpriseUrn]: { department: 'Sales', division: 'North' } },
      { op: 'replace', path: enterpriseUrn, value: { division: 'South', manager: { value: '1' } } },
    ),
    { ...marge, [enterpriseUrn]: { department: 'Sales', division: 'South', manager: { value: '1' } } },
  )
})

t.test(
  'R-192: replace with a filter replaces every matching value, or one sub-attribute of each',
  async t => {
    t.same(patch(marge, { op: 'replace', path: 'emails[type eq "work"]', value: { value: 'x' } }).emails, [
      { type: 'work', value: 'x' },
      home,
    ])
    t.same(
      patch(marge, { op: 'replace', path: 'emails[type eq "work"]', value: [{ type: 'other', value: 'x' }] })
        .emails,
      [{ type: 'other', value: 'x' }, home],
    )
    t.same(patch(marge, { op: 'replace', path: 'emails[value co "example"].display', value: 'M' }).emails, [
      { ...work, display: 'M' },
      { ...home, display: 'M' },
    ])
  },
)

t.test(
  'R-193: replace with a filter that matches nothing is rejected, or creates the value under a lenient profile',
  async t => {
    const operation = { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' }
    t.match(
      rejection(() => patch(marge, operation)),
      { status: 400, scimType: 'noTarget' },
    )
    t.same(patchLeniently(marge, operation).emails, [work, home, { type: 'other', value: 'x' }])
    t.same(patchLeniently(marge, { ...operation, value: '' }), marge)
  },
)

t.test('R-071 no operation adds values beyond the limit of a list', async t => {
  const emails = Array.from({ length: 1000 }, (_, at) => ({ value: `${at}@x.example`, type: 'work' }))
  const full = { ...marge, emails }
  const one = { value: 'one@more.example', type: 'home' }
  const tooMany = {
    status: 400,
    scimType: 'invalidValue',
    detail: 'emails would have 1001 values. The maximum is 1000.',
  }
  t.same(
    rejection(() => patch(full, { op: 'add', path: 'emails', value: one })),
    tooMany,
  )
  t.same(
    rejection(() => patch(full, { op: 'add', path: 'emails[type eq "home"].value', value: 'x' })),
    tooMany,
  )
  t.same(
    rejection(() =>
      patch(
        withoutEmails,
        { op: 'add', path: 'emails', value: emails },
        { op: 'add', path: 'emails', value: one },
      ),
    ),
    tooMany,
    'over several operations',
  )
  t.same(patch(full, { op: 'add', path: 'emails', value: emails }), full, 'values that exist already')
  t.same(
    patch(
      full,
      { op: 'remove', path: 'emails[value eq "0@x.example"]' },
      { op: 'add', path: 'emails', value: one },
    ),
    { ...marge, emails: [...emails.slice(1), one] },
    'one value removed and one added',
  )
})
