import type { Blame, Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import { type Form, over } from '../forms.ts'
import { findAttribute, valueIn } from '../steps/attributes.ts'
import { userAndGroup } from '../steps/create-and-read.ts'
import { deleted, deleteOrSkip, leavesLists, onDeleted } from '../steps/deletion.ts'
import { expectGone, listedIds, requestList } from '../steps/lists.ts'
import { disables, hiddenBlame, replace, withoutEffect } from '../steps/patches.ts'
import { sentUserName } from '../steps/users-and-groups.ts'
import { lifecycleCheck, uniquenessCheck } from './areas.ts'

const root = 'interop/lifecycle/deleted'

/** Skips if the server has no PUT, which the draft doesn't require. */
async function requirePut(context: CheckContext): Promise<void> {
  const { path, sent } = await context.create(context.users)
  const { status } = await context.put(path, sent)
  if ([404, 405, 501].includes(status)) skip(`PUT returns ${status}.`)
}

const ghost = 'A deleted user is found again, with all access rights.'

const lifecycleChecks: readonly Check[] = [
  lifecycleCheck('disabled', 'IP-28', '6.6', 'MUST', {
    description: 'After a PATCH that sets active to false, the user is inactive and can still be read.',
    rationale: 'Clients disable users this way, and enable them again. Only DELETE removes a user.',
    remedy: 'Set active to false, and keep the user.',
    needs: ['write', 'users', 'patch'],
    after: ['probe/patch'],
    protects: 'disabling',
    blame: [hiddenBlame, { on: 'without effect', remedy: withoutEffect }],
    run: disables(replace('active', false)),
  }),
  lifecycleCheck('deleted', 'IP-31', '6.6', 'MUST', {
    description: 'DELETE removes a user or a group, instead of disabling it: GET returns 404 afterwards.',
    rationale: ghost,
    remedy: 'Remove the resource on DELETE, and return 404 for its id from then on.',
    protects: 'deletion',
    blame: [{ on: '4xx', if: ({ method }) => method === 'GET', harmless: true }],
    ...over(userAndGroup, kind => async context => {
      const { path } = await context.create(context[kind])
      const response = await context.delete(path)
      if (!isSuccess(response)) expectStatus(response, 204)
      await expectGone(context, path)
    }),
  }),
  lifecycleCheck('requests-to-deleted', 'IP-29', '6.6', 'MUST', {
    description: 'PATCH, PUT and DELETE of a deleted user return 404.',
    rationale: 'From the 404, a client concludes that it has to create the user again.',
    remedy: 'Return 404 to every request for a deleted resource.',
    after: [root],
    each: {
      PATCH: onDeleted(root, async (made, context) => {
        if ((await context.probe('probe/patch')).holds === false)
          skip('PATCH isn’t supported.', 'probe/patch')
        await deleted.patch(made, context)
      }),
      PUT: onDeleted(root, async (made, context) => {
        await requirePut(context)
        await deleted.put(made, context)
      }),
      DELETE: onDeleted(root, deleted.again),
    },
  }),
  lifecycleCheck('unlisted', 'IP-29', '6.6', 'MUST', {
    description: 'Neither lists nor filters return a deleted user.',
    rationale: ghost,
    remedy: 'Omit deleted resources from all queries.',
    after: [root, 'probe/filter'],
    each: {
      'a filter': leavesLists(root),
      'a list': async context => {
        const { id, path } = await context.create(context.users)
        await deleteOrSkip(context, path, root)
        await expectGone(context, path)
        const response = await requestList(context, context.users, { count: 100 })
        expectThat(!listedIds(response).includes(id), 'no deleted user', id, response, 'excess')
      },
    },
  }),
  lifecycleCheck('name-is-free', 'IP-30', '6.6', 'MUST', {
    description: 'The userName of a deleted user can be used again at once, by a user with another id.',
    rationale: 'People who return can’t be provisioned: each attempt conflicts with a deleted user.',
    remedy: 'Ignore deleted resources when you check uniqueness, and never assign an id twice.',
    after: [root],
    run: onDeleted(root, async (made, context) => {
      const response = await deleted.recreated(made, context)
      const id = valueIn(response.body, 'id')
      expectThat(id !== made.id, 'another id', id, response)
    }),
  }),
]

const isConflict = { status: [409], body: { scimType: 'uniqueness' } } as const

const takenName = ({ other }: { readonly other: CreatedResource }) => sentUserName(other)

const conflictBlame: readonly Blame[] = [
  { if: ({ status }) => status === 409, remedy: 'Set scimType to uniqueness in the body of the 409.' },
  { on: '4xx', remedy: 'Return 409 with scimType uniqueness for a value that is taken.' },
]

const groupNameConflict: Form = {
  needs: ['groups'],
  given: { group: true },
  request: ({ context, group }) => {
    const { uniqueness = 'none' } = findAttribute(context.groups, 'displayName') ?? {}
    if (uniqueness === 'none') skip('Names of groups aren’t declared as unique.')
    return { post: { displayName: group.sent.displayName ?? null }, of: 'groups' }
  },
  expect: isConflict,
}

const uniquenessChecks: readonly Check[] = [
  uniquenessCheck('create', 'IP-33', '6.9.1', 'MUST', {
    description: 'POST with a value that has to be unique and is taken returns 409 with scimType uniqueness.',
    rationale: 'From the 409, a client concludes that it has to link the existing object.',
    remedy: 'Make userName unique, and return 409 with scimType uniqueness for a value that is taken.',
    blame: conflictBlame,
    each: {
      userName: {
        given: { other: true },
        request: s => ({ post: { userName: takenName(s) } }),
        expect: isConflict,
      },
      'displayName of groups': groupNameConflict,
    },
  }),
  uniquenessCheck('update', 'IP-33', '6.9.1', 'MUST', {
    description: 'PATCH or PUT with the userName of another user returns 409 with scimType uniqueness.',
    rationale: 'After a rename, two users would have the same name.',
    remedy: 'Check uniqueness in updates, too, and return 409 with scimType uniqueness.',
    needs: ['write', 'users', 'patch'],
    after: ['interop/uniqueness/create', 'probe/patch'],
    blame: conflictBlame,
    each: {
      PATCH: {
        given: { user: true, other: true },
        request: s => ({ patch: replace('userName', takenName(s)) }),
        expect: { ...isConflict, unchanged: 'user' },
      },
      PUT: async context => {
        await requirePut(context)
        const [user, other] = [await context.create(context.users), await context.create(context.users)]
        const response = await context.put(user.path, { ...user.sent, userName: takenName({ other }) })
        expectStatus(response, 409)
        expectThat(
          valueIn(response.body, 'scimType') === 'uniqueness',
          'scimType uniqueness',
          response.body,
          response,
          'other',
        )
      },
    },
  }),
]

export const lifecycleAndUniquenessChecks: readonly Check[] = [...lifecycleChecks, ...uniquenessChecks]
