import type { Check } from '../../check.ts'
import { expectEqual, skip } from '../../expect.ts'
import { at, needWritable, sortedValues, textOf, valuesAt } from '../tools/attributes.ts'
import { checksOf, refusalsOf } from '../tools/checks-of.ts'
import { primariesIn, withAddresses, withEmails, withPrimary } from '../tools/emails.ts'
import { expectFound } from '../tools/lists.ts'
import { expectDisabled, expectGivesText, expectName, expectReplacesText } from '../tools/patch-users.ts'
import { patched } from '../tools/patches.ts'

const common = {
  area: 'patch-replace',
  section: 'PATCH replace',
  source: 'RFC 7644 §3.5.2.3',
  needs: ['write', 'users', 'patch'],
} as const

const stale =
  'Most changes that Entra ID and Okta send are replaces; where they don’t arrive, the account stays out of date.'
const wrong = 'The wrong address or number is changed.'

export const checks: readonly Check[] = [
  ...checksOf(common, [
    {
      id: 'single-value',
      level: 'MUST',
      says: 'replace changes a single-valued attribute.',
      requirements: ['R-188'],
      matters: stale,
      mend: 'Set the attribute that path names.',
      run: stage => expectReplacesText(stage, (path, value) => ({ op: 'replace', path, value })),
    },
    {
      id: 'active',
      level: 'MUST',
      says: 'replace turns active off and on.',
      requirements: ['R-188'],
      matters: 'Leavers keep their accounts: this is how clients disable people.',
      mend: 'Let active be changed by PATCH, as a boolean.',
      run: async stage => {
        needWritable(stage.users, 'active')
        const made = await stage.create(stage.users, { active: true })
        for (const value of [false, true]) {
          const { body, answer } = await patched(stage, made, { op: 'replace', path: 'active', value })
          expectEqual(at(body, 'active'), value, 'active', answer)
        }
      },
    },
    {
      id: 'unassigned',
      level: 'MUST',
      says: 'replace of what has no value adds it.',
      requirements: ['R-190'],
      matters: 'Clients don’t know whether there was a value; they are refused.',
      mend: 'Treat replace of an unassigned attribute as add.',
      run: stage => expectGivesText(stage, (path, value) => ({ op: 'replace', path, value })),
    },
    {
      id: 'no-path',
      level: 'MUST',
      says: 'replace without path takes an object of attributes, and leaves the others.',
      requirements: ['R-188'],
      matters: 'Okta disables people with `{"op": "replace", "value": {"active": false}}`.',
      mend: 'Replace each attribute of the object in value as if it were named by a path.',
      run: async stage => {
        const text = textOf(stage.users)
        const other = textOf(stage.users, [text])
        const [value, kept] = [stage.unique(), stage.unique()]
        const made = await stage.create(stage.users, { [text]: stage.unique(), [other]: kept })
        const { body, answer } = await patched(stage, made, { op: 'replace', value: { [text]: value } })
        expectEqual(at(body, text), value, text, answer)
        expectEqual(at(body, other), kept, other, answer)
      },
    },
    {
      id: 'no-path-active',
      level: 'MUST',
      says: 'replace without path turns active off.',
      requirements: ['R-188'],
      matters: 'Okta and Entra ID disable people like this; leavers would keep their accounts.',
      mend: 'Replace each attribute of the object in value, booleans too.',
      run: stage => expectDisabled(stage, { op: 'replace', value: { active: false } }),
    },
    {
      id: 'whole-list',
      level: 'MUST',
      says: 'replace of a multi-valued attribute replaces all its values.',
      requirements: ['R-189'],
      matters: 'Old addresses stay and mail goes astray.',
      mend: 'Put the values that were sent in place of all that were there.',
      run: async stage => {
        needWritable(stage.users, 'emails.value', 'emails.type')
        const mark = stage.unique()
        const email = (name: string) => ({
          type: 'work',
          value: `${name}-${mark}@example.com`,
          primary: true,
        })
        const made = await stage.create(stage.users, { emails: [email('old')] })
        const change = { op: 'replace', path: 'emails', value: [email('new')] }
        const { body, answer } = await patched(stage, made, change)
        expectEqual(sortedValues(body, 'emails'), [`new-${mark}@example.com`], 'emails', answer)
      },
    },
    {
      id: 'merges-complex',
      level: 'MUST',
      says: 'replace of a complex attribute changes the parts that are named, and leaves the rest.',
      requirements: ['R-191'],
      matters: 'Changing a family name takes the given name away.',
      mend: 'Replace the sub-attributes in value, not the whole object.',
      run: stage =>
        expectName(
          stage,
          { op: 'replace', path: 'name', value: { familyName: 'Married' } },
          { familyName: 'Married', givenName: 'Ann' },
        ),
    },
    {
      id: 'sub-attribute',
      level: 'MUST',
      says: 'replace of `name.familyName` changes just that part.',
      requirements: ['R-170', 'R-191'],
      matters: stale,
      mend: 'Resolve paths with one sub-attribute.',
      run: stage =>
        expectName(
          stage,
          { op: 'replace', path: 'name.familyName', value: 'Married' },
          { familyName: 'Married', givenName: 'Ann' },
        ),
    },
    {
      id: 'part-by-filter',
      level: 'MUST',
      says: 'replace of `emails[type eq "work"].value` changes that part of just the values that match.',
      requirements: ['R-192'],
      matters: wrong,
      mend: 'Evaluate the filter for each value, and change the sub-attribute of those that match.',
      run: async stage => {
        const { made, address } = await withAddresses(stage, 'work', 'home')
        const change = { op: 'replace', path: 'emails[type eq "work"].value', value: address('new') }
        const { body, answer } = await patched(stage, made, change)
        expectEqual(sortedValues(body, 'emails'), [address('home'), address('new')], 'emails', answer)
        const work = valuesAt(body, 'emails').find(({ type }) => type === 'work')
        expectEqual(work?.value, address('new'), 'value of the work address', answer)
      },
    },
    {
      id: 'value-by-filter',
      level: 'MUST',
      says: 'replace of `emails[type eq "work"]` replaces the values that match.',
      requirements: ['R-192'],
      matters: wrong,
      mend: 'Put value in place of each value that matches.',
      run: async stage => {
        const { made, address } = await withAddresses(stage, 'work', 'home')
        const value = { type: 'work', value: address('new') }
        const { body, answer } = await patched(stage, made, {
          op: 'replace',
          path: 'emails[type eq "work"]',
          value,
        })
        expectEqual(sortedValues(body, 'emails'), [address('home'), address('new')], 'emails', answer)
      },
    },
    {
      id: 'every-match',
      level: 'MUST',
      says: 'replace with a filter changes every value that matches.',
      requirements: ['R-192'],
      matters: 'One of two is left as it was.',
      mend: 'Don’t stop at the first value that matches.',
      run: async stage => {
        needWritable(stage.users, 'emails.display', 'emails.type', 'emails.value')
        const mark = stage.unique()
        const made = await withEmails(stage, {
          emails: ['a', 'b'].map(name => ({ type: 'work', value: `${name}-${mark}@example.com` })),
        })
        const change = { op: 'replace', path: 'emails[type eq "work"].display', value: 'Office' }
        const { body, answer } = await patched(stage, made, change)
        const displays = valuesAt(body, 'emails').map(({ display }) => display ?? null)
        expectEqual(displays, ['Office', 'Office'], 'emails.display', answer)
      },
    },
    {
      id: 'moves-primary',
      level: 'MUST',
      says: 'Setting one value’s primary to true sets the others’ to false.',
      source: 'RFC 7644 §3.5.2',
      requirements: ['R-174'],
      matters: 'With two primary addresses, mail goes to the old one.',
      mend: 'Set primary of all others to false when one becomes primary.',
      run: async stage => {
        const { made } = await withPrimary(stage, 'home')
        const change = { op: 'replace', path: 'emails[type eq "home"].primary', value: true }
        const { body, answer } = await patched(stage, made, change)
        const primary = primariesIn(body).map(({ type }) => type ?? null)
        expectEqual(primary, ['home'], 'types of the primary addresses', answer)
      },
    },
    {
      id: 'op-in-any-case',
      level: 'practice',
      says: 'Operations are understood in upper and lower case: `Replace`.',
      requirements: ['R-169'],
      matters: 'Entra ID writes Add, Replace and Remove; every change that it sends is refused.',
      mend: 'Compare op without regard to case.',
      run: stage => expectGivesText(stage, (path, value) => ({ op: 'Replace', path, value })),
    },
    {
      id: 'user-name',
      level: 'MUST',
      says: 'replace changes userName.',
      requirements: ['R-188'],
      matters: 'People who marry or move keep their old name to log in with.',
      mend: 'Let userName be changed; resources are known by their id.',
      run: async stage => {
        needWritable(stage.users, 'userName')
        const made = await stage.create(stage.users)
        const value = stage.sample(stage.users).userName ?? skip('Users have no userName.')
        const { body, answer } = await patched(stage, made, { op: 'replace', path: 'userName', value })
        expectEqual(at(body, 'userName'), value, 'userName', answer)
      },
    },
    {
      id: 'user-name-found',
      level: 'MUST',
      says: 'Who got another userName is found by the new one, and not by the old one.',
      requirements: ['R-188', 'R-097'],
      needs: ['filter'],
      matters: 'Clients look people up by their new name, find nobody, and create them a second time.',
      mend: 'Change the index of names together with the name.',
      run: async stage => {
        needWritable(stage.users, 'userName')
        const made = await stage.create(stage.users)
        const value = stage.sample(stage.users).userName ?? skip('Users have no userName.')
        const { body } = await patched(stage, made, { op: 'replace', path: 'userName', value })
        if (at(body, 'userName') !== value) skip('The name isn’t changed, which is told elsewhere.')
        await expectFound(stage, stage.users, `userName eq ${JSON.stringify(value)}`, [made])
        const old = JSON.stringify(at(made.body, 'userName') ?? '')
        await expectFound(stage, stage.users, `userName eq ${old}`, [], [made])
      },
    },
  ]),
  ...refusalsOf(common, [
    {
      id: 'refuses-no-match',
      says: 'replace with a filter that matches nothing is refused.',
      requirements: ['R-193'],
      matters: 'The client believes that a number or address was changed.',
      mend: 'Answer it with 400 and noTarget.',
      scimTypes: ['noTarget'],
      send: async stage => {
        needWritable(stage.users, 'emails.value', 'emails.type')
        const mark = stage.unique()
        const made = await stage.create(stage.users, {
          emails: [{ type: 'work', value: `${mark}@example.com`, primary: true }],
        })
        const path = 'emails[value eq "nobody@example.org"].display'
        return stage.patch(made.path, { op: 'replace', path, value: 'Nobody' })
      },
    },
  ]),
]
