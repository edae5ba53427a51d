import type { Check } from '../../check.ts'
import { expectError, expectStatus, expectThat, jsonObject } from '../../expect.ts'
import { isObject } from '../../scim.ts'
import { patchOperation } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import {
  createGroup,
  createGroupWithMember,
  createUser,
  displayNameQuery,
  expectFound,
  randomId,
  requireGroupFound,
  requireReturnedMembers,
  requireUserFound,
  sentDisplayName,
  sentUserName,
  userNameQuery,
} from '../steps/users-and-groups.ts'
import { deleteCheck, gallery, sources } from './areas.ts'
import { expectDeleted, expectGone, requireDeleted, requireRead, requireRenamed } from './fixtures.ts'
import { deletion, isSuccess, kept } from './predictions.ts'

export const deleteGroupChecks: readonly Check[] = [
  deleteCheck('group-answers-204', 'MUST', sources.tutorial, {
    description: 'DELETE of a group returns 204, and its members are not deleted.',
    rationale: 'Entra ID deletes groups that are unassigned or deleted, but not their members.',
    remedy: 'Support DELETE for groups, and return 204 without a body.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'write',
    leadsTo: 'Deleted groups remain on the server, or their members are deleted as well.',
    predictConsequence: deletion,
    run: async context => {
      requireAttributes(context.groups, 'members')
      const { group, user } = await createGroupWithMember(context)
      const response = await context.delete(group.path)
      if (isSuccess(response.status)) await expectGone(context, group.path, 'entra/delete/group-is-gone')
      expectStatus(response, 204)
      expectStatus(await context.get(user.path), 200)
    },
  }),
  deleteCheck('group-is-gone', 'MUST', sources.validator, {
    description: 'A deleted group returns 404, and searches don’t return it.',
    rationale: 'Entra ID treats every group that it can read as existing.',
    remedy: 'Return 404 for IDs of deleted groups, and omit these from lists.',
    needs: ['write', 'groups'],
    effect: 'shown-wrong',
    leadsTo: 'Entra treats deleted groups as existing, and writes to them again.',
    predictConsequence: kept('groups'),
    run: async context => {
      const group = await createGroup(context)
      await requireGroupFound(context, group)
      await expectDeleted(context, group.path)
      expectStatus(await context.get(`${group.path}?excludedAttributes=members`), 404)
      await expectFound(context, displayNameQuery(context, group), [])
    },
  }),
  deleteCheck('group-again', 'practice', sources.validator, {
    description: 'DELETE of a deleted group returns 404.',
    rationale: 'Microsoft’s validator sends each DELETE twice.',
    remedy: 'Return 404, never 5xx, for IDs of deleted resources.',
    needs: ['write', 'groups'],
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the second deletion as failed.',
    run: async context => {
      const { path } = await createGroup(context)
      await requireDeleted(context, path)
      expectStatus(await context.delete(path), 404)
    },
  }),
  deleteCheck('group-comes-again', 'practice', sources.howItWorks, {
    description: 'A group with the name of a deleted group can be created, and gets a new id.',
    rationale: 'Entra ID creates a group that is assigned again as a new group.',
    remedy: 'Release the name when a group is deleted.',
    needs: ['write', 'groups'],
    effect: 'escrow',
    leadsTo: 'Groups that are assigned again aren’t created, and Entra retries them later (escrow).',
    run: async context => {
      const group = await createGroup(context)
      await requireDeleted(context, group.path)
      const next = await createGroup(context, { displayName: sentDisplayName(group) })
      expectThat(next.id !== group.id, 'another id', next.id, next.response)
    },
  }),
]

export const deleteUserChecks: readonly Check[] = [
  deleteCheck('user-answers-204', 'MUST', sources.tutorial, {
    description: 'DELETE of a user returns 204.',
    rationale: 'Entra ID deletes users 30 days after their soft delete.',
    remedy: 'Support DELETE for users, and return 204 without a body.',
    effect: 'write',
    leadsTo: 'Deleted users remain on the server.',
    predictConsequence: deletion,
    run: async context => {
      const { path } = await createUser(context)
      const response = await context.delete(path)
      if (isSuccess(response.status)) await expectGone(context, path, 'entra/delete/user-is-gone')
      expectStatus(response, 204)
    },
  }),
  deleteCheck('user-is-gone', 'MUST', sources.validator, {
    description: 'A deleted user returns 404.',
    rationale: 'Entra ID treats every user that it can read as existing.',
    remedy: 'Return 404 for IDs of deleted users.',
    effect: 'shown-wrong',
    leadsTo: 'Entra treats deleted users as existing, and writes to them again.',
    predictConsequence: kept('users'),
    run: async context => {
      const { path } = await createUser(context)
      await requireRead(context, path)
      await expectDeleted(context, path)
      expectError(await context.get(path), 404)
    },
  }),
  deleteCheck('user-is-not-found', 'MUST', sources.tutorial, {
    description: 'A search for a deleted user returns an empty list.',
    rationale: 'Entra ID searches for the name before it creates the next user with the same name.',
    remedy: 'Omit deleted users from lists.',
    effect: 'escrow',
    leadsTo: 'New users with the name of a deleted user are linked to that user, and can’t be provisioned.',
    run: async context => {
      const user = await createUser(context)
      await requireUserFound(context, user)
      await requireDeleted(context, user.path)
      await expectFound(context, userNameQuery(context, user), [])
    },
  }),
  deleteCheck('user-again', 'practice', sources.validator, {
    description: 'DELETE of a deleted user returns 404.',
    rationale: 'Entra ID treats the 404 as success. Microsoft’s validator sends each DELETE twice.',
    remedy: 'Return 404, never 5xx, for IDs of deleted resources.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the second deletion as failed.',
    run: async context => {
      const { path } = await createUser(context)
      await requireDeleted(context, path)
      expectStatus(await context.delete(path), 404)
    },
  }),
  deleteCheck('nobody', 'practice', sources.validator, {
    description: 'DELETE of a user that never existed returns 404.',
    rationale: 'Microsoft’s validator deletes a random ID.',
    remedy: 'Return 404, and no other 4xx, for unknown IDs.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the deletion of an unknown user as failed.',
    run: async context => {
      await requireDeleted(context, (await createUser(context)).path)
      expectStatus(await context.delete(`${context.users.endpoint}/${randomId()}`), 404)
    },
  }),
  deleteCheck('user-comes-again', 'MUST', sources.howItWorks, {
    description: 'A user with the userName of a deleted user can be created, and gets a new id.',
    rationale: 'Names are reused: Entra ID creates the next user with the same name as a new user.',
    remedy: 'Release the name when a user is deleted, but never reuse the id.',
    effect: 'escrow',
    leadsTo:
      'New users with the name of a deleted user aren’t created, and Entra retries them later (escrow).',
    run: async context => {
      const user = await createUser(context)
      await requireDeleted(context, user.path)
      const next = await createUser(context, { userName: sentUserName(user) })
      expectThat(next.id !== user.id, 'another id', next.id, next.response)
    },
  }),
  deleteCheck('user-leaves-groups', 'practice', sources.howItWorks, {
    description: 'A deleted user is no longer a member of groups.',
    rationale: 'Entra ID doesn’t remove deleted users from groups.',
    remedy: 'Delete the memberships together with the user.',
    needs: ['write', 'users', 'groups', 'patch'],
    effect: 'shown-wrong',
    leadsTo: 'Groups contain members that don’t exist.',
    run: async context => {
      requireAttributes(context.groups, 'members')
      const { group, user } = await createGroupWithMember(context)
      await requireReturnedMembers(context, group)
      await requireDeleted(context, user.path)
      let response = await context.get(group.path)
      const gone = await context.eventually(async () => {
        response = await context.get(group.path)
        const { members = [] } = jsonObject(response)
        return !(Array.isArray(members) && members.filter(isObject).some(({ value }) => value === user.id))
      })
      expectThat(gone, 'no deleted member', jsonObject(response).members, response)
    },
  }),
  deleteCheck('unknown-user-is-404', 'MUST', sources.logs, {
    description: 'GET of a user that doesn’t exist returns 404 and a SCIM error.',
    rationale: 'From the 404, Entra ID concludes that the user was deleted on the server.',
    remedy: 'Return 404 with a SCIM error body.',
    effect: 'shown-wrong',
    leadsTo: 'Users that were deleted on the server are reported as another error instead of InvalidAnchor.',
    run: async context => {
      await requireRead(context, (await createUser(context)).path)
      expectError(await context.get(`${context.users.endpoint}/${randomId()}`), 404)
    },
  }),
  deleteCheck('update-of-nobody-is-404', 'practice', sources.logs, {
    description: 'PATCH of a user that doesn’t exist returns 404.',
    rationale: 'A user may be deleted on the server between Entra ID’s read and its write.',
    remedy: 'Return 404, and don’t create a user.',
    needs: ['write', 'users', 'patch'],
    effect: 'shown-wrong',
    leadsTo: 'Updates of users that were deleted on the server seem to succeed.',
    run: async context => {
      await requireRenamed(context, await createUser(context))
      const path = `${context.users.endpoint}/${randomId()}`
      expectStatus(await context.patch(path, patchOperation('Replace', 'displayName', 'Nobody')), 404)
    },
  }),
]
