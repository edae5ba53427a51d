import type { Check } from '../../../check.ts'
import { expectEqual, skip } from '../../../expect.ts'
import { at, needWritable } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { patched } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { patchReplaceArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(patchReplaceArea, [
  {
    id: 'user-name',
    level: 'SHOULD',
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
    says: 'A user whose userName was replaced is found by the new one, and not by the old one.',
    requirements: ['R-188', 'R-097'],
    needs: ['filter'],
    matters: 'Clients look people up by their new name, find nobody, and create them a second time.',
    mend: 'Change the index of names together with the name.',
    run: async stage => {
      needWritable(stage.users, 'userName')
      const made = await stage.create(stage.users)
      const value = stage.sample(stage.users).userName ?? skip('Users have no userName.')
      const { body } = await patched(stage, made, { op: 'replace', path: 'userName', value })
      if (at(body, 'userName') !== value) followsFrom('The name isn’t changed', 'rfc/patch-replace/user-name')
      await expectFound(stage, stage.users, `userName eq ${JSON.stringify(value)}`, [made])
      const old = JSON.stringify(at(made.body, 'userName') ?? '')
      await expectFound(stage, stage.users, `userName eq ${old}`, [], [made])
    },
  },
])
