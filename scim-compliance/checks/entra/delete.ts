import type { Blame, Check, CheckContext, CreatedResource, Level, Need } from '../../check.ts'
import { expectError, expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { objectsIn } from '../steps/attributes.ts'
import { dataLost, escrow, shownWrong, unwritten } from '../steps/client-areas.ts'
import { readResource } from '../steps/create-and-read.ts'
import { expectEventually, expectGone } from '../steps/lists.ts'
import { patchOperation } from '../steps/patches.ts'
import {
  createGroup,
  createGroupWithMember,
  createUser,
  expectFound,
  nameQuery,
  randomId,
  requireReturnedMembers,
} from '../steps/users-and-groups.ts'
import { deleteCheck, found, gallery, sources, unnoticed } from './areas.ts'

type What = 'user' | 'group'

const gone = (what: What): string => `entra/delete/${what}-is-gone`
const needsOf = (what: What): readonly Need[] => ['write', `${what}s`]
const create = (context: CheckContext, what: What, given?: JsonObject): Promise<CreatedResource> =>
  what === 'user' ? createUser(context, given) : createGroup(context, given)

/** Of a deletion that succeeds with another status than 204. */
const statusBlame: Blame = {
  on: '2xx',
  harmless: true,
  remedy: 'Return 204 without a body.',
  predict: unnoticed('Microsoft asks for 204; Entra treats every success alike.'),
}

const errorBlame = (what: string): Blame => ({
  on: ['3xx', '4xx', '5xx'],
  harmless: true,
  remedy: 'Return 404 for IDs of deleted resources.',
  predict: unnoticed(`{answer} instead of 404 for ${what}: Entra reports another error than InvalidAnchor.`),
})

/** Of a GET of a deleted resource. */
const readBlame = (what: string): readonly Blame[] => [
  {
    on: '2xx',
    remedy: `Remove ${what} on DELETE: their IDs return 404 from then on.`,
    predict: dataLost(
      `Deleted ${what} remain on the server. The server reports success, so Entra doesn’t notice.`,
    ),
  },
  errorBlame(`deleted ${what}`),
]

const unknownUser = ({ users }: CheckContext): string => `${users.endpoint}/${randomId()}`

/** Skips if a deletion that reports success has no effect. */
async function expectDeleted(context: CheckContext, path: string, root: string): Promise<void> {
  const response = await context.delete(path)
  const isGone = async () => !isSuccess(await context.get(path))
  if (isSuccess(response) && !(await context.eventually(isGone))) skip('A deletion has no effect.', root)
  expectStatus(response, 204)
}

/** Deletes a resource, with any success status; skips if DELETE is rejected. */
async function requireDeleted(context: CheckContext, path: string, root: string): Promise<void> {
  const response = await context.delete(path)
  if (!isSuccess(response)) skip(`DELETE returns ${response.status}.`, root)
}

async function deleted(context: CheckContext, what: What): Promise<CreatedResource> {
  const made = await create(context, what)
  await context.delete(made.path)
  await context.eventually(async () => !isSuccess(await context.get(made.path)))
  return made
}

const deletedAgain = (what: What, rationale: string): Check =>
  deleteCheck(`${what}-again`, 'practice', sources.validator, {
    description: `DELETE of a deleted ${what} returns 404.`,
    rationale,
    remedy: 'Return 404, never 5xx, for IDs of deleted resources.',
    needs: needsOf(what),
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the second deletion as failed.',
    after: [gone(what)],
    run: async context => expectStatus(await context.delete((await deleted(context, what)).path), 404),
  })

type Texts = Pick<Check, 'rationale' | 'remedy'> & { readonly leadsTo: string }

const comesAgain = (what: What, level: Level, name: string, { leadsTo, ...texts }: Texts): Check =>
  deleteCheck(`${what}-comes-again`, level, sources.howItWorks, {
    description: `A ${what} with the ${name} of a deleted ${what} can be created, and gets a new id.`,
    ...texts,
    needs: needsOf(what),
    leadsTo: escrow(leadsTo),
    after: [gone(what)],
    run: async context => {
      const { id, sent } = await deleted(context, what)
      const attribute = what === 'user' ? 'userName' : 'displayName'
      const next = await create(context, what, { [attribute]: sent[attribute] ?? null })
      expectThat(next.id !== id, 'another id', next.id, next.response)
    },
  })

export const deleteChecks: readonly Check[] = [
  deleteCheck('user-answers-204', 'MUST', sources.tutorial, {
    description: 'DELETE of a user returns 204.',
    rationale: 'Entra ID deletes users 30 days after their soft delete.',
    remedy: 'Support DELETE for users, and return 204 without a body.',
    leadsTo: unwritten('Deleted users remain on the server.'),
    protects: 'deletion',
    blame: statusBlame,
    run: async context => expectDeleted(context, (await createUser(context)).path, gone('user')),
  }),
  deleteCheck('user-is-gone', 'MUST', sources.validator, {
    description: 'A deleted user returns 404.',
    rationale: 'Entra ID treats every user that it can read as existing.',
    remedy: 'Return 404 for IDs of deleted users.',
    leadsTo: 'Entra treats deleted users as existing, and writes to them again.',
    after: ['entra/look-up/read-by-id'],
    protects: 'deletion',
    blame: readBlame('users'),
    run: async context => {
      const { path } = await createUser(context)
      await requireDeleted(context, path, 'entra/delete/user-answers-204')
      await expectGone(context, path)
    },
  }),
  deleteCheck('user-is-not-found', 'MUST', sources.tutorial, {
    description: 'A search for a deleted user returns an empty list.',
    rationale: 'Entra ID searches for the name before it creates the next user with the same name.',
    remedy: 'Omit deleted users from lists.',
    leadsTo: escrow(
      'New users with the name of a deleted user are linked to that user, and can’t be provisioned.',
    ),
    after: [...found, gone('user')],
    run: async context => {
      await expectFound(context, nameQuery(context, await deleted(context, 'user')), [])
    },
  }),
  deletedAgain('user', 'Entra ID treats the 404 as success. Microsoft’s validator sends each DELETE twice.'),
  deleteCheck('nobody', 'practice', sources.validator, {
    description: 'DELETE of a user that never existed returns 404.',
    rationale: 'Microsoft’s validator deletes a random ID.',
    remedy: 'Return 404, and no other 4xx, for unknown IDs.',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the deletion of an unknown user as failed.',
    after: ['entra/delete/user-again'],
    run: async context => expectStatus(await context.delete(unknownUser(context)), 404),
  }),
  comesAgain('user', 'MUST', 'userName', {
    rationale: 'Names are reused: Entra ID creates the next user with the same name as a new user.',
    remedy: 'Release the name when a user is deleted, but never reuse the id.',
    leadsTo:
      'New users with the name of a deleted user aren’t created, and Entra retries them later (escrow).',
  }),
  deleteCheck('user-leaves-groups', 'practice', sources.howItWorks, {
    description: 'A deleted user is no longer a member of groups.',
    rationale: 'Entra ID doesn’t remove deleted users from groups.',
    remedy: 'Delete the memberships together with the user.',
    needs: ['write', 'users', 'groups', 'patch'],
    leadsTo: 'Groups contain members that don’t exist.',
    after: [gone('user')],
    blame: {
      on: 'excess',
      predict: shownWrong('Groups contain members that don’t exist.', 'groups keep deleted users as members'),
    },
    run: async context => {
      const { group, user } = await createGroupWithMember(context)
      await requireReturnedMembers(context, group)
      await context.delete(user.path)
      await expectEventually(context, async () => {
        const { body, response } = await readResource(context, group.path)
        const isLeft = objectsIn(body, 'members').some(({ value }) => value === user.id)
        expectThat(!isLeft, 'no deleted member', body.members, response, 'excess')
      })
    },
  }),
  deleteCheck('unknown-user-is-404', 'MUST', sources.logs, {
    description: 'GET of a user that doesn’t exist returns 404 and a SCIM error.',
    rationale: 'From the 404, Entra ID concludes that the user was deleted on the server.',
    remedy: 'Return 404 with a SCIM error body.',
    leadsTo: 'Users that were deleted on the server are reported as another error instead of InvalidAnchor.',
    after: ['entra/look-up/read-by-id'],
    blame: { on: ['missing', 'other'], predict: unnoticed('A 404 has no SCIM error as its body.') },
    run: async context => expectError(await context.get(unknownUser(context)), 404),
  }),
  deleteCheck('update-of-nobody-is-404', 'practice', sources.logs, {
    description: 'PATCH of a user that doesn’t exist returns 404.',
    rationale: 'A user may be deleted on the server between Entra ID’s read and its write.',
    remedy: 'Return 404, and don’t create a user.',
    needs: ['write', 'users', 'patch'],
    leadsTo: 'Updates of users that were deleted on the server seem to succeed.',
    after: ['probe/patch', 'entra/update/replace-displayName'],
    blame: errorBlame('updates of deleted users'),
    run: async context => {
      const rename = patchOperation('Replace', 'displayName', 'Nobody')
      expectStatus(await context.patch(unknownUser(context), rename), 404)
    },
  }),
  deleteCheck('group-answers-204', 'MUST', sources.tutorial, {
    description: 'DELETE of a group returns 204, and its members are not deleted.',
    rationale: 'Entra ID deletes groups that are unassigned or deleted, but not their members.',
    remedy: 'Support DELETE for groups, and return 204 without a body.',
    needs: ['write', 'groups', 'users', 'patch'],
    leadsTo: unwritten('Deleted groups remain on the server.'),
    blame: [
      statusBlame,
      {
        if: ({ method }) => method === 'GET',
        remedy: 'Delete only the group, not its members.',
        predict: dataLost('Users are deleted together with a group.'),
      },
    ],
    run: async context => {
      const { group, user } = await createGroupWithMember(context)
      await expectDeleted(context, group.path, gone('group'))
      expectStatus(await context.get(user.path), 200)
    },
  }),
  deleteCheck('group-is-gone', 'MUST', sources.validator, {
    description: 'A deleted group returns 404, and searches don’t return it.',
    rationale: 'Entra ID treats every group that it can read as existing.',
    remedy: 'Return 404 for IDs of deleted groups, and omit these from lists.',
    needs: ['write', 'groups'],
    leadsTo: 'Entra treats deleted groups as existing, and writes to them again.',
    after: ['entra/groups/look-up'],
    protects: 'deletion',
    blame: [
      {
        on: 'excess',
        predict: escrow(
          'New groups with the name of a deleted group are linked to that group, and can’t be provisioned.',
        ),
      },
      ...readBlame('groups'),
    ],
    run: async context => {
      const group = await createGroup(context)
      await requireDeleted(context, group.path, 'entra/delete/group-answers-204')
      await expectGone(context, `${group.path}?excludedAttributes=members`)
      await expectFound(context, nameQuery(context, group), [])
    },
  }),
  deletedAgain('group', 'Microsoft’s validator sends each DELETE twice.'),
  comesAgain('group', 'practice', 'name', {
    rationale: 'Entra ID creates a group that is assigned again as a new group.',
    remedy: 'Release the name when a group is deleted.',
    leadsTo: 'Groups that are assigned again aren’t created, and Entra retries them later (escrow).',
  }),
]
