import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn } from '../../../expect.ts'
import { withMembers } from '../../tools/patches.ts'
import { expectOnly, someone } from '../../tools/projections.ts'
import { checksOf } from '../checks-of.ts'
import { projectionArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(projectionArea, [
  {
    id: 'excluded',
    level: 'MUST',
    says: 'excludedAttributes leaves these out and shows the rest.',
    requirements: ['R-139'],
    matters:
      'Entra ID reads groups with excludedAttributes=members; with them, a large group takes too long.',
    mend: 'Leave out what excludedAttributes names.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const answer = await stage.get(`${made.path}?excludedAttributes=${text}`)
      expectStatus(answer, 200)
      expectOnly(objectIn(answer), 'userName', text, answer)
    },
  },
  {
    id: 'excluded-in-lists',
    level: 'MUST',
    says: 'excludedAttributes is applied to each resource of a list.',
    requirements: ['R-139'],
    matters:
      'Entra ID looks groups up with excludedAttributes=members; with them, a large group takes too long.',
    mend: 'Apply excludedAttributes to each resource of a list.',
    run: async stage => {
      const { text } = await someone(stage)
      const answer = await stage.get(`${stage.users.endpoint}?excludedAttributes=${text}&count=10`)
      const resources = resourcesIn(answer)
      expectThat(resources.length > 0, 'users in the list', resources, answer)
      for (const one of resources) expectOnly(one, 'userName', text, answer)
    },
  },
  {
    id: 'excluded-members',
    level: 'MUST',
    says: '`excludedAttributes=members` reads a group without its members.',
    requirements: ['R-139'],
    needs: ['groups'],
    matters: 'Entra ID reads every group so; with members, a large one takes longer than it waits.',
    mend: 'Leave members out, and don’t read them, when they are excluded.',
    run: async stage => {
      const user = await stage.create(stage.users)
      const group = await withMembers(stage, [user.id])
      const answer = await stage.get(`${group.path}?excludedAttributes=members`)
      expectStatus(answer, 200)
      expectOnly(objectIn(answer), 'displayName', 'members', answer)
    },
  },
  {
    id: 'always-returned',
    level: 'MUST',
    says: 'excludedAttributes has no effect on what is always returned: id.',
    requirements: ['R-140'],
    matters: 'A resource without an id can’t be changed afterwards.',
    mend: 'Keep `returned: always` attributes whatever is excluded.',
    run: async stage => {
      const { made } = await someone(stage)
      const answer = await stage.get(`${made.path}?excludedAttributes=id,schemas`)
      expectStatus(answer, 200)
      expectEqual(objectIn(answer).id, made.id, 'id', answer)
    },
  },
])
