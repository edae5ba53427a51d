import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat } from '../../expect.ts'
import { compact, enterpriseUrn, isObject, type Json, type JsonObject } from '../../scim.ts'
import { readResource, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { flagged, gallery, managerCheck, sources } from './areas.ts'
import { mappedUser } from './fixtures.ts'

const path = `${enterpriseUrn}:manager`

/** As Entra does by default: entra/manager/add-text reports a failure. */
export const setManager = (context: CheckContext, user: CreatedResource, manager: CreatedResource) =>
  expectPatched(context, user.path, patchOperation('Add', path, manager.id))

const textSets = ['entra/manager/add-text']

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

type Sent = (id: string) => JsonObject

const patch =
  (op: string, at: string, written: (id: string) => Json): Sent =>
  id =>
    patchOperation(op, at, written(id))

const setsManager = (id: string, source: string, how: string, sent: Sent, when?: string): Check =>
  managerCheck(id, 'practice', source, {
    description: `${how} sets the manager.`,
    rationale: 'Entra ID sets managers after all users exist, with the id that the server assigned.',
    remedy:
      'Accept a string, an object and a list with one entry for manager, by its URN and by its short name.',
    ...compact({ when }),
    leadsTo: 'Managers aren’t set.',
    after: textSets,
    run: async context => {
      const [user, manager] = await people(context)
      await expectPatched(context, user.path, sent(manager.id))
      await expectManager(context, user, manager)
    },
  })

const clearsManager = (
  id: string,
  source: string,
  how: string,
  sent: Sent,
  rationale: string,
  when?: string,
): Check =>
  managerCheck(id, 'practice', source, {
    description: `${how} clears the manager.`,
    rationale,
    remedy: 'Accept each way of clearing manager, and remove the value.',
    ...compact({ when }),
    leadsTo: 'Users keep a former manager.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    after: textSets,
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
  })

const undocumented = 'How Entra ID clears a manager isn’t documented.'
const withText = 'with the manager’s id as a string'

export const managerChecks: readonly Check[] = [
  setsManager(
    'add-text',
    sources.managerText,
    `Add ${withText}`,
    patch('Add', path, id => id),
  ),
  setsManager(
    'flag-add-text',
    sources.managerText,
    `add in lower case ${withText}`,
    patch('add', path, id => id),
    flagged,
  ),
  setsManager(
    'add-object',
    sources.tutorial,
    'Add with an object that contains value',
    patch('Add', path, id => ({ value: id })),
    'Entra sends the manager as an object',
  ),
  setsManager(
    'documented',
    sources.tutorial,
    'Add with the path manager and a list of $ref and value',
    patch('Add', 'manager', id => [{ $ref: `../Users/${id}`, value: id }]),
    'Entra sends the manager as in Microsoft’s tutorial',
  ),
  setsManager(
    'merged',
    sources.compatibility,
    'replace without a path, with the URN of manager as a key,',
    id => patchOperation('replace', undefined, { [path]: id }),
    flagged,
  ),
  clearsManager(
    'replace-with-nothing',
    sources.nullUpdate,
    'Replace with an empty string',
    patch('Replace', path, () => ''),
    `${undocumented} Microsoft’s Logic App tests send this.`,
  ),
  clearsManager(
    'replace-with-null',
    sources.nullUpdate,
    'Replace with null',
    patch('Replace', path, () => null),
    'Microsoft’s Logic App tests clear attributes this way.',
    gallery,
  ),
  clearsManager(
    'replace-with-empty-value',
    sources.validator,
    'replace with {"value": ""}',
    patch('replace', path, () => ({ value: '' })),
    'Microsoft’s validator sends this.',
    gallery,
  ),
  clearsManager(
    'flag-filter',
    sources.managerFilter,
    'remove of manager[value eq "…"]',
    id => patchOperation('remove', `manager[value eq "${id}"]`),
    'With the flag aadOptscim062020, Entra ID sends this, although manager is single-valued.',
    flagged,
  ),
  clearsManager(
    'remove',
    'RFC 7644 §3.5.2.2',
    'Remove',
    () => patchOperation('Remove', path),
    `${undocumented} RFC 7644 defines this way.`,
    'Entra clears a manager by Remove',
  ),
  managerCheck('replace-text', 'practice', sources.managerText, {
    description: 'Replace with the manager’s id as a string changes the manager.',
    rationale: 'Entra ID sends this when a user’s manager changes.',
    remedy: 'Accept a string for manager, and store it as manager.value.',
    leadsTo: 'Managers aren’t changed.',
    after: textSets,
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
    after: textSets,
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
    after: textSets,
    given: {
      has: [path, `${enterpriseUrn}:department`],
      user: mappedUser({ [enterpriseUrn]: { department: 'Freight' } }),
      other: mappedUser(),
    },
    request: ({ other }) => ({ patch: patchOperation('Add', path, other.id) }),
    expect: { stored: { [`${enterpriseUrn}:department`]: 'Freight' } },
  }),
]
