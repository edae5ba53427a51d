import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, resourcesIn, skip } from '../../expect.ts'
import type { Made, Stage } from '../../stage.ts'
import { at, sortedValues, textOf } from '../tools/attributes.ts'
import { needPut, needReadable } from '../tools/controls.ts'
import { idsIn, list } from '../tools/lists.ts'
import { needEffect } from '../tools/patch-users.ts'
import { withMembers } from '../tools/patches.ts'
import { posted } from '../tools/posted.ts'
import { followsFrom } from '../tools/prepared.ts'
import { readAgain } from '../tools/read.ts'
import { checksOf } from './checks-of.ts'

/** Somebody who was deleted. */
async function gone(stage: Stage, type = stage.users): Promise<Made> {
  const made = await stage.create(type)
  await needReadable(stage, made)
  await remove(stage, made.path)
  return made
}

async function remove(stage: Stage, path: string): Promise<void> {
  if ((await stage.delete(path)).status >= 300) followsFrom('DELETE is refused', 'rfc/delete/answers-204')
}

const ghost = 'A client that deleted a user finds the user again, with all access rights.'

export const checks: readonly Check[] = checksOf(
  { area: 'delete', section: 'Delete', source: 'RFC 7644 §3.6', needs: ['write', 'users'] },
  [
    {
      id: 'answers-204',
      level: 'MUST',
      says: 'DELETE is answered with 204 and no body.',
      requirements: ['R-195'],
      matters: 'Clients take another status for a failure and try again, or wait for a body.',
      mend: 'Answer 204 without a body.',
      run: async stage => {
        const { path } = await stage.create(stage.users)
        const answer = await stage.delete(path)
        expectStatus(answer, 204)
        expectEqual(answer.text, '', 'body', answer)
        if ((await stage.get(path)).status < 300) followsFrom('DELETE has no effect', 'rfc/delete/get')
      },
    },
    {
      id: 'groups',
      level: 'MUST',
      says: 'Groups can be deleted, which is answered with 204.',
      requirements: ['R-195'],
      needs: ['groups'],
      matters: 'Groups that were removed in the directory keep giving their members access.',
      mend: 'Offer DELETE for groups.',
      run: async stage => {
        const { path } = await stage.create(stage.groups)
        expectStatus(await stage.delete(path), 204)
        expectStatus(await stage.get(path), 404)
      },
    },
    {
      id: 'get',
      level: 'MUST',
      says: 'GET of a deleted resource returns 404.',
      requirements: ['R-196'],
      matters: ghost,
      mend: 'Return 404 for ids that no longer exist.',
      run: async stage => expectStatus(await stage.get((await gone(stage)).path), 404),
    },
    {
      id: 'put',
      level: 'MUST',
      says: 'PUT to what was deleted is 404.',
      requirements: ['R-196'],
      matters: 'Somebody who was deleted comes back.',
      mend: 'Look the resource up before you replace it.',
      run: async stage => {
        await needPut(stage)
        const { path, sent } = await gone(stage)
        const answer = await stage.put(path, sent)
        stage.willRemove(stage.users, answer)
        expectStatus(answer, 404)
      },
    },
    {
      id: 'patch',
      level: 'MUST',
      says: 'PATCH of what was deleted is 404.',
      requirements: ['R-196'],
      needs: ['patch'],
      matters: 'A client learns by the 404 that it has to make the person again.',
      mend: 'Look the resource up before you change it.',
      run: async stage => {
        const { path, sent } = await gone(stage)
        await needEffect(stage, await stage.create(stage.users), textOf(stage.users))
        const value = sent.userName ?? skip('Users have no userName.')
        expectStatus(await stage.patch(path, { op: 'replace', path: 'userName', value }), 404)
      },
    },
    {
      id: 'again',
      level: 'MUST',
      says: 'A second DELETE is 404.',
      requirements: ['R-196'],
      matters: 'A client can’t tell whether it deleted somebody or never had them.',
      mend: 'Answer DELETE of an unknown id with 404.',
      run: async stage => expectStatus(await stage.delete((await gone(stage)).path), 404),
    },
    {
      id: 'out-of-lists',
      level: 'MUST',
      says: 'A deleted resource is in no list.',
      requirements: ['R-197'],
      needs: ['filter'],
      matters: ghost,
      mend: 'Leave deleted resources out of all queries.',
      run: async stage => {
        const { body, id, path } = await stage.create(stage.users)
        const filter = `userName eq ${JSON.stringify(at(body, 'userName') ?? skip('Users have no userName.'))}`
        const isFound = async () => idsIn(await list(stage, stage.users, { filter })).includes(id)
        if (!(await stage.eventually(isFound)))
          followsFrom('The user isn’t found before the deletion, either', 'rfc/filter/eq-string')
        await remove(stage, path)
        await stage.eventually(
          async () => resourcesIn(await list(stage, stage.users, { filter })).length === 0,
        )
        const answer = await list(stage, stage.users, { filter })
        expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
      },
    },
    {
      id: 'out-of-groups',
      level: 'practice',
      says: 'A deleted user is no member of any group.',
      requirements: ['R-197'],
      needs: ['groups'],
      matters: 'Clients read members that don’t exist, and fail or try to remove them in every cycle.',
      mend: 'Take a deleted user out of the members of all groups.',
      run: async stage => {
        const [stays, goes] = [await stage.create(stage.users), await stage.create(stage.users)]
        const group = await withMembers(stage, [stays.id, goes.id])
        await remove(stage, goes.path)
        const members = async () => sortedValues(await readAgain(stage, group.path), 'members')
        await stage.eventually(async () => !(await members()).includes(goes.id))
        expectEqual(await members(), [stays.id], 'members')
      },
    },
    {
      id: 'group-keeps-members',
      level: 'practice',
      says: 'Deleting a group doesn’t delete its members.',
      requirements: ['R-196'],
      needs: ['groups'],
      matters: 'Removing an assignment deletes people.',
      mend: 'Delete memberships with a group, not the members.',
      run: async stage => {
        const member = await stage.create(stage.users)
        const group = await withMembers(stage, [member.id])
        await remove(stage, group.path)
        if ((await stage.get(group.path)).status < 300)
          followsFrom('DELETE of a group has no effect', 'rfc/delete/groups')
        expectStatus(await stage.get(member.path), 200)
      },
    },
    {
      id: 'name-is-free',
      level: 'SHOULD',
      says: 'The userName of a deleted user can be used again.',
      source: 'RFC 7644 §3.6',
      requirements: ['R-196'],
      matters: 'People who come back can’t be provisioned: each attempt conflicts with a user that is gone.',
      mend: 'Ignore deleted resources when you check uniqueness.',
      run: async stage => {
        const { sent } = await gone(stage)
        const answer = await posted(stage, stage.users, sent)
        expectStatus(answer, 201)
      },
    },
  ],
)
