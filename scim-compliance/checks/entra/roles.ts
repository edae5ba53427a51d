import type { Check } from '../../check.ts'
import { expectThat, skip } from '../../expect.ts'
import type { Json, JsonObject } from '../../scim.ts'
import { type Form, runOf, values } from '../forms.ts'
import { hasAttribute, objectsIn, requireAttributes } from '../steps/attributes.ts'
import { readResource } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation, replace } from '../steps/patches.ts'
import { createUser, sampleUser } from '../steps/users-and-groups.ts'
import { gallery, rolesCheck, sources } from './areas.ts'
import { mappedUser } from './fixtures.ts'

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

export const roleChecks: readonly Check[] = [
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
