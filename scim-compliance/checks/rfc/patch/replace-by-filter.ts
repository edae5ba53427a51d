import type { Check } from '../../../check.ts'
import { expectEqual, skip } from '../../../expect.ts'
import { needWritable, sortedValues, valuesAt } from '../../tools/attributes.ts'
import { primariesIn, withAddresses, withEmails, withPrimary } from '../../tools/emails.ts'
import { expectGivesText } from '../../tools/patch-users.ts'
import { patched } from '../../tools/patches.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { patchReplaceArea } from './areas.ts'

const wrong = 'The wrong address or number is changed.'

export const checks: readonly Check[] = checksOf(patchReplaceArea, [
  {
    id: 'part-by-filter',
    level: 'SHOULD',
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
    level: 'SHOULD',
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
      const answer = await stage.patch(made.path, change)
      if (answer.status >= 400) skip(`The server refuses to set primary by a filter (${answer.status}).`)
      const body = await readAgain(stage, made.path)
      const primary = primariesIn(body).map(({ type }) => type ?? null)
      expectEqual(primary, ['home'], 'types of the primary addresses', answer)
    },
  },
  {
    id: 'op-in-any-case',
    level: 'practice',
    says: 'Operations are understood in upper and lower case: `Replace`.',
    requirements: ['R-169'],
    matters:
      'By default Entra ID writes Add, Replace and Remove; every change that it sends would be refused.',
    mend: 'Compare op without regard to case.',
    run: stage => expectGivesText(stage, (path, value) => ({ op: 'Replace', path, value })),
  },
])
