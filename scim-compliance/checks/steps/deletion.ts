import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectCreated, expectEqual, expectStatus, isSuccess, listedResources, skip } from '../../expect.ts'
import { valueIn } from './attributes.ts'
import { postForCleanup } from './create-and-read.ts'
import { listedIds, requestList } from './lists.ts'

/** `root`: the check that reports that DELETE is rejected. */
export async function deleteOrSkip(context: CheckContext, path: string, root: string): Promise<void> {
  if (!isSuccess(await context.delete(path))) skip('DELETE is rejected.', root)
}

type Test = (made: CreatedResource, context: CheckContext) => Promise<unknown>

/** Tests a user that was deleted. Some services delete in the background. */
export const onDeleted =
  (root: string, test: Test): Check['run'] =>
  async context => {
    const made = await context.create(context.users)
    await deleteOrSkip(context, made.path, root)
    await context.eventually(async () => !isSuccess(await context.get(made.path)))
    await test(made, context)
  }

/** Requests to a deleted user. */
export const deleted = {
  put: async ({ path, sent }, context) => {
    const response = await context.put(path, sent)
    context.removeAfterwards(context.users, response)
    expectStatus(response, 404)
  },
  patch: async ({ path }, context) =>
    expectStatus(await context.patch(path, { op: 'replace', path: 'active', value: false }), 404),
  again: async ({ path }, context) => expectStatus(await context.delete(path), 404),
  recreated: async ({ sent }, context) => {
    const response = await postForCleanup(context, context.users, sent)
    expectCreated(response)
    return response
  },
} as const satisfies Readonly<Record<string, Test>>

/** A deleted user is found by no filter. */
export const leavesLists =
  (root: string): Check['run'] =>
  async context => {
    const { body, id, path } = await context.create(context.users)
    const name = valueIn(body, 'userName') ?? skip('Users have no userName.')
    const list = () => requestList(context, context.users, { filter: `userName eq ${JSON.stringify(name)}` })
    await context.eventually(async () => listedIds(await list()).includes(id))
    await deleteOrSkip(context, path, root)
    await context.eventually(async () => listedResources(await list()).length === 0)
    const response = await list()
    expectEqual(listedResources(response).length, 0, 'number of resources', response)
  }
