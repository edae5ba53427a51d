import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat, skip } from '../../expect.ts'
import { enterpriseUrn, isObject, type Json, type JsonObject } from '../../scim.ts'
import { type Form, runOf, values } from '../forms.ts'
import { hasAttribute, objectsIn, requireAttributes } from '../steps/attributes.ts'
import { dataLost, escrow, shownWrong } from '../steps/client-areas.ts'
import { readResource, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation, replace } from '../steps/patches.ts'
import { createUser, sampleUser } from '../steps/users-and-groups.ts'
import { flagged, gallery, managerCheck, rolesCheck, sources } from './areas.ts'
import { mappedUser } from './fixtures.ts'

const path = `${enterpriseUrn}:manager`

/** As Entra does by default: entra/manager/add-text reports a failure. */
export const setManager = (context: CheckContext, user: CreatedResource, manager: CreatedResource) =>
  expectPatched(context, user.path, patchOperation('Add', path, manager.id))

/** A user, a manager and another one. */
async function people(context: CheckContext) {
  requireAttributes(context.users, path)
  return [await createUser(context), await createUser(context), await createUser(context)] as const
}

/** In any representation: shown-as-an-object reports a string. */
async function expectManager(context: CheckContext, user: CreatedResource, { id }: CreatedResource) {
  const { body, response } = await readResource(context, user.path)
  const shown = valueAtPath(body, path)
  const got = isObject(shown) ? shown.value : shown
  const came = got === undefined ? 'missing' : 'other'
  expectThat(got === id, `the manager ${id}`, shown ?? null, response, came)
}

/** The operation for a manager with this ID. */
type Sent = (id: string) => readonly [op: string, path: string | undefined, value?: Json]

type Variant = Pick<Check, 'when'> & { readonly source?: string }

const setsManager = (
  id: string,
  how: string,
  sent: Sent,
  { source = sources.managerText, ...rest }: Variant = {},
): Check =>
  managerCheck(id, 'practice', source, {
    description: `${how} sets the manager.`,
    rationale: 'Entra ID sets managers after all users exist, with the id that the server assigned.',
    remedy:
      'Accept a string, an object and a list with one entry for manager, by its URN and by its short name.',
    ...rest,
    leadsTo: 'Managers aren’t set.',
    run: async context => {
      const [user, manager] = await people(context)
      await expectPatched(context, user.path, patchOperation(...sent(manager.id)))
      await expectManager(context, user, manager)
    },
  })

const clearsManager = (
  id: string,
  how: string,
  sent: Sent,
  { source = sources.nullUpdate, ...texts }: Variant & Pick<Check, 'rationale'>,
): Check =>
  managerCheck(id, 'practice', source, {
    description: `${how} clears the manager.`,
    remedy: 'Accept each way of clearing manager, and remove the value.',
    ...texts,
    leadsTo: 'Users keep a former manager.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    blame: {
      on: 'excess',
      predict: shownWrong('Clearing the manager leaves an object without an id instead of no manager.'),
    },
    run: async context => {
      const [user, manager] = await people(context)
      await setManager(context, user, manager)
      await expectPatched(context, user.path, patchOperation(...sent(manager.id)))
      const { body, response } = await readResource(context, user.path)
      const shown = valueAtPath(body, path) ?? ''
      const isEmptied = isObject(shown) && (shown.value ?? '') === ''
      expectThat(shown === '', 'no manager', shown, response, isEmptied ? 'excess' : 'without effect')
    },
  })

const undocumented = 'How Entra ID clears a manager isn’t documented.'
const withText = 'with the manager’s id as a string'

const role = (value: string, primary: Json = false): JsonObject => ({ primary, value })

/** Roles as Entra ID sends them; a server may have its own list of types. */
const ofEntra = (value: string, primary = false): JsonObject => ({
  ...role(value, primary),
  type: 'WindowsAzureActiveDirectoryRole',
})

const single = 'entra/roles/single-on-create'

const lostRoles = { when: 'your mapping sends app roles', leadsTo: 'App roles aren’t set.' }

/** A user with these roles keeps them. */
const stores = (roles: readonly JsonObject[], has: readonly string[] = ['roles']): Form => ({
  given: { has },
  request: ({ context }) => ({ post: { ...sampleUser(context), roles } }),
  expect: { stored: { roles: values(...roles.map(one => String(one.value))) } },
})

/** PATCH of a user with these roles leaves these values. */
const patches = (roles: readonly JsonObject[], patch: JsonObject, ...left: readonly string[]) => ({
  needs: ['write', 'users', 'patch'] as const,
  after: ['probe/patch', single],
  given: { has: ['roles'], user: mappedUser({ roles }) },
  request: { patch },
  expect: { stored: { roles: values(...left) } },
})

export const managerAndRoleChecks: readonly Check[] = [
  setsManager('add-text', `Add ${withText}`, id => ['Add', path, id]),
  setsManager('flag-add-text', `add in lower case ${withText}`, id => ['add', path, id], { when: flagged }),
  setsManager('add-object', 'Add with an object that contains value', value => ['Add', path, { value }], {
    source: sources.tutorial,
    when: 'Entra sends the manager as an object',
  }),
  setsManager(
    'documented',
    'Add with the path manager and a list of $ref and value',
    value => ['Add', 'manager', [{ $ref: `../Users/${value}`, value }]],
    { source: sources.tutorial, when: 'Entra sends the manager as in Microsoft’s tutorial' },
  ),
  setsManager(
    'merged',
    'replace without a path, with the URN of manager as a key,',
    id => ['replace', undefined, { [path]: id }],
    { source: sources.compatibility, when: flagged },
  ),
  clearsManager('replace-with-nothing', 'Replace with an empty string', () => ['Replace', path, ''], {
    rationale: `${undocumented} Microsoft’s Logic App tests send this.`,
  }),
  clearsManager('replace-with-null', 'Replace with null', () => ['Replace', path, null], {
    rationale: 'Microsoft’s Logic App tests clear attributes this way.',
    when: gallery,
  }),
  clearsManager(
    'replace-with-empty-value',
    'replace with {"value": ""}',
    () => ['replace', path, { value: '' }],
    { source: sources.validator, rationale: 'Microsoft’s validator sends this.', when: gallery },
  ),
  clearsManager(
    'flag-filter',
    'remove of manager[value eq "…"]',
    id => ['remove', `manager[value eq "${id}"]`],
    {
      source: sources.managerFilter,
      rationale: 'With the flag aadOptscim062020, Entra ID sends this, although manager is single-valued.',
      when: flagged,
    },
  ),
  clearsManager('remove', 'Remove', () => ['Remove', path], {
    source: 'RFC 7644 §3.5.2.2',
    rationale: `${undocumented} RFC 7644 defines this way.`,
    when: 'Entra clears a manager by Remove',
  }),
  managerCheck('replace-text', 'practice', sources.managerText, {
    description: 'Replace with the manager’s id as a string changes the manager.',
    rationale: 'Entra ID sends this when a user’s manager changes.',
    remedy: 'Accept a string for manager, and store it as manager.value.',
    leadsTo: 'Managers aren’t changed.',
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
    leadsTo: escrow(
      'Users with a manager can’t be read: Entra reports a deserialization error, and retries them later (escrow).',
    ),
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
    leadsTo: dataLost(
      'Setting a manager changes the user’s other enterprise attributes, such as the department.',
    ),
    given: {
      has: [path, `${enterpriseUrn}:department`],
      user: mappedUser({ [enterpriseUrn]: { department: 'Freight' } }),
      other: mappedUser(),
    },
    request: ({ other }) => ({ patch: patchOperation('Add', path, other.id) }),
    expect: { stored: { [`${enterpriseUrn}:department`]: 'Freight' } },
  }),
  rolesCheck('single-on-create', 'practice', sources.attributes, {
    description: 'POST /Users stores one app role.',
    rationale: 'SingleAppRoleAssignment sends roles with one primary entry.',
    remedy: 'Store roles with value, type and primary.',
    ...lostRoles,
    // Reported here, also if no other user attribute is lost, unless nothing says that the server has roles.
    run: async context => {
      if (!hasAttribute(context.users, 'roles') || context.service.schemas.length === 0)
        skip('The server’s users have no writable roles.')
      await runOf(stores([ofEntra('Admin', true)], []))(context)
    },
  }),
  rolesCheck('several-on-create', 'practice', sources.attributes, {
    description: 'POST /Users stores several app roles with the same type and without a primary one.',
    rationale: 'AppRoleAssignmentsComplex sends all roles with one type and primary false.',
    remedy: 'Identify roles by value, not by type.',
    ...lostRoles,
    after: [single],
    ...stores(['Reader', 'Auditor'].map(value => ({ ...ofEntra(value), display: value }))),
  }),
  rolesCheck('primary-as-text', 'practice', sources.validator, {
    description: 'POST /Users accepts a role whose primary is the string "True".',
    rationale: 'Microsoft’s validator writes primary as a string.',
    remedy: 'Accept "True" and "False" as booleans everywhere.',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the creation of users as failed.',
    after: [single],
    ...stores([role('Admin', 'True')]),
  }),
  rolesCheck('packed-add', 'practice', sources.packedRoles, {
    description: 'Add of roles accepts JSON in a string as a value.',
    rationale: 'By default, Entra ID packs id, value and displayName of an app role into one string.',
    remedy: 'Accept any string as the value of a role. Ideally, unpack it.',
    needs: ['write', 'users', 'patch'],
    ...lostRoles,
    after: ['probe/patch', single],
    run: async context => {
      requireAttributes(context.users, 'roles.value')
      const user = await createUser(context)
      const packed = JSON.stringify({ id: '18d14569', value: 'Admin', displayName: 'Administrator' })
      await expectPatched(context, user.path, patchOperation('Add', 'roles', [{ value: packed }]))
      const { response, body } = await readResource(context, user.path)
      const [{ value } = {}] = objectsIn(body, 'roles')
      const isKept = /Admin/.test(String(value))
      expectThat(isKept, 'a role whose value contains Admin', body.roles ?? null, response)
    },
  }),
  rolesCheck('assertive-replace', 'practice', sources.attributes, {
    description: 'replace of roles replaces the list.',
    rationale: 'AssertiveAppRoleAssignmentsComplex replaces the whole list.',
    remedy: 'Let replace on a multi-valued attribute replace all of its values.',
    when: lostRoles.when,
    leadsTo: 'Users keep app roles that were revoked.',
    ...patches([role('Reader')], replace('roles', [role('Auditor'), role('Writer')]), 'Auditor', 'Writer'),
  }),
  rolesCheck('primary-in-a-path', 'practice', sources.validator, {
    description: 'replace of roles[primary eq "True"].value changes the primary role.',
    rationale:
      'Entra ID and Microsoft’s validator address the primary role this way, with the boolean in quotes.',
    remedy: 'Treat "True" as true when you compare a boolean, also in PATCH paths.',
    ...lostRoles,
    ...patches([role('Reader', true)], replace('roles[primary eq "True"].value', 'Auditor'), 'Auditor'),
  }),
]
