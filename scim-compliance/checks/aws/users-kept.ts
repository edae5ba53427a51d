import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn } from '../../expect.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { byUserName, expectFound } from '../tools/look-ups.ts'
import { groupWithMember } from '../tools/memberships.ts'
import { needs, offers } from '../tools/offered.ts'
import { createUser } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { needFiltered } from './accepted.ts'
import { usersCheck } from './areas.ts'
import { sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  usersCheck({
    id: 'put-replaces-all',
    level: 'MUST',
    says: 'PUT of a user takes away what it leaves out, and answers with the user.',
    source: sources.putUser,
    matters: 'idp-scim-sync, ssosync and Terraform write users by PUT; teleport takes 200 and 201.',
    mend: 'Replace the whole user, and answer 200 (or 201, as AWS’s sample has it).',
    effect: 'shown-wrong',
    leadsTo: 'What was taken away from a user stays at the server.',
    run: async stage => {
      if (!offers(stage.users, 'title')) needs(stage.users, 'title')
      const user = await createUser(stage, { title: 'Dispatcher' })
      await reached('The title isn’t kept', 'aws/users/created-with-201', () =>
        expectKept(stage, user.path, { title: 'Dispatcher' }),
      )
      const { title: _, ...kept } = user.sent
      const answer = await stage.put(user.path, { ...kept, id: user.id })
      expectStatus(answer, 200, 201)
      expectEqual(objectIn(answer).userName, user.sent.userName, 'userName', answer)
      await expectKept(stage, user.path, { title: undefined })
    },
  }),
  usersCheck({
    id: 'disabled-stay',
    level: 'MUST',
    says: 'A disabled user is read and found.',
    source: sources.disabling,
    matters: 'Identity providers enable the same user again.',
    mend: 'Keep disabled users; only DELETE takes one away.',
    effect: 'not-linked',
    leadsTo: 'Disabled users are lost, because the server hides them; they can’t be enabled again.',
    run: async stage => {
      needs(stage.users, 'active')
      const user = await createUser(stage, { active: false })
      await expectKept(stage, user.path, { active: false })
      await needFiltered(stage)
      await expectFound(stage, byUserName(stage, user), [user.id])
    },
  }),
  usersCheck({
    id: 'deleted-with-204',
    level: 'MUST',
    says: 'DELETE of a user is answered with 204 and no body, the second with 404.',
    source: sources.deleteUser,
    matters: 'idp-scim-sync takes a 404 for done, and no other error.',
    mend: 'Answer 204, and 404 for who is gone.',
    effect: 'escrow',
    leadsTo: 'Clients that repeat a deletion fail.',
    run: async stage => {
      const { path } = await createUser(stage)
      const answer = await stage.delete(path)
      expectStatus(answer, 204)
      expectThat(answer.text === '', 'no body', answer.text, answer)
      expectStatus(await stage.get(path), 404)
      expectStatus(await stage.delete(path), 404)
    },
  }),
  usersCheck({
    id: 'groups-never-shown',
    level: 'MUST',
    says: 'A user is shown without groups.',
    source: sources.getUser,
    matters: 'Clients of AWS ask for memberships by filter, and must not depend on groups.',
    mend: 'Leave out groups.',
    needs: ['write', 'users', 'groups', 'patch'],
    run: async stage => {
      const { user } = await groupWithMember(stage, 'aws')
      await expectKept(stage, user.path, { groups: undefined })
    },
  }),
]
