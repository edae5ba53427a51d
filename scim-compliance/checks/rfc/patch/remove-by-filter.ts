import type { Check } from '../../../check.ts'
import { expectEqual, expectThat } from '../../../expect.ts'
import { needWritable, sortedValues, valuesAt } from '../../tools/attributes.ts'
import { withAddresses } from '../../tools/emails.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { patchRemoveArea, removedStays } from './areas.ts'
import { expectNoPhone } from './expect-unassigned.ts'

export const checks: readonly Check[] = checksOf(patchRemoveArea, [
  {
    id: 'by-filter',
    level: 'MUST',
    says: 'remove with a filter takes just the values that match.',
    requirements: ['R-184'],
    matters: 'The wrong address is taken away, or all of them.',
    mend: 'Evaluate the filter of the path for each value.',
    run: async stage => {
      const { made, address } = await withAddresses(stage, 'work', 'home')
      const { body, answer } = await patched(stage, made, {
        op: 'remove',
        path: 'emails[type eq "home"]',
      })
      expectEqual(sortedValues(body, 'emails'), [address('work')], 'emails', answer)
    },
  },
  {
    id: 'by-filter-of-two',
    level: 'MUST',
    says: 'The filter of a path may have several conditions.',
    requirements: ['R-170', 'R-184'],
    matters: 'The wrong address is taken away, or none.',
    mend: 'Parse the whole grammar of filters in the brackets of a path.',
    run: async stage => {
      const { made, address } = await withAddresses(stage, 'work', 'home')
      const path = `emails[type eq "home" and value eq "${address('home')}"]`
      const { body, answer } = await patched(stage, made, { op: 'remove', path })
      expectEqual(sortedValues(body, 'emails'), [address('work')], 'emails', answer)
    },
  },
  {
    id: 'last-by-filter',
    level: 'MUST',
    says: 'When a filter takes the last value, the attribute is unassigned.',
    requirements: ['R-184'],
    matters: 'Clients see a value that isn’t one, and try to remove it again.',
    mend: 'Leave the attribute out when no value is left.',
    run: stage => expectNoPhone(stage, 'phoneNumbers[type eq "work"]'),
  },
  {
    id: 'part-by-filter',
    level: 'MUST',
    says: 'remove of `emails[type eq "home"].display` takes that part of the values that match.',
    requirements: ['R-170', 'R-184'],
    matters: removedStays,
    mend: 'Resolve paths with a filter and a sub-attribute.',
    run: async stage => {
      needWritable(stage.users, 'emails.value', 'emails.type', 'emails.display')
      const mark = stage.unique()
      const email = { type: 'home', value: `home-${mark}@example.com`, display: 'Home' }
      const made = await stage.create(stage.users, { emails: [email] })
      const change = { op: 'remove', path: 'emails[type eq "home"].display' }
      const { body, answer } = await patched(stage, made, change)
      const [left] = valuesAt(body, 'emails')
      // A server may put a text of its own in the place of what is removed.
      expectThat(
        left?.display !== email.display,
        `emails.display other than ${email.display}`,
        left?.display,
        answer,
      )
      expectEqual(left?.value, email.value, 'emails.value', answer)
    },
  },
])
