import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectEqual, isSuccess, listedResources, skip } from '../../expect.ts'
import type { Json } from '../../scim.ts'
import { requireAttributes } from '../steps/attributes.ts'
import { dataLost, notLinked, shownWrong } from '../steps/client-areas.ts'
import { expectStored, readBody, valueAtPath } from '../steps/create-and-read.ts'
import { expectEventually } from '../steps/lists.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { createUser, expectFound, nameQuery } from '../steps/users-and-groups.ts'
import { disableCheck, flagged, found, sources, unnoticed } from './areas.ts'

const setActive = (context: CheckContext, { path }: CreatedResource, active: boolean) =>
  expectPatched(context, path, patchOperation('Replace', 'active', active ? 'True' : 'False'))

/** A user disabled by default or with the flag aadOptscim062020; skips if neither has an effect. */
async function disabled(context: CheckContext): Promise<CreatedResource> {
  requireAttributes(context.users, 'active')
  const user = await createUser(context)
  for (const [op, value] of Object.entries({ Replace: 'False', replace: false })) {
    if (!isSuccess(await context.patch(user.path, patchOperation(op, 'active', value)))) continue
    if (valueAtPath(await readBody(context, user.path), 'active') === false) return user
  }
  return skip('Users can’t be disabled.', 'entra/disable/default')
}

const rename = patchOperation('Replace', 'displayName', 'Mira Stone')

const stillRead = 'entra/disable/still-read-by-id'

type Variant = Pick<Check, 'after' | 'protects' | 'when'> & Partial<Pick<Check, 'source' | 'rationale'>>

/** A request that sets active; by default, one that every job sends, or a job with the flag if `op` is in lower case. */
function activeCheck(
  id: string,
  how: string,
  [op, path, value]: readonly [op: string, path: string | undefined, value: Json],
  { source = sources.compatibility, rationale, after = [], ...more }: Variant = {},
): Check {
  const off = !/true/i.test(JSON.stringify(value))
  const isFlagged = op === op.toLowerCase()
  const isDocumented = source === sources.compatibility && op !== 'Add' && path !== undefined
  return disableCheck(id, isDocumented ? 'MUST' : 'practice', source, {
    description: `${how} ${off ? 'disables a user' : 'enables a disabled user'}.`,
    rationale:
      rationale ??
      `${isFlagged ? 'With the flag aadOptscim062020' : 'By default'}, Entra ID sends this when a user is ${off ? 'disabled, unassigned, out of scope or soft-deleted' : 'assigned again or restored'}.`,
    remedy: 'Accept op in any case and booleans as strings, and store active as a boolean.',
    ...(isFlagged && { when: flagged }),
    ...more,
    after: ['entra/create/active-is-a-boolean', ...after],
    leadsTo: off
      ? `Disabled users stay active, because the server doesn’t apply ${how}.`
      : `Users that are assigned again stay disabled, because the server doesn’t apply ${how}.`,
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = off ? await createUser(context) : await disabled(context)
      await expectPatched(context, user.path, patchOperation(op, path, value))
      if (off && (await context.get(user.path)).status === 404)
        skip('The disabled user can’t be read.', stillRead)
      await expectStored(context, user.path, { active: !off })
    },
  })
}

export const disableChecks: readonly Check[] = [
  activeCheck('default', 'Replace of active with the string "False"', ['Replace', 'active', 'False'], {
    protects: 'disabling',
  }),
  activeCheck('documented', 'Replace of active with false', ['Replace', 'active', false], {
    source: sources.tutorial,
    rationale: 'Microsoft’s tutorial shows this request, with a boolean, for a disabled user.',
    when: 'Entra sends active as a boolean, as in Microsoft’s tutorial',
  }),
  activeCheck('flag', 'replace of active with false', ['replace', 'active', false]),
  activeCheck(
    'flag-without-path',
    'replace without a path and with active false',
    ['replace', undefined, { active: false }],
    {
      rationale:
        'With the flag aadOptscim062020, Entra ID merges all attributes without a filter into one operation without a path, which may include active.',
      after: ['entra/disable/flag'],
    },
  ),
  activeCheck('default-enable', 'Replace of active with the string "True"', ['Replace', 'active', 'True'], {
    after: ['entra/disable/default'],
    protects: 'enabling',
  }),
  activeCheck('default-enable-add', 'Add of active with the string "True"', ['Add', 'active', 'True'], {
    after: ['entra/disable/default'],
    rationale:
      'Entra ID sends Add for attributes that the server returns without a value, which may include active.',
    when: 'the server returns disabled users without active',
  }),
  activeCheck('flag-enable', 'replace of active with true', ['replace', 'active', true], {
    after: ['entra/disable/flag'],
  }),
  disableCheck('still-read-by-id', 'MUST', sources.tutorial, {
    description: 'GET of a disabled user returns the user.',
    rationale: 'Entra ID reads users by id before it enables them again.',
    remedy: 'Keep disabled users. Only DELETE removes one.',
    leadsTo: notLinked(
      'Disabled users are lost, because the server hides them: Entra reports InvalidAnchor, and can’t enable them again.',
    ),
    after: ['entra/look-up/read-by-id'],
    protects: 'enabling',
    run: async context => void (await disabled(context)),
  }),
  disableCheck('still-found', 'MUST', sources.tutorial, {
    description: 'A search by userName returns disabled users.',
    rationale: 'Entra ID searches for users whatever their status.',
    remedy: 'Return disabled users in lists and searches.',
    leadsTo: notLinked(
      'Disabled users that are assigned again aren’t found: Entra creates them, gets a 409, and keeps them in escrow.',
    ),
    after: [...found, stillRead],
    run: async context => {
      const user = await disabled(context)
      await expectFound(context, nameQuery(context, user), [user.id])
    },
  }),
  disableCheck('shown-disabled', 'MUST', sources.tutorial, {
    description: 'A search returns a disabled user with active false.',
    rationale: 'Entra ID reads active to decide whether to enable a user again.',
    remedy: 'Return active as a boolean, also if it is false.',
    leadsTo: shownWrong('Users that are assigned again stay disabled, because Entra considers them active.'),
    after: ['entra/disable/still-found'],
    blame: [
      {
        on: 'missing',
        predict: unnoticed('A search returns no active, so Entra enables users by Add instead of Replace.'),
      },
      {
        on: 'wrong type',
        predict: unnoticed('A search returns active as a string, which Entra compares as well.'),
      },
    ],
    run: async context => {
      const user = await disabled(context)
      await expectEventually(context, async () => {
        const response = await context.get(nameQuery(context, user))
        const [shown = {}] = listedResources(response)
        expectEqual(valueAtPath(shown, 'active'), false, 'active', response)
      })
    },
  }),
  disableCheck('keeps-the-rest', 'practice', sources.howItWorks, {
    description: 'Disabling a user changes no other attribute.',
    rationale: 'Entra ID enables the same user again, and sends only what differs.',
    remedy: 'Change only active.',
    leadsTo: dataLost('Disabled users lose data on the server.'),
    after: [stillRead],
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
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'Disabling a user again fails or changes other data.',
    after: ['entra/disable/default'],
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context)
      for (const active of [false, false]) await setActive(context, user, active)
      await expectStored(context, user.path, { active: false })
    },
  }),
  disableCheck('changed-meanwhile', 'practice', sources.howItWorks, {
    description: 'PATCH changes a disabled user.',
    rationale: 'When a user is enabled again, Entra ID sends all differences together with active.',
    remedy: 'Accept changes of disabled users.',
    leadsTo: 'Changes of disabled users aren’t applied.',
    after: ['entra/disable/default', 'entra/update/replace-displayName'],
    run: async context => {
      requireAttributes(context.users, 'displayName')
      const user = await disabled(context)
      await expectPatched(context, user.path, rename)
      await expectStored(context, user.path, { displayName: 'Mira Stone', active: false })
    },
  }),
  disableCheck('soft-delete-and-restore', 'practice', sources.howItWorks, {
    description:
      'A user that is soft-deleted and restored keeps its id, is active, and has the changes sent with the restore.',
    rationale:
      'Entra ID disables the user on a soft delete, and on a restore enables the same id with any changes.',
    remedy: 'Apply all operations of a PATCH, and keep the id.',
    leadsTo: 'Users restored from the recycle bin don’t get their account back correctly.',
    after: ['entra/disable/default', 'entra/disable/default-enable', 'entra/update/replace-displayName'],
    run: async context => {
      requireAttributes(context.users, 'active', 'displayName')
      const user = await createUser(context)
      for (const active of [false, true, false]) await setActive(context, user, active)
      const restore = patchOperation('Replace', 'active', 'True')
      await expectPatched(context, user.path, restore, rename)
      await expectStored(context, user.path, { id: user.id, active: true, displayName: 'Mira Stone' })
    },
  }),
]
