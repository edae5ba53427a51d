import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat } from '../../expect.ts'
import { compact, enterpriseUrn, isObject } from '../../scim.ts'
import { readResource, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { managerCheck, sources } from './areas.ts'
import { mappedUser } from './fixtures.ts'
import { path, removing, setManager, setting } from './manager-requests.ts'

const addText = 'entra/manager/add-text'

/** Without these, a server may accept only this form. */
const independent = new Set(['add-text', 'add-object', 'documented'])

const people = async (
  context: CheckContext,
): Promise<readonly [user: CreatedResource, manager: CreatedResource, other: CreatedResource]> => {
  requireAttributes(context.users, path)
  return [await createUser(context), await createUser(context), await createUser(context)]
}

/** In any representation: shown-as-an-object reports a string. */
async function expectManager(
  context: CheckContext,
  user: CreatedResource,
  { id }: CreatedResource,
): Promise<void> {
  const { body, response } = await readResource(context, user.path)
  const shown = valueAtPath(body, path)
  const got = isObject(shown) ? shown.value : shown
  expectThat(
    got === id,
    `the manager ${id}`,
    shown ?? null,
    response,
    got === undefined ? 'missing' : 'other',
  )
}

export const managerChecks: readonly Check[] = [
  ...setting.map(({ name, description, source, when, sent }) =>
    managerCheck(name, 'practice', source, {
      description,
      rationale: 'Entra ID sets managers after all users exist, with the id that the server assigned.',
      remedy:
        'Accept a string, an object and a list with one entry for manager, by its URN and by its short name.',
      ...compact({ when }),
      leadsTo: 'Managers aren’t set.',
      after: independent.has(name) ? [] : [addText],
      run: async context => {
        const [user, manager] = await people(context)
        await expectPatched(context, user.path, sent(manager.id))
        await expectManager(context, user, manager)
      },
    }),
  ),
  ...removing.map(({ name, description, source, dialect, when, sent }) =>
    managerCheck(name, 'practice', source, {
      description,
      rationale: `${dialect}.`,
      remedy: 'Accept each way of clearing manager, and remove the value.',
      ...compact({ when }),
      leadsTo: 'Users keep a former manager.',
      accepted: 'The server reports success, so Entra doesn’t notice.',
      after: [addText],
      blame: [
        {
          on: 'excess',
          predict: {
            effect: 'shown-wrong',
            summary: 'Clearing the manager leaves an object without an id instead of no manager.',
          },
        },
      ],
      run: async context => {
        const [user, manager] = await people(context)
        await setManager(context, user, manager)
        await expectPatched(context, user.path, sent(manager.id))
        const { body, response } = await readResource(context, user.path)
        const shown = valueAtPath(body, path) ?? ''
        const isEmptied = isObject(shown) && (shown.value ?? '') === ''
        expectThat(shown === '', 'no manager', shown, response, isEmptied ? 'excess' : 'without effect')
      },
    }),
  ),
  managerCheck('replace-text', 'practice', sources.managerText, {
    description: 'Replace with the manager’s id as a string changes the manager.',
    rationale: 'Entra ID sends this when a user’s manager changes.',
    remedy: 'Accept a string for manager, and store it as manager.value.',
    leadsTo: 'Managers aren’t changed.',
    after: [addText],
    run: async context => {
      const [user, manager, other] = await people(context)
      await setManager(context, user, manager)
      await expectPatched(context, user.path, patchOperation('Replace', path, other.id))
      await expectManager(context, user, other)
    },
  }),
  managerCheck('shown-as-an-object', 'MUST', sources.managerRead, {
    description: 'A manager that was set as a string is returned as an object.',
    rationale: 'Entra ID can’t read a user whose manager is a string.',
    remedy: 'Return manager as {"value": "…"}.',
    effect: 'escrow',
    leadsTo:
      'Users with a manager can’t be read: Entra reports a deserialization error, and retries them later (escrow).',
    after: [addText],
    run: async context => {
      const [user, manager] = await people(context)
      await setManager(context, user, manager)
      const { body, response } = await readResource(context, user.path)
      const shown = valueAtPath(body, path)
      expectThat(isObject(shown), 'manager as an object', shown, response, 'wrong type')
    },
  }),
  managerCheck('keeps-the-department', 'practice', sources.howItWorks, {
    description: 'Setting the manager changes no other enterprise attribute.',
    rationale: 'Entra ID sets managers in a separate PATCH.',
    remedy: 'Change only the given attribute of the extension, not the whole extension.',
    effect: 'data-lost',
    leadsTo: 'Setting a manager changes the user’s other enterprise attributes, such as the department.',
    after: [addText],
    given: {
      has: [path, `${enterpriseUrn}:department`],
      user: mappedUser({ [enterpriseUrn]: { department: 'Freight' } }),
      other: mappedUser(),
    },
    request: ({ other }) => ({ patch: patchOperation('Add', path, other.id) }),
    expect: { stored: { [`${enterpriseUrn}:department`]: 'Freight' } },
  }),
]
