import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { at, attributeOf } from '../../tools/attributes.ts'
import { expectFound } from '../../tools/lists.ts'
import { made } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { commonAttributesArea } from './areas.ts'

const withExternalId = (stage: Stage): { readonly externalId: string } => ({
  externalId: stage.unique('External'),
})

export const checks: readonly Check[] = checksOf(commonAttributesArea, [
  {
    id: 'external-id-kept',
    level: 'MUST',
    says: 'An externalId comes back exactly as it was sent, capitals included.',
    requirements: ['R-045', 'R-062'],
    matters: 'Many clients match people by it; Entra does where an administrator says so.',
    mend: 'Store externalId as it is; don’t fold its case.',
    run: async stage => {
      const given = withExternalId(stage)
      const { path } = await stage.create(stage.users, given)
      const answer = await stage.get(path)
      expectEqual(at(answer.body, 'externalId'), given.externalId, 'externalId', answer)
    },
  },
  {
    id: 'external-id-not-invented',
    level: 'MUST',
    says: 'A user that was created without externalId has none.',
    requirements: ['R-044'],
    matters: 'Clients that match by externalId would take the user for somebody else’s.',
    mend: 'Leave externalId to the client.',
    run: async stage => {
      const { externalId: _, ...sample } = stage.sample(stage.users)
      if (attributeOf(stage.users, 'externalId')?.required) skip('externalId is required here.')
      const answer = await made(stage, stage.users, sample)
      expectThat(
        at(answer.body, 'externalId') === undefined,
        'no externalId',
        at(answer.body, 'externalId'),
        answer,
      )
    },
  },
  {
    id: 'external-id-case',
    level: 'MUST',
    says: 'A filter on externalId tells capitals from small letters.',
    requirements: ['R-045'],
    matters: 'Base64 ids of Active Directory differ in case only; people would be mixed up.',
    mend: 'Compare externalId exactly.',
    needs: ['filter'],
    run: async stage => {
      const given = withExternalId(stage)
      const user = await stage.create(stage.users, given)
      const other = await stage.create(stage.users)
      await expectFound(stage, stage.users, `externalId eq "${given.externalId}"`, [user], [other])
      await expectFound(stage, stage.users, `externalId eq "${given.externalId.toUpperCase()}"`, [], [user])
    },
  },
  {
    id: 'external-id-twice',
    level: 'MAY',
    says: 'Two users may have the same externalId, for only the client knows what it means. AWS refuses the second one.',
    requirements: ['R-046'],
    matters: 'A client that makes somebody anew under the old externalId is refused.',
    mend: 'Put no unique index on externalId.',
    run: async stage => {
      const given = withExternalId(stage)
      await stage.create(stage.users, given)
      await made(stage, stage.users, stage.sample(stage.users, given))
    },
  },
])
