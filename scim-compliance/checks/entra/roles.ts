import type { Check, CheckContext } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { postSample, readResource } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import { createUser, sampleUser } from '../steps/users-and-groups.ts'
import { gallery, rolesCheck, sources } from './areas.ts'

const appRole = 'WindowsAzureActiveDirectoryRole'

const valuesOf = (roles: Json | undefined): readonly Json[] =>
  Array.isArray(roles) ? roles.filter(isObject).map(role => role.value ?? null) : []

const expectRoles = async (
  context: CheckContext,
  path: string,
  ...wanted: readonly string[]
): Promise<void> => {
  const { response, body } = await readResource(context, path)
  const got = valuesOf(body.roles)
  const right = got.length === wanted.length && wanted.every(value => got.includes(value))
  expectThat(right, `the roles ${wanted.join(', ')}`, body.roles ?? null, response)
}

const needRoles = (context: CheckContext, path: string, ...wanted: readonly string[]): Promise<void> =>
  orSkipAsConsequence('A role isn’t stored', 'entra/roles/single-on-create', () =>
    expectRoles(context, path, ...wanted),
  )

const createdWith = async (context: CheckContext, roles: readonly JsonObject[]): Promise<string> => {
  requireAttributes(context.users, 'roles')
  const response = await postSample(context, context.users, { ...sampleUser(context), roles })
  expectStatus(response, 201)
  return `${context.users.endpoint}/${isObject(response.body) ? String(response.body.id) : ''}`
}

const role = (value: string, primary: Json = false): JsonObject => ({ primary, value })

/** Roles as Entra ID sends them; a server may have its own list of types. */
const ofEntra = (value: string, primary: Json = false): JsonObject => ({
  ...role(value, primary),
  type: appRole,
})

export const roleChecks: readonly Check[] = [
  rolesCheck('single-on-create', 'practice', sources.attributes, {
    description: 'POST /Users stores one app role.',
    rationale: 'SingleAppRoleAssignment sends roles with one primary entry.',
    remedy: 'Store roles with value, type and primary.',
    effect: 'write',
    when: 'your mapping sends app roles',
    leadsTo: 'App roles aren’t set.',
    run: async context => {
      await expectRoles(context, await createdWith(context, [ofEntra('Admin', true)]), 'Admin')
    },
  }),
  rolesCheck('several-on-create', 'practice', sources.attributes, {
    description: 'POST /Users stores several app roles with the same type and without a primary one.',
    rationale: 'AppRoleAssignmentsComplex sends all roles with one type and primary false.',
    remedy: 'Identify roles by value, not by type.',
    effect: 'write',
    when: 'your mapping sends app roles',
    leadsTo: 'App roles aren’t set.',
    run: async context => {
      const roles = ['Reader', 'Auditor'].map(value => ({ ...ofEntra(value), display: value }))
      await expectRoles(context, await createdWith(context, roles), 'Reader', 'Auditor')
    },
  }),
  rolesCheck('primary-as-text', 'practice', sources.validator, {
    description: 'POST /Users accepts a role whose primary is the string "True".',
    rationale: 'Microsoft’s validator writes primary as a string.',
    remedy: 'Accept "True" and "False" as booleans everywhere.',
    effect: 'write',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the creation of users as failed.',
    run: async context => {
      await expectRoles(context, await createdWith(context, [role('Admin', 'True')]), 'Admin')
    },
  }),
  rolesCheck('packed-add', 'practice', sources.packedRoles, {
    description: 'Add of roles accepts JSON in a string as a value.',
    rationale: 'By default, Entra ID packs id, value and displayName of an app role into one string.',
    remedy: 'Accept any string as the value of a role. Ideally, unpack it.',
    needs: ['write', 'users', 'patch'],
    effect: 'write',
    when: 'your mapping sends app roles',
    leadsTo: 'App roles aren’t set.',
    run: async context => {
      requireAttributes(context.users, 'roles.value')
      const user = await createUser(context)
      const packed = JSON.stringify({ id: '18d14569', value: 'Admin', displayName: 'Administrator' })
      await expectPatched(context, user.path, patchOperation('Add', 'roles', [{ value: packed }]))
      const { response, body } = await readResource(context, user.path)
      const [value] = valuesOf(body.roles)
      expectThat(
        /Admin/.test(String(value)),
        'a role whose value contains Admin',
        body.roles ?? null,
        response,
      )
    },
  }),
  rolesCheck('assertive-replace', 'practice', sources.attributes, {
    description: 'replace of roles replaces the list.',
    rationale: 'AssertiveAppRoleAssignmentsComplex replaces the whole list.',
    remedy: 'Let replace on a multi-valued attribute replace all of its values.',
    needs: ['write', 'users', 'patch'],
    effect: 'write',
    when: 'your mapping sends app roles',
    leadsTo: 'Users keep app roles that were revoked.',
    run: async context => {
      const path = await createdWith(context, [role('Reader')])
      await needRoles(context, path, 'Reader')
      await expectPatched(
        context,
        path,
        patchOperation('replace', 'roles', [role('Auditor'), role('Writer')]),
      )
      await expectRoles(context, path, 'Auditor', 'Writer')
    },
  }),
  rolesCheck('primary-in-a-path', 'practice', sources.validator, {
    description: 'replace of roles[primary eq "True"].value changes the primary role.',
    rationale:
      'Entra ID and Microsoft’s validator address the primary role this way, with the boolean in quotes.',
    remedy: 'Treat "True" as true when you compare a boolean, also in PATCH paths.',
    needs: ['write', 'users', 'patch'],
    effect: 'write',
    when: 'your mapping sends app roles',
    leadsTo: 'App roles aren’t set.',
    run: async context => {
      const path = await createdWith(context, [role('Reader', true)])
      await needRoles(context, path, 'Reader')
      await expectPatched(
        context,
        path,
        patchOperation('replace', 'roles[primary eq "True"].value', 'Auditor'),
      )
      await expectRoles(context, path, 'Auditor')
    },
  }),
]
