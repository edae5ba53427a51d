import type { Check } from '../../../check.ts'
import { expectEqual, expectThat } from '../../../expect.ts'
import { sortedValues } from '../../tools/attributes.ts'
import { expectGivesText, expectName, expectReplacesText } from '../../tools/patch-users.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { withAddressToAdd } from './address-to-add.ts'
import { patchAddArea } from './areas.ts'

const lost =
  'Entra ID, Okta and others add what was set in the directory; where it doesn’t arrive, they add it at each run.'

export const checks: readonly Check[] = checksOf(patchAddArea, [
  {
    id: 'single-value',
    level: 'SHOULD',
    says: 'add gives an attribute a value that it hadn’t.',
    requirements: ['R-179'],
    matters: lost,
    mend: 'Set the attribute that path names.',
    run: stage => expectGivesText(stage, (path, value) => ({ op: 'add', path, value })),
  },
  {
    id: 'single-value-replaces',
    level: 'SHOULD',
    says: 'add to a single-valued attribute that has a value replaces it.',
    requirements: ['R-179'],
    matters:
      'Entra ID doesn’t always send replace for a change; after an add, the old title or department would stay.',
    mend: 'Treat add to a single-valued attribute as replace.',
    run: stage => expectReplacesText(stage, (path, value) => ({ op: 'add', path, value })),
  },
  {
    id: 'appends-list',
    level: 'SHOULD',
    says: 'add of a list to a multi-valued attribute keeps what was there.',
    requirements: ['R-179'],
    matters: 'Adding an address takes the others away.',
    mend: 'Append the values to those that are there.',
    run: async stage => {
      const { made, address, home } = await withAddressToAdd(stage)
      const change = { op: 'add', path: 'emails', value: [home] }
      const { body, answer } = await patched(stage, made, change)
      expectEqual(sortedValues(body, 'emails'), ['home', 'other', 'work'].map(address), 'emails', answer)
    },
  },
  {
    id: 'appends-object',
    level: 'SHOULD',
    says: 'add of one object to a multi-valued attribute appends it.',
    requirements: ['R-179'],
    matters: lost,
    mend: 'Take a single object as a list of one.',
    run: async stage => {
      const { made, address, home } = await withAddressToAdd(stage)
      const { body, answer } = await patched(stage, made, { op: 'add', path: 'emails', value: home })
      const emails = sortedValues(body, 'emails')
      expectThat(emails.includes(address('home')), `emails with ${address('home')}`, emails, answer)
    },
  },
  {
    id: 'merges-complex',
    level: 'SHOULD',
    says: 'add to a complex attribute keeps the parts that aren’t named.',
    requirements: ['R-179'],
    matters: 'Setting a given name takes the family name away.',
    mend: 'Merge the object of value into the one that is there.',
    run: stage =>
      expectName(
        stage,
        { op: 'add', path: 'name', value: { givenName: 'Anna' } },
        { givenName: 'Anna', familyName: 'Check' },
      ),
  },
  {
    id: 'sub-attribute',
    level: 'SHOULD',
    says: 'add to `name.givenName` sets just that part.',
    requirements: ['R-170', 'R-179'],
    matters: lost,
    mend: 'Resolve paths with one sub-attribute.',
    run: stage =>
      expectName(
        stage,
        { op: 'add', path: 'name.givenName', value: 'Anna' },
        { givenName: 'Anna', familyName: 'Check' },
      ),
  },
])
