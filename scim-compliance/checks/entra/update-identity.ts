import type { Check } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectFound, lookUp, needFoundUser } from '../tools/look-ups.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { address, createUser, userNameOf } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { updateCheck } from './areas.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  updateCheck({
    id: 'rename',
    level: 'MUST',
    says: 'A new userName is set on the same id, and the user is found by it.',
    source: sources.howItWorks,
    matters: 'When somebody’s UPN changes, Entra ID writes it to the user it has linked.',
    mend: 'Let userName be changed, and keep the id.',
    effect: 'write',
    leadsTo: 'Users whose name changes keep their old userName.',
    run: async stage => {
      const user = await createUser(stage)
      const userName = address(stage)
      await needFoundUser(stage, user)
      await expectPatched(stage, user.path, operation('Replace', 'userName', userName))
      await expectKept(stage, user.path, { id: user.id, userName })
      await expectFound(stage, lookUp(stage.users, `userName eq "${userName}"`), [user.id])
    },
  }),
  updateCheck({
    id: 'rename-onto-another',
    says: 'A userName that somebody else has is answered with 409.',
    source: sources.logs,
    matters: 'Entra ID tells the administrator that two people claim one name.',
    mend: 'Keep userName unique also in PATCH.',
    effect: 'shown-wrong',
    leadsTo: 'Two users come to have one name, and look-ups have two hits: DuplicateTargetEntries.',
    run: async stage => {
      const [user, other] = [await createUser(stage), await createUser(stage)]
      const userName = address(stage)
      await reached('A userName can’t be changed', 'entra/update/rename', async () => {
        await expectPatched(stage, user.path, operation('Replace', 'userName', userName))
        await expectKept(stage, user.path, { userName })
      })
      const rename = operation('Replace', 'userName', userNameOf(other))
      expectStatus(await stage.patch(user.path, rename), 409)
    },
  }),
  updateCheck({
    id: 'external-id',
    says: 'externalId is set by PATCH.',
    source: sources.compatibility,
    matters: 'Entra ID writes it to those whom it has found by another attribute.',
    mend: 'Let clients change externalId.',
    effect: 'write',
    when: 'users were on the server before Entra',
    leadsTo: 'They don’t get Entra’s externalId.',
    run: async stage => {
      const user = await createUser(stage)
      const externalId = stage.unique()
      await expectPatched(stage, user.path, operation('Add', 'externalId', externalId))
      await expectKept(stage, user.path, { externalId })
    },
  }),
]
