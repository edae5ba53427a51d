import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat, listedResources } from '../../expect.ts'
import { compact, type Json, type JsonObject } from '../../scim.ts'
import { expectStored, readResource, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes, skipAsConsequence } from '../steps/prerequisites.ts'
import {
  createUser,
  expectFound,
  matchQuality,
  requireUserFound,
  userNameQuery,
} from '../steps/users-and-groups.ts'
import { disableCheck, flagged, sources } from './areas.ts'
import { requireRead } from './fixtures.ts'
import { hidden } from './predictions.ts'

/** Operations that set active: by default, and with the flag aadOptscim062020. */
const ways: readonly (readonly [op: string, write: (active: boolean) => Json])[] = [
  ['Replace', active => (active ? 'True' : 'False')],
  ['replace', active => active],
]

/** Enables or disables a user in any way that the server accepts; skips if none has an effect. */
const setActive = (
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
  active: boolean,
): Promise<Json> =>
  orSkipAsConsequence(
    `Users can’t be ${active ? 'enabled' : 'disabled'}`,
    active ? 'entra/disable/default-enable' : 'entra/disable/default',
    ...ways.map(([op, write]) => async () => {
      await expectPatched(context, path, patchOperation(op, 'active', write(active)))
      return expectStored(context, path, { active })
    }),
  )

const setActiveByDefault = (
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
  active: boolean,
) =>
  orSkipAsConsequence(
    `Entra’s default request doesn’t ${active ? 'enable' : 'disable'} a user`,
    active ? 'entra/disable/default-enable' : 'entra/disable/default',
    async () => {
      await expectPatched(context, path, patchOperation('Replace', 'active', active ? 'True' : 'False'))
      return expectStored(context, path, { active })
    },
  )

async function disabled(context: CheckContext): Promise<CreatedResource> {
  requireAttributes(context.users, 'active')
  const user = await createUser(context)
  await setActive(context, user, false)
  return user
}

const usersHidden =
  'Disabled users are lost, because the server hides them: Entra reports InvalidAnchor, and can’t enable them again.'

export const disabledChecks: readonly Check[] = [
  disableCheck('still-read-by-id', 'MUST', sources.tutorial, {
    description: 'GET of a disabled user returns the user.',
    rationale: 'Entra ID reads users by id before it enables them again.',
    remedy: 'Keep disabled users. Only DELETE removes one.',
    effect: 'not-linked',
    leadsTo: usersHidden,
    run: async context => {
      requireAttributes(context.users, 'active')
      const { path } = await createUser(context)
      await requireRead(context, path)
      for (const sent of [
        patchOperation('Replace', 'active', 'False'),
        patchOperation('replace', 'active', false),
      ]) {
        if ((await context.patch(path, sent)).status >= 300) continue
        const { body } = await readResource(context, path)
        if (valueAtPath(body, 'active') === false) return
      }
      skipAsConsequence('Users can’t be disabled', 'entra/disable/default')
    },
  }),
  disableCheck('still-found', 'MUST', sources.tutorial, {
    description: 'A search by userName returns disabled users.',
    rationale: 'Entra ID searches for users whatever their status.',
    remedy: 'Return disabled users in lists and searches.',
    effect: 'not-linked',
    leadsTo:
      'Disabled users that are assigned again aren’t found: Entra creates them, gets a 409, and keeps them in escrow.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context)
      await requireUserFound(context, user)
      await setActive(context, user, false)
      await expectFound(context, userNameQuery(context, user), [user.id])
    },
  }),
  disableCheck('shown-disabled', 'MUST', sources.tutorial, {
    description: 'A search returns a disabled user with active false.',
    rationale: 'Entra ID reads active to decide whether to enable a user again.',
    remedy: 'Return active as a boolean, also if it is false.',
    effect: 'shown-wrong',
    leadsTo: 'Users that are assigned again stay disabled, because Entra considers them active.',
    run: async context => {
      const user = await disabled(context)
      const { how, response } = await matchQuality(context, user)
      if (how !== 'only')
        skipAsConsequence('A search doesn’t return only the disabled user', 'entra/disable/still-found')
      const [found = {}] = listedResources(response)
      const active = valueAtPath(found, 'active') ?? null
      expectThat(active === false, 'active false', active, response)
    },
  }),
  disableCheck('keeps-the-rest', 'practice', sources.howItWorks, {
    description: 'Disabling a user changes no other attribute.',
    rationale: 'Entra ID enables the same user again, and sends only what differs.',
    remedy: 'Change only active.',
    effect: 'data-lost',
    leadsTo: 'Disabled users lose data on the server.',
    run: async context => {
      const user = await disabled(context)
      const names = ['userName', 'displayName', 'emails'].filter(name => user.body[name] !== undefined)
      await expectStored(context, user.path, Object.fromEntries(names.map(name => [name, user.body[name]])))
    },
  }),
  disableCheck('twice', 'practice', sources.howItWorks, {
    description: 'Disabling a disabled user succeeds.',
    rationale: 'Entra ID repeats a PATCH if it didn’t receive the response.',
    remedy: 'Return 200 or 204 if there is nothing to change.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'Disabling a user again fails or changes other data.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context)
      await setActiveByDefault(context, user, false)
      await expectPatched(context, user.path, patchOperation('Replace', 'active', 'False'))
      await expectStored(context, user.path, { active: false })
    },
  }),
  disableCheck('changed-meanwhile', 'practice', sources.howItWorks, {
    description: 'PATCH changes a disabled user.',
    rationale: 'When a user is enabled again, Entra ID sends all differences together with active.',
    remedy: 'Accept changes of disabled users.',
    effect: 'write',
    leadsTo: 'Changes of disabled users aren’t applied.',
    run: async context => {
      requireAttributes(context.users, 'displayName')
      const user = await disabled(context)
      await expectPatched(context, user.path, patchOperation('Replace', 'displayName', 'Mira Stone'))
      await expectStored(context, user.path, { displayName: 'Mira Stone', active: false })
    },
  }),
  disableCheck('soft-delete-and-restore', 'practice', sources.howItWorks, {
    description:
      'A user that is soft-deleted and restored keeps its id, is active, and has the changes sent with the restore.',
    rationale:
      'Entra ID disables the user on a soft delete, and on a restore enables the same id with any changes.',
    remedy: 'Apply all operations of a PATCH, and keep the id.',
    effect: 'write',
    leadsTo: 'Users restored from the recycle bin don’t get their account back correctly.',
    run: async context => {
      requireAttributes(context.users, 'active', 'displayName')
      const user = await createUser(context)
      for (const active of [false, true, false]) await setActiveByDefault(context, user, active)
      await expectPatched(
        context,
        user.path,
        patchOperation('Replace', 'active', 'True'),
        patchOperation('Replace', 'displayName', 'Mira Stone'),
      )
      await expectStored(context, user.path, { id: user.id, active: true, displayName: 'Mira Stone' })
    },
  }),
]

type Shape = {
  readonly name: string
  readonly how: string
  readonly from: boolean
  readonly sent: JsonObject
  readonly source: string
  readonly rationale: string
  readonly when?: string
}

const isOff = (value: Json): boolean => !/true/i.test(JSON.stringify(value))

const whenSent = (op: string, value: Json): string =>
  `${op === op.toLowerCase() ? 'With the flag aadOptscim062020' : 'By default'}, Entra ID sends this when a user is ${isOff(value) ? 'disabled, unassigned, out of scope or soft-deleted' : 'assigned again or restored'}.`

const shape = (
  name: string,
  how: string,
  [op, path, value]: readonly [string, string | undefined, Json],
  {
    source = sources.compatibility,
    rationale = whenSent(op, value),
    when = op === op.toLowerCase() ? flagged : undefined,
  }: Partial<Pick<Shape, 'source' | 'rationale' | 'when'>> = {},
): Shape => ({
  name,
  how,
  from: isOff(value),
  sent: patchOperation(op, path, value),
  source,
  rationale,
  ...compact({ when }),
})

const shapes: readonly Shape[] = [
  shape('default', 'Replace of active with the string "False"', ['Replace', 'active', 'False']),
  shape('documented', 'Replace of active with false', ['Replace', 'active', false], {
    source: sources.tutorial,
    rationale: 'Microsoft’s tutorial shows this request, with a boolean, for a disabled user.',
    when: 'Entra sends active as a boolean, as in Microsoft’s tutorial',
  }),
  shape('flag', 'replace of active with false', ['replace', 'active', false]),
  shape(
    'flag-without-path',
    'replace without a path and with active false',
    ['replace', undefined, { active: false }],
    {
      rationale:
        'With the flag aadOptscim062020, Entra ID merges all attributes without a filter into one operation without a path, which may include active.',
    },
  ),
  shape('default-enable', 'Replace of active with the string "True"', ['Replace', 'active', 'True']),
  shape('default-enable-add', 'Add of active with the string "True"', ['Add', 'active', 'True'], {
    rationale:
      'Entra ID sends Add for attributes that the server returns without a value, which may include active.',
    when: 'the server returns disabled users without active',
  }),
  shape('flag-enable', 'replace of active with true', ['replace', 'active', true]),
]

const byShape = shapes.map(({ name, how, from, sent, source, rationale, when }) =>
  disableCheck(
    name,
    sources.compatibility === source && !sent.op?.toString().startsWith('Add') && sent.path
      ? 'MUST'
      : 'practice',
    source,
    {
      description: `${how} ${from ? 'disables a user' : 'enables a disabled user'}.`,
      rationale,
      remedy: 'Accept op in any case and booleans as strings, and store active as a boolean.',
      effect: 'write',
      ...compact({ when }),
      leadsTo: from
        ? `Disabled users stay active, because the server doesn’t apply ${how}.`
        : `Users that are assigned again stay disabled, because the server doesn’t apply ${how}.`,
      predictConsequence: seen => (from ? hidden(seen) : undefined),
      run: async context => {
        const user = from ? await createUser(context) : await disabled(context)
        requireAttributes(context.users, 'active')
        await expectPatched(context, user.path, sent)
        await expectStored(context, user.path, { active: !from })
      },
    },
  ),
)

export const disablingChecks: readonly Check[] = [...byShape]
