import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { at, needWritable, sortedValues, textOf } from '../../tools/attributes.ts'
import { expectDisabled, expectGivesText, expectName, expectReplacesText } from '../../tools/patch-users.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { patchReplaceArea } from './areas.ts'

const stale =
  'Most changes that Entra ID and Okta send are replaces; where they don’t arrive, the account stays out of date.'

export const checks: readonly Check[] = checksOf(patchReplaceArea, [
  {
    id: 'single-value',
    level: 'SHOULD',
    says: 'replace changes a single-valued attribute.',
    requirements: ['R-188'],
    matters: stale,
    mend: 'Set the attribute that path names.',
    run: stage => expectReplacesText(stage, (path, value) => ({ op: 'replace', path, value })),
  },
  {
    id: 'active',
    level: 'SHOULD',
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
    matters: 'Clients don’t know whether there was a value; what they change is refused.',
    mend: 'Treat replace of an unassigned attribute as add.',
    run: stage => expectGivesText(stage, (path, value) => ({ op: 'replace', path, value })),
  },
  {
    id: 'no-path',
    level: 'SHOULD',
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
    level: 'SHOULD',
    says: 'replace without path turns active off.',
    requirements: ['R-188'],
    matters: 'Okta disables people like this; leavers would keep their accounts.',
    mend: 'Replace each attribute of the object in value, booleans too.',
    run: stage => expectDisabled(stage, { op: 'replace', value: { active: false } }),
  },
  {
    id: 'whole-list',
    level: 'SHOULD',
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
    level: 'SHOULD',
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
    level: 'SHOULD',
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
])
