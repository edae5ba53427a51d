import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectEqual, expectStatus, listedResources, skip } from '../../expect.ts'
import { sortedValues, textAttributeName, valueIn } from '../steps/attributes.ts'
import { postForCleanup, readBody } from '../steps/create-and-read.ts'
import { listedIds, requestList } from '../steps/lists.ts'
import { createWithMembers, requirePatchEffect } from '../steps/patches.ts'
import { requirePut, requireReadable, skipAsConsequence } from '../steps/prerequisites.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

async function gone(context: CheckContext, type = context.users): Promise<CreatedResource> {
  const made = await context.create(type)
  await requireReadable(context, made)
  await remove(context, made.path)
  return made
}

async function remove(context: CheckContext, path: string): Promise<void> {
  if ((await context.delete(path)).status >= 300)
    skipAsConsequence('DELETE is refused', 'rfc/delete/answers-204')
}

const ghost = 'A client that deleted a user finds the user again, with all access rights.'

export const deleteChecks: readonly Check[] = defineChecks(
  { area: 'delete', section: 'Delete', source: 'RFC 7644 §3.6', needs: ['write', 'users'] },
  [
    must('answers-204', ['R-195'], {
      description: 'DELETE returns 204 without a body.',
      rationale: 'Clients treat another status as a failure and retry, or wait for a body.',
      remedy: 'Return 204 without a body.',
      run: async context => {
        const { path } = await context.create(context.users)
        const response = await context.delete(path)
        expectStatus(response, 204)
        expectEqual(response.text, '', 'body', response)
        if ((await context.get(path)).status < 300)
          skipAsConsequence('DELETE has no effect', 'rfc/delete/get')
      },
    }),
    must('groups', ['R-195'], {
      description: 'DELETE of a group returns 204.',
      needs: ['groups'],
      rationale: 'Groups that were deleted at the source still give their members access.',
      remedy: 'Support DELETE for groups.',
      run: async context => {
        const { path } = await context.create(context.groups)
        expectStatus(await context.delete(path), 204)
        expectStatus(await context.get(path), 404)
      },
    }),
    must('get', ['R-196'], {
      description: 'GET of a deleted resource returns 404.',
      rationale: ghost,
      remedy: 'Return 404 for ids that no longer exist.',
      run: async context => expectStatus(await context.get((await gone(context)).path), 404),
    }),
    must('put', ['R-196'], {
      description: 'PUT to a deleted resource returns 404.',
      rationale: 'A deleted user reappears.',
      remedy: 'Check that the resource exists before you replace it.',
      run: async context => {
        await requirePut(context)
        const { path, sent } = await gone(context)
        const response = await context.put(path, sent)
        context.removeAfterwards(context.users, response)
        expectStatus(response, 404)
      },
    }),
    must('patch', ['R-196'], {
      description: 'PATCH of a deleted resource returns 404.',
      needs: ['patch'],
      rationale: 'From the 404, a client concludes that it has to create the user again.',
      remedy: 'Check that the resource exists before you change it.',
      run: async context => {
        const { path, sent } = await gone(context)
        await requirePatchEffect(
          context,
          await context.create(context.users),
          textAttributeName(context.users),
        )
        const value = sent.userName ?? skip('Users have no userName.')
        expectStatus(await context.patch(path, { op: 'replace', path: 'userName', value }), 404)
      },
    }),
    must('again', ['R-196'], {
      description: 'A second DELETE returns 404.',
      rationale: 'A client can’t tell whether it deleted a user or the user never existed.',
      remedy: 'Return 404 for a DELETE with an unknown id.',
      run: async context => expectStatus(await context.delete((await gone(context)).path), 404),
    }),
    must('out-of-lists', ['R-197'], {
      description: 'Lists don’t contain a deleted resource.',
      needs: ['filter'],
      rationale: ghost,
      remedy: 'Omit deleted resources from all queries.',
      run: async context => {
        const { body, id, path } = await context.create(context.users)
        const filter = `userName eq ${JSON.stringify(valueIn(body, 'userName') ?? skip('Users have no userName.'))}`
        const isFound = async () =>
          listedIds(await requestList(context, context.users, { filter })).includes(id)
        if (!(await context.eventually(isFound)))
          skipAsConsequence('The user isn’t found before the deletion either', 'rfc/filter/eq-string')
        await remove(context, path)
        await context.eventually(
          async () => listedResources(await requestList(context, context.users, { filter })).length === 0,
        )
        const response = await requestList(context, context.users, { filter })
        expectEqual(listedResources(response).length, 0, 'number of resources', response)
      },
    }),
    practice('out-of-groups', ['R-197'], {
      description: 'A deleted user is no longer a member of groups.',
      needs: ['groups'],
      rationale: 'Clients read members that don’t exist, and fail or try to remove them in every cycle.',
      remedy: 'Remove a deleted user from the members of all groups.',
      run: async context => {
        const [stays, goes] = [await context.create(context.users), await context.create(context.users)]
        const group = await createWithMembers(context, [stays.id, goes.id])
        await remove(context, goes.path)
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
      run: async context => {
        const member = await context.create(context.users)
        const group = await createWithMembers(context, [member.id])
        await remove(context, group.path)
        if ((await context.get(group.path)).status < 300)
          skipAsConsequence('DELETE of a group has no effect', 'rfc/delete/groups')
        expectStatus(await context.get(member.path), 200)
      },
    }),
    should('name-is-free', ['R-196'], {
      description: 'The userName of a deleted user can be used again.',
      source: 'RFC 7644 §3.6',
      rationale: 'Returning users can’t be provisioned: each attempt conflicts with a deleted user.',
      remedy: 'Ignore deleted resources when you check uniqueness.',
      run: async context => {
        const { path, sent } = await gone(context)
        if ((await context.get(path)).status === 200)
          skipAsConsequence('A deleted user can still be read', 'rfc/delete/get')
        const response = await postForCleanup(context, context.users, sent)
        expectStatus(response, 201)
      },
    }),
  ],
)
