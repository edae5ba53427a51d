import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat, skip } from '../../expect.ts'
import { compact, enterpriseUrn, isObject } from '../../scim.ts'
import { expectStored, readResource, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes, skipAsConsequence } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { managerCheck, sources } from './areas.ts'
import { path, removing, setManager, setting } from './manager-requests.ts'
import { emptied } from './predictions.ts'

const value = `${path}.value`

const people = async (
  context: CheckContext,
): Promise<readonly [CreatedResource, CreatedResource, CreatedResource]> => {
  requireAttributes(context.users, path)
  return [await createUser(context), await createUser(context), await createUser(context)]
}

const managed = async (
  context: CheckContext,
): Promise<readonly [CreatedResource, CreatedResource, CreatedResource]> => {
  const [user, manager, other] = await people(context)
  await setManager(context, user, manager)
  return [user, manager, other]
}

/** No manager in any representation; an object with an empty value is still an object. */
async function expectNoManager(context: CheckContext, user: CreatedResource): Promise<void> {
  const { body, response } = await readResource(context, user.path)
  const shown = valueAtPath(body, path)
  const isGone = shown === undefined || shown === null || shown === ''
  expectThat(isGone, 'no manager', shown ?? null, response)
}

export const managerChecks: readonly Check[] = [
  ...setting.map(({ name, description, source, when, sent }) =>
    managerCheck(name, 'practice', source, {
      description,
      rationale: 'Entra ID sets managers after all users exist, with the id that the server assigned.',
      remedy:
        'Accept a string, an object and a list with one entry for manager, by its URN and by its short name.',
      effect: 'write',
      ...compact({ when }),
      leadsTo: 'Managers aren’t set.',
      run: async context => {
        const [user, manager] = await people(context)
        await expectPatched(context, user.path, sent(manager.id))
        await expectStored(context, user.path, { [value]: manager.id })
      },
    }),
  ),
  ...removing.map(({ name, description, source, dialect, when, sent }) =>
    managerCheck(name, 'practice', source, {
      description,
      rationale: `${dialect}.`,
      remedy: 'Accept each way of clearing manager, and remove the value.',
      effect: 'write',
      ...compact({ when }),
      leadsTo: 'Users keep a former manager.',
      accepted: 'The server reports success, so Entra doesn’t notice.',
      predictConsequence: emptied,
      run: async context => {
        const [user, manager] = await managed(context)
        await expectPatched(context, user.path, sent(manager.id))
        await expectNoManager(context, user)
      },
    }),
  ),
  managerCheck('replace-text', 'practice', sources.managerText, {
    description: 'Replace with the manager’s id as a string changes the manager.',
    rationale: 'Entra ID sends this when a user’s manager changes.',
    remedy: 'Accept a string for manager, and store it as manager.value.',
    effect: 'write',
    leadsTo: 'Managers aren’t changed.',
    run: async context => {
      const [user, , other] = await managed(context)
      await expectPatched(context, user.path, patchOperation('Replace', path, other.id))
      await expectStored(context, user.path, { [value]: other.id })
    },
  }),
  managerCheck('shown-as-an-object', 'MUST', sources.managerRead, {
    description: 'A manager that was set as a string is returned as an object.',
    rationale: 'Entra ID can’t read a user whose manager is a string.',
    remedy: 'Return manager as {"value": "…"}.',
    effect: 'escrow',
    leadsTo:
      'Users with a manager can’t be read: Entra reports a deserialization error, and retries them later (escrow).',
    run: async context => {
      const [user, manager] = await people(context)
      const { status } = await context.patch(user.path, patchOperation('Add', path, manager.id))
      if (status >= 300) skip('The server rejects a manager as a string.')
      const { body, response } = await readResource(context, user.path)
      const shown = valueAtPath(body, path)
      if (shown === undefined) skipAsConsequence('The manager isn’t set', 'entra/manager/add-text')
      expectThat(isObject(shown), 'manager as an object', shown, response)
    },
  }),
  managerCheck('keeps-the-department', 'practice', sources.howItWorks, {
    description: 'Setting the manager changes no other enterprise attribute.',
    rationale: 'Entra ID sets managers in a separate PATCH.',
    remedy: 'Change only the given attribute of the extension, not the whole extension.',
    effect: 'data-lost',
    leadsTo: 'Setting a manager changes the user’s other enterprise attributes, such as the department.',
    run: async context => {
      requireAttributes(context.users, path, `${enterpriseUrn}:department`)
      const manager = await createUser(context)
      const user = await createUser(context, { [enterpriseUrn]: { department: 'Freight' } })
      const kept = { [`${enterpriseUrn}:department`]: 'Freight' }
      await orSkipAsConsequence('The department isn’t stored', 'entra/create/keeps-the-mapping', () =>
        expectStored(context, user.path, kept),
      )
      await setManager(context, user, manager)
      await expectStored(context, user.path, kept)
    },
  }),
]
