import type { CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { expectStored, postForCleanup } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import { lookUpPath, randomId, sampleUser } from '../steps/users-and-groups.ts'

export const postUser = async (
  context: CheckContext,
  given: JsonObject,
  left: readonly string[] = [],
): Promise<ScimResponse> => {
  const body = context.sample(context.users, { ...sampleUser(context), ...given })
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !left.includes(name)))
  return postForCleanup(context, context.users, sent)
}

/** Skips unless users can be listed: a rejection of a list would then prove nothing. */
export const requireListed = (context: CheckContext): Promise<void> =>
  orSkipAsConsequence('Users can’t be listed', 'aws/lists/without-cursor', async () =>
    expectStatus(await context.get(`${context.users.endpoint}?count=1`), 200),
  )

export const requireFiltered = (context: CheckContext): Promise<void> =>
  orSkipAsConsequence('A filter by userName doesn’t return 200', 'aws/filters/nobody', async () =>
    expectStatus(await context.get(lookUpPath(context.users, `userName eq "${randomId()}"`)), 200),
  )

export const requireCreated = (context: CheckContext): Promise<void> =>
  orSkipAsConsequence('No user is created', 'aws/users/created-with-201', async () =>
    expectStatus(await postUser(context, {}), 201),
  )

export async function requirePatched(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
): Promise<void> {
  requireAttributes(context.users, 'displayName')
  await orSkipAsConsequence('PATCH doesn’t change a user', 'aws/patch/op-in-any-case', async () => {
    await expectPatched(context, path, { op: 'replace', path: 'displayName', value: 'Mira Moss' })
    await expectStored(context, path, { displayName: 'Mira Moss' })
  })
}

export async function requirePatchedGroup(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
): Promise<void> {
  const displayName = context.unique()
  await orSkipAsConsequence('PATCH doesn’t change a group', 'aws/groups/name-and-external-id', async () => {
    await expectPatched(context, path, { op: 'replace', path: 'displayName', value: displayName })
    await expectStored(context, path, { displayName })
  })
}
