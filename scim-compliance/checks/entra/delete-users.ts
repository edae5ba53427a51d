import type { Check } from '../../check.ts'
import { expectError, expectStatus, expectThat, objectIn } from '../../expect.ts'
import { isObject } from '../../json.ts'
import { byUserName, expectFound, needFoundUser } from '../tools/look-ups.ts'
import { groupWithMember, needShownMembers } from '../tools/memberships.ts'
import { needs } from '../tools/offered.ts'
import { operation } from '../tools/patches.ts'
import { createUser, nobody, userNameOf } from '../tools/people.ts'
import { deleteCheck, gallery } from './areas.ts'
import { isSuccess } from './entra-checks.ts'
import { expectDeleted, expectGone, needDeleted } from './expect-deleted.ts'
import { deletion, kept } from './foreseen.ts'
import { needRead, needRenamed } from './needed.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  deleteCheck({
    id: 'user-answers-204',
    level: 'MUST',
    says: 'DELETE of a user is answered with 204.',
    source: sources.tutorial,
    matters: 'Entra ID deletes users thirty days after their soft delete.',
    mend: 'Serve DELETE of users with 204 and no body.',
    effect: 'write',
    leadsTo: 'Deleted users stay on the server.',
    foresee: deletion,
    run: async stage => {
      const { path } = await createUser(stage)
      const answer = await stage.delete(path)
      if (isSuccess(answer.status)) await expectGone(stage, path, 'entra/delete/user-is-gone')
      expectStatus(answer, 204)
    },
  }),
  deleteCheck({
    id: 'user-is-gone',
    level: 'MUST',
    says: 'A deleted user is answered with 404.',
    source: sources.validator,
    matters: 'Entra ID takes whoever is read for somebody who exists.',
    mend: 'Answer 404 for ids that are gone.',
    effect: 'shown-wrong',
    leadsTo: 'Deleted users are taken for users who exist, and are written to again.',
    foresee: kept('users'),
    run: async stage => {
      const { path } = await createUser(stage)
      await needRead(stage, path)
      await expectDeleted(stage, path)
      expectError(await stage.get(path), 404)
    },
  }),
  deleteCheck({
    id: 'user-is-not-found',
    level: 'MUST',
    says: 'A look-up of a deleted user is answered with an empty list.',
    source: sources.tutorial,
    matters: 'Entra ID looks the name up before it creates its next bearer.',
    mend: 'Leave deleted users out of lists.',
    effect: 'escrow',
    leadsTo: 'New people with an old name are linked to a user who was deleted, and can’t be provisioned.',
    run: async stage => {
      const user = await createUser(stage)
      await needFoundUser(stage, user)
      await needDeleted(stage, user.path)
      await expectFound(stage, byUserName(stage, user), [])
    },
  }),
  deleteCheck({
    id: 'user-again',
    says: 'DELETE of a user who is gone is answered with 404.',
    source: sources.validator,
    matters: 'Entra ID takes the 404 for done; Microsoft’s validator deletes twice.',
    mend: 'Answer 404, never 5xx, for ids that are gone.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the second deletion as failed.',
    run: async stage => {
      const { path } = await createUser(stage)
      await needDeleted(stage, path)
      expectStatus(await stage.delete(path), 404)
    },
  }),
  deleteCheck({
    id: 'nobody',
    says: 'DELETE of a user who has never been is answered with 404.',
    source: sources.validator,
    matters: 'Microsoft’s validator deletes a random id.',
    mend: 'Answer 404, never 4xx of another kind, for ids that don’t exist.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the deletion of nobody as failed.',
    run: async stage => {
      await needDeleted(stage, (await createUser(stage)).path)
      expectStatus(await stage.delete(`${stage.users.endpoint}/${nobody()}`), 404)
    },
  }),
  deleteCheck({
    id: 'user-comes-again',
    level: 'MUST',
    says: 'After a deletion somebody else is created with the same userName, under a new id.',
    source: sources.howItWorks,
    matters: 'Names are given again: Entra ID creates the next bearer as a new user.',
    mend: 'Give a name free when its user is deleted, and never an id again.',
    effect: 'escrow',
    leadsTo: 'New people with an old name aren’t created, and Entra retries them later (escrow).',
    run: async stage => {
      const user = await createUser(stage)
      await needDeleted(stage, user.path)
      const next = await createUser(stage, { userName: userNameOf(user) })
      expectThat(next.id !== user.id, 'another id', next.id, next.answer)
    },
  }),
  deleteCheck({
    id: 'user-leaves-groups',
    says: 'A deleted user is no member any more.',
    source: sources.howItWorks,
    matters: 'Entra ID sends no removal for members who are deleted.',
    mend: 'Take memberships away with the user.',
    needs: ['write', 'users', 'groups', 'patch'],
    effect: 'shown-wrong',
    leadsTo: 'Groups keep members who don’t exist.',
    run: async stage => {
      needs(stage.groups, 'members')
      const { group, user } = await groupWithMember(stage)
      await needShownMembers(stage, group)
      await needDeleted(stage, user.path)
      let answer = await stage.get(group.path)
      const gone = await stage.eventually(async () => {
        answer = await stage.get(group.path)
        const { members = [] } = objectIn(answer)
        return !(Array.isArray(members) && members.filter(isObject).some(({ value }) => value === user.id))
      })
      expectThat(gone, 'no member who is deleted', objectIn(answer).members, answer)
    },
  }),
  deleteCheck({
    id: 'unknown-user-is-404',
    level: 'MUST',
    says: 'A user who doesn’t exist is answered with 404 and a SCIM error.',
    source: sources.logs,
    matters: 'Entra ID tells by it that a user was deleted at the server.',
    mend: 'Answer 404 with a SCIM error body.',
    effect: 'shown-wrong',
    leadsTo: 'Users who were deleted at the server aren’t reported as InvalidAnchor but as another fault.',
    run: async stage => {
      await needRead(stage, (await createUser(stage)).path)
      expectError(await stage.get(`${stage.users.endpoint}/${nobody()}`), 404)
    },
  }),
  deleteCheck({
    id: 'update-of-nobody-is-404',
    says: 'PATCH of a user who doesn’t exist is answered with 404.',
    source: sources.logs,
    matters: 'A user may be deleted at the server between Entra ID’s read and its write.',
    mend: 'Answer 404, and create nobody.',
    needs: ['write', 'users', 'patch'],
    effect: 'shown-wrong',
    leadsTo: 'Users who were deleted at the server seem to be updated.',
    run: async stage => {
      await needRenamed(stage, await createUser(stage))
      const path = `${stage.users.endpoint}/${nobody()}`
      expectStatus(await stage.patch(path, operation('Replace', 'displayName', 'Nobody')), 404)
    },
  }),
]
