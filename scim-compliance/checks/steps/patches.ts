import type { Blame, Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, isSuccess, skip } from '../../expect.ts'
import { compact, type Json, type JsonObject } from '../../scim.ts'
import type { Form, Scene } from '../forms.ts'
import {
  createWithAddresses,
  createWithEmails,
  objectsIn,
  requireWritable,
  sortedValues,
  valueIn,
} from './attributes.ts'
import { type Expected, readBody, Values } from './create-and-read.ts'

export const withoutEffect = 'Apply the operation: the response reports success, but nothing has changed.'

/** Where the remedy of a check is about the result, and the server rejects the request. */
export const rejectedBlame: readonly Blame[] = [
  { on: '4xx', remedy: 'Accept this operation. The body of the error shows what the server objects to.' },
]

export const acceptedBlame: readonly Blame[] = [
  ...rejectedBlame,
  { on: 'without effect', remedy: withoutEffect },
]

export const patchOperation = (op: string, path: string | undefined, value?: Json): JsonObject =>
  compact({ op, path, value })

export const add = (path: string, value: Json): JsonObject => patchOperation('add', path, value)
export const replace = (path: string, value: Json): JsonObject => patchOperation('replace', path, value)
export const remove = (path: string): JsonObject => patchOperation('remove', path)

/** An address of a user with no other. */
export const onlyEmail = (name: string): readonly JsonObject[] => [
  { type: 'work', value: `${name}@example.com`, primary: true },
]

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
  const response = await context.patch(path, ...operations)
  // rfc/patch-paths/answers-200-or-204 reports another success.
  if (!isSuccess(response)) expectStatus(response, 200, 204)
  return { body: await readBody(context, path), response }
}

/** Creates a group with these members, by PATCH where POST ignores them; skips if the server doesn't return them. */
export async function createWithMembers(context: CheckContext, ids: readonly string[]) {
  const members = ids.map(value => ({ value }))
  const made = await context.create(context.groups, { members })
  const areReturned = async () =>
    sortedValues(await readBody(context, made.path), 'members').join() === ids.toSorted().join()
  if (await areReturned()) return made
  await context.patch(made.path, { op: 'add', path: 'members', value: members })
  return (await areReturned())
    ? made
    : skip('The server doesn’t return the members of groups.', 'probe/members')
}

/** Sets an optional string of a user that has none. */
export const setsText = (operation: (scene: Scene) => JsonObject): Form => ({
  given: { user: true },
  request: scene => ({ patch: operation(scene) }),
  expect: ({ text, mark }) => ({ stored: { [text]: mark } }),
})

export const replacesText = (operation: (scene: Scene) => JsonObject): Form => ({
  ...setsText(operation),
  given: { user: ({ text, mark }) => ({ [text]: `old-${mark}` }) },
})

/** Changes the name Ann Check; `stored` by path. */
export const changesName = (patch: JsonObject, stored: Expected): Form => ({
  given: {
    has: ['name.givenName', 'name.familyName'],
    user: { name: { givenName: 'Ann', familyName: 'Check' } },
  },
  request: { patch },
  expect: { stored },
})

export type Address = (name: string) => string

/** Changes a user with one address per type; `left` names those that remain. */
export const changesEmails =
  (
    types: readonly string[],
    change: (address: Address) => { readonly patch: JsonObject; readonly left: readonly string[] },
  ): Check['run'] =>
  async context => {
    const { made, address } = await createWithAddresses(context, ...types)
    const { patch, left } = change(address)
    const { body, response } = await patchAndRead(context, made, patch)
    const before = { value: types.map(address).toSorted() }
    expectEqual(sortedValues(body, 'emails'), left.map(address).toSorted(), 'emails', response, before)
  }

/** Expects active as it was sent. "false" counts as false: rfc/advertised/types reports the type. */
export async function patchActive(
  context: CheckContext,
  made: CreatedResource,
  wanted: boolean,
  patch: JsonObject,
): Promise<void> {
  const { body, response } = await patchAndRead(context, made, patch)
  const active = valueIn(body, 'active')
  if (String(active).toLowerCase() !== String(wanted))
    expectEqual(active, wanted, 'active', response, { value: !wanted })
}

export const disables =
  (patch: JsonObject): Check['run'] =>
  async context => {
    requireWritable(context.users, 'active')
    await patchActive(context, await context.create(context.users, { active: true }), false, patch)
  }

export const listsSchema = ({ schemas }: JsonObject, urn: string): boolean =>
  Array.isArray(schemas) && schemas.includes(urn)

/** Adds a third address; all have to remain. */
export const addsHome = (operation: (home: JsonObject) => JsonObject): Check['run'] =>
  changesEmails(['work', 'other'], address => ({
    patch: operation({ type: 'home', value: address('home') }),
    left: ['work', 'other', 'home'],
  }))

/** A filter on work addresses matches both. */
export async function createWithTwoWorkEmails(context: CheckContext): Promise<CreatedResource> {
  requireWritable(context.users, 'emails.display', 'emails.type', 'emails.value')
  const mark = context.unique()
  const emails = ['a', 'b'].map(name => ({ type: 'work', value: `${name}-${mark}@example.com` }))
  return createWithEmails(context, { emails })
}

export const renamesWorkEmails = replace('emails[type eq "work"].display', 'Office')

export function expectWorkEmailsRenamed(body: JsonObject, response: ScimResponse): void {
  const displays = objectsIn(body, 'emails').map(({ display }) => display ?? null)
  expectEqual(displays, ['Office', 'Office'], 'emails.display', response)
}

/** Replaces the only address. */
export const replacesEmails: Form = {
  given: { has: ['emails.value', 'emails.type'], user: s => ({ emails: onlyEmail(`old-${s.mark}`) }) },
  request: s => ({ patch: replace('emails', onlyEmail(`new-${s.mark}`)) }),
  expect: s => ({ stored: { emails: new Values([`new-${s.mark}@example.com`]) } }),
}

/** GET no longer finds the user who was disabled. */
export const hiddenBlame: Blame = {
  on: 404,
  if: ({ method }) => method === 'GET',
  impact: 'Clients take a disabled user for a deleted one, and can’t enable the user again.',
  remedy: 'Keep disabled users readable. Only DELETE removes a user.',
  // A user that is hidden doesn't stay active.
  harmless: true,
}
