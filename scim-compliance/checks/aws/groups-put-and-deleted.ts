import type { Check } from '../../check.ts'
import { expectStatus, expectThat, skip } from '../../expect.ts'
import { groupWithMember } from '../tools/memberships.ts'
import { createGroup, createUser } from '../tools/people.ts'
import { groupsCheck } from './areas.ts'
import { lenient, sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'no-put',
    level: 'MUST',
    says: 'PUT of a group isn’t offered.',
    source: sources.operations,
    matters: lenient,
    mend: 'Refuse PUT of groups.',
    needs: ['write', 'groups', 'users'],
    run: async stage => {
      const user = await createUser(stage)
      const { status } = await stage.put(user.path, { ...user.sent, id: user.id })
      if (status !== 200 && status !== 201)
        skip(`PUT isn’t served for users either: it is answered with ${status}.`)
      const { path, sent } = await createGroup(stage)
      expectStatus(await stage.put(path, sent), 400, 404, 405, 501)
    },
  }),
  groupsCheck({
    id: 'deleted-with-204',
    level: 'MUST',
    says: 'DELETE of a group is answered with 204, the second with 404, and its members stay.',
    source: sources.deleteGroup,
    matters: 'idp-scim-sync takes a 404 for done, and no other error.',
    mend: 'Answer 204, and 404 for what is gone.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'escrow',
    leadsTo: 'Groups aren’t deleted, or take their members along.',
    run: async stage => {
      const { group, user } = await groupWithMember(stage, 'aws')
      const answer = await stage.delete(group.path)
      expectStatus(answer, 204)
      expectThat((await stage.get(group.path)).status === 404, 'a group that is gone', 'a group that is read')
      expectStatus(await stage.delete(group.path), 404)
      expectStatus(await stage.get(user.path), 200)
    },
  }),
]
