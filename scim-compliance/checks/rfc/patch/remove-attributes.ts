import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { at, needWritable, textOf } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { patchRemoveArea, removedStays } from './areas.ts'
import { expectNoPhone, expectUnassigned } from './expect-unassigned.ts'

export const checks: readonly Check[] = checksOf(patchRemoveArea, [
  {
    id: 'single-value',
    level: 'MUST',
    says: 'remove leaves a single-valued attribute unassigned.',
    requirements: ['R-183'],
    matters: removedStays,
    mend: 'Take the attribute that path names away.',
    run: async stage => {
      const text = textOf(stage.users)
      const made = await stage.create(stage.users, { [text]: stage.unique() })
      const { body, answer } = await patched(stage, made, { op: 'remove', path: text })
      expectUnassigned(at(body, text), text, answer)
    },
  },
  {
    id: 'whole-list',
    level: 'MUST',
    says: 'remove of a multi-valued attribute takes all its values.',
    requirements: ['R-183'],
    matters: removedStays,
    mend: 'Take all values away when path has no filter.',
    run: stage => expectNoPhone(stage, 'phoneNumbers'),
  },
  {
    id: 'sub-attribute',
    level: 'MUST',
    says: 'remove of `name.givenName` takes just that part.',
    requirements: ['R-170', 'R-183'],
    matters: removedStays,
    mend: 'Resolve paths with one sub-attribute.',
    run: async stage => {
      needWritable(stage.users, 'name.middleName', 'name.familyName')
      const name = { givenName: 'Ann', middleName: 'B.', familyName: 'Check' }
      const made = await stage.create(stage.users, { name })
      const { body, answer } = await patched(stage, made, { op: 'remove', path: 'name.middleName' })
      expectUnassigned(at(body, 'name', 'middleName'), 'name.middleName', answer)
      expectEqual(at(body, 'name', 'familyName'), 'Check', 'name.familyName', answer)
    },
  },
])
