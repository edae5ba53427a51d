import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, isSuccess, skip } from '../../expect.ts'
import { sortedValues } from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import { deleted, deleteOrSkip, leavesLists, onDeleted } from '../steps/deletion.ts'
import { expectGone } from '../steps/lists.ts'
import { createWithMembers } from '../steps/patches.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const root = 'rfc/delete/answers-204'

const ghost = 'A client that deleted a user finds the user again, with all access rights.'

const deleteArea = area('delete', 'Delete', 'RFC 7644 §3.6', {
  needs: userNeeds,
  after: ['rfc/retrieve/by-id'],
})

const rootChecks = defineChecks(deleteArea, [
  must('answers-204', ['R-195'], {
    description: 'DELETE returns 204 without a body.',
    rationale: 'Clients treat another status as a failure and retry, or wait for a body.',
    remedy: 'Return 204 without a body.',
    protects: 'deletion',
    blame: [
      { on: ['2xx', 'other'], harmless: true },
      {
        on: '4xx',
        if: ({ status }) => status !== 401 && status !== 403,
        impact: 'Users who leave can’t be deleted.',
        remedy: 'Support DELETE for users.',
      },
    ],
    run: async context => {
      const { path } = await context.create(context.users)
      const response = await context.delete(path)
      expectStatus(response, 204)
      expectEqual(response.text, '', 'body', response)
      if (isSuccess(await context.get(path))) skip('DELETE has no effect.', 'rfc/delete/get')
    },
  }),
  must('get', ['R-196'], {
    description: 'GET of a deleted resource returns 404.',
    rationale: ghost,
    remedy: 'Remove the resource on DELETE. Return 404 for ids that no longer exist.',
    protects: 'deletion',
    blame: [
      {
        on: '4xx',
        impact: 'Clients that look for 404 assume that the user still exists.',
        remedy: 'Return 404, not another status, for ids that no longer exist.',
        harmless: true,
      },
    ],
    run: async context => {
      const { path } = await context.create(context.users)
      await deleteOrSkip(context, path, root)
      await expectGone(context, path)
    },
  }),
])

const followingChecks = defineChecks({ ...deleteArea, after: ['rfc/retrieve/by-id', 'rfc/delete/get'] }, [
  must('groups', ['R-195'], {
    description: 'DELETE removes a group: GET returns 404 afterwards.',
    needs: ['groups'],
    rationale: 'Groups that were deleted at the source still give their members access.',
    remedy: 'Support DELETE for groups.',
    protects: 'deletion',
    run: async context => {
      const { path } = await context.create(context.groups)
      const response = await context.delete(path)
      if (!isSuccess(response)) expectStatus(response, 204)
      await expectGone(context, path)
    },
  }),
  must('put', ['R-196'], {
    description: 'PUT to a deleted resource returns 404.',
    rationale: 'A deleted user reappears.',
    remedy: 'Check that the resource exists before you replace it.',
    after: ['rfc/create/put-unknown-makes-nothing'],
    run: onDeleted(root, deleted.put),
  }),
  must('patch', ['R-196'], {
    description: 'PATCH of a deleted resource returns 404.',
    needs: ['patch'],
    rationale: 'From the 404, a client concludes that it has to create the user again.',
    remedy: 'Check that the resource exists before you change it.',
    after: ['probe/patch'],
    run: onDeleted(root, deleted.patch),
  }),
  must('again', ['R-196'], {
    description: 'A second DELETE returns 404.',
    rationale: 'A client can’t tell whether it deleted a user or the user never existed.',
    remedy: 'Return 404 for a DELETE with an unknown id.',
    run: onDeleted(root, deleted.again),
  }),
  must('out-of-lists', ['R-197'], {
    description: 'Lists don’t contain a deleted resource.',
    needs: ['filter'],
    rationale: ghost,
    remedy: 'Omit deleted resources from all queries.',
    after: ['rfc/filter/eq-string', 'rfc/retrieve/nothing-found'],
    run: leavesLists(root),
  }),
  practice('out-of-groups', ['R-197'], {
    description: 'A deleted user is no longer a member of groups.',
    needs: ['groups'],
    rationale: 'Clients read members that don’t exist, and fail or try to remove them in every cycle.',
    remedy: 'Remove a deleted user from the members of all groups.',
    after: ['probe/members'],
    run: async context => {
      const [stays, goes] = [await context.create(context.users), await context.create(context.users)]
      const group = await createWithMembers(context, [stays.id, goes.id])
      await deleteOrSkip(context, goes.path, root)
      const members = async () => sortedValues(await readBody(context, group.path), 'members')
      await context.eventually(async () => !(await members()).includes(goes.id))
      expectEqual(await members(), [stays.id], 'members')
    },
  }),
  practice('group-keeps-members', ['R-196'], {
    description: 'Deleting a group doesn’t delete its members.',
    needs: ['groups'],
    rationale: 'Deleting a group deletes users.',
    remedy: 'Delete the memberships with a group, not the members.',
    after: ['rfc/delete/groups', 'probe/members'],
    run: async context => {
      const member = await context.create(context.users)
      const group = await createWithMembers(context, [member.id])
      await deleteOrSkip(context, group.path, root)
      expectStatus(await context.get(member.path), 200)
    },
  }),
  should('name-is-free', ['R-196'], {
    description: 'The userName of a deleted user can be used again.',
    rationale: 'Returning users can’t be provisioned: each attempt conflicts with a deleted user.',
    remedy: 'Ignore deleted resources when you check uniqueness.',
    run: onDeleted(root, deleted.recreated),
  }),
])

export const deleteChecks: readonly Check[] = [...rootChecks, ...followingChecks]
