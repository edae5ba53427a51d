import type { Check } from '../../../check.ts'
import { expectEqual, expectThat } from '../../../expect.ts'
import { at, sortedValues, textOf } from '../../tools/attributes.ts'
import { expectName } from '../../tools/patch-users.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { withAddressToAdd } from './address-to-add.ts'
import { patchAddArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(patchAddArea, [
  {
    id: 'no-path',
    level: 'SHOULD',
    says: 'add without path takes an object of attributes.',
    requirements: ['R-178'],
    matters:
      'With the flag aadOptscim062020, Entra ID sends several attributes in one operation without path.',
    mend: 'Add each attribute of the object in value as if it were named by a path.',
    run: async stage => {
      const [text, other] = [textOf(stage.users), textOf(stage.users, [textOf(stage.users)])]
      const [value, kept] = [stage.unique(), stage.unique()]
      const made = await stage.create(stage.users, { [other]: kept })
      const { body, answer } = await patched(stage, made, { op: 'add', value: { [text]: value } })
      expectEqual(at(body, text), value, text, answer)
      expectEqual(at(body, other), kept, other, answer)
    },
  },
  {
    id: 'no-path-list',
    level: 'SHOULD',
    says: 'add without path appends to multi-valued attributes.',
    requirements: ['R-178', 'R-179'],
    matters: 'Adding an address takes the others away.',
    mend: 'Append lists of the object in value to those that are there.',
    run: async stage => {
      const { made, address, home } = await withAddressToAdd(stage)
      const { body, answer } = await patched(stage, made, { op: 'add', value: { emails: [home] } })
      const emails = sortedValues(body, 'emails')
      expectThat(emails.includes(address('home')), `emails with ${address('home')}`, emails, answer)
    },
  },
  {
    id: 'no-path-dotted-names',
    level: 'practice',
    says: 'add without path takes names with a dot: `{"name.givenName": "Anna"}`.',
    requirements: ['R-178'],
    matters:
      'Entra ID sends such names with its flag; changes of names are refused, or forgotten without a word.',
    mend: 'Read the names in value as paths.',
    run: stage =>
      expectName(stage, { op: 'add', value: { 'name.givenName': 'Anna' } }, { givenName: 'Anna' }),
  },
])
