import type { CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, skip } from '../../expect.ts'
import type { Json, JsonObject } from '../../scim.ts'
import { requireWritable, sortedValues, textAttributeName, valueIn } from './attributes.ts'
import { readBody } from './create-and-read.ts'
import { orSkipAsConsequence } from './prerequisites.ts'

export const patchOperation = (op: string, path: string | undefined, value?: Json): JsonObject => ({
  op,
  ...(path === undefined ? {} : { path }),
  ...(value === undefined ? {} : { value }),
})

export async function expectPatched(
  context: CheckContext,
  path: string,
  ...operations: readonly JsonObject[]
): Promise<ScimResponse> {
  const response = await context.patch(path, ...operations)
  expectStatus(response, 200, 204)
  return response
}

export async function patchAndRead(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
  ...operations: readonly JsonObject[]
): Promise<{ readonly body: JsonObject; readonly response: ScimResponse }> {
  const response = await expectPatched(context, path, ...operations)
  return { body: await readBody(context, path), response }
}

export const patchNewUser = async (
  context: CheckContext,
  ...operations: readonly JsonObject[]
): Promise<ScimResponse> => context.patch((await context.create(context.users)).path, ...operations)

/** Creates a group with these members; skips if the server doesn't return them. */
export async function createWithMembers(
  context: CheckContext,
  ids: readonly string[],
): Promise<CreatedResource> {
  const made = await context.create(context.groups, { members: ids.map(value => ({ value })) })
  const shown = sortedValues(await readBody(context, made.path), 'members')
  return shown.join() === ids.toSorted().join()
    ? made
    : skip('The server doesn’t return the members of groups.')
}

type TextChange = (text: string, value: string) => JsonObject

async function expectText(
  context: CheckContext,
  made: CreatedResource,
  text: string,
  change: TextChange,
): Promise<void> {
  const value = context.unique()
  const { body, response } = await patchAndRead(context, made, change(text, value))
  expectEqual(valueIn(body, text), value, text, response)
}

/** Skips the check if PATCH is rejected or has no effect; rfc/patch-replace/single-value reports that. */
export async function requirePatchEffect(
  context: CheckContext,
  made: CreatedResource,
  text: string,
): Promise<void> {
  const value = context.unique()
  await orSkipAsConsequence('PATCH has no effect', 'rfc/patch-replace/single-value', async () => {
    const { body, response } = await patchAndRead(context, made, { op: 'replace', path: text, value })
    expectEqual(valueIn(body, text), value, text, response)
  })
}

export async function expectSetsText(context: CheckContext, change: TextChange): Promise<void> {
  const text = textAttributeName(context.users)
  await expectText(context, await context.create(context.users), text, change)
}

export async function expectReplacesText(context: CheckContext, change: TextChange): Promise<void> {
  const text = textAttributeName(context.users)
  await expectText(context, await context.create(context.users, { [text]: context.unique() }), text, change)
}

export async function expectNameParts(
  context: CheckContext,
  operation: JsonObject,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  requireWritable(context.users, 'name.givenName', 'name.familyName')
  const made = await context.create(context.users, { name: { givenName: 'Ann', familyName: 'Check' } })
  const { body, response } = await patchAndRead(context, made, operation)
  for (const [part, value] of Object.entries(wanted))
    expectEqual(valueIn(body, 'name', part), value, `name.${part}`, response)
}

export async function expectDisabled(context: CheckContext, operation: JsonObject): Promise<void> {
  requireWritable(context.users, 'active')
  const made = await context.create(context.users, { active: true })
  const { body, response } = await patchAndRead(context, made, operation)
  expectEqual(valueIn(body, 'active'), false, 'active', response)
}
