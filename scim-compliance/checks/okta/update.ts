import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { expectReplaced, expectStored, readBody } from '../steps/create-and-read.ts'
import { hasAttribute, requireAttributes } from '../steps/prerequisites.ts'
import { isSameState } from '../steps/same-state.ts'
import { createGroupWithMember, createUser, expectMembers } from '../steps/users-and-groups.ts'
import { sources, updateCheck } from './areas.ts'
import { oktaBodyHeaders } from './requests.ts'

/** Reads a user and sends it back with these changes, as Okta updates a profile. */
async function replaceWithRead(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
  changes: JsonObject = {},
): Promise<JsonObject> {
  const read = await readBody(context, path)
  expectReplaced(await context.put(path, { ...read, ...changes }, oktaBodyHeaders))
  return read
}

const createFullUser = (context: CheckContext): Promise<CreatedResource> => {
  const given: JsonObject = {
    title: 'Dispatcher',
    locale: 'en-US',
    phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }],
    addresses: [{ type: 'work', streetAddress: '4 Harbour Road', locality: 'Leith', country: 'GB' }],
  }
  const known = Object.entries(given).filter(([name]) => hasAttribute(context.users, name))
  return createUser(context, Object.fromEntries(known))
}

/** `meta` changes with each write. */
const withoutMeta = ({ meta: _, ...rest }: JsonObject): JsonObject => rest

export const updateChecks: readonly Check[] = [
  updateCheck('put-what-was-read', 'MUST', sources.reference, {
    description: 'PUT of a user as GET returned it, with a change, makes the change.',
    rationale:
      'Okta updates a profile with the body that it has just read: id, meta and read-only attributes are in it.',
    remedy: 'Ignore read-only attributes in PUT instead of rejecting them.',
    leadsTo: 'Changes of profiles aren’t applied.',
    run: async context => {
      requireAttributes(context.users, 'displayName', 'name.familyName')
      const user = await createFullUser(context)
      const name = { givenName: 'Nell', familyName: 'Moss' }
      await replaceWithRead(context, user, { displayName: 'Nell Moss', name })
      await expectStored(context, user.path, { displayName: 'Nell Moss', 'name.familyName': 'Moss' })
    },
  }),
  updateCheck('put-changes-nothing', 'practice', sources.reference, {
    description: 'PUT of a user exactly as GET returned it changes nothing.',
    rationale:
      'Okta sends back each attribute that it has read: one that GET omits, or returns in another form, is lost.',
    remedy: 'Return every stored attribute in GET, in the form in which PUT accepts it.',
    leadsTo: 'Each update of a profile loses or changes other attributes.',
    run: async context => {
      const user = await createFullUser(context)
      const before = await replaceWithRead(context, user)
      const response = await context.get(user.path)
      expectStatus(response, 200)
      const after = response.body as JsonObject
      expectThat(
        isSameState(withoutMeta(before), withoutMeta(after)),
        `the user as before the PUT: ${JSON.stringify(withoutMeta(before))}`,
        withoutMeta(after),
        response,
      )
    },
  }),
  updateCheck('put-keeps-groups', 'practice', sources.reference, {
    description: 'PUT of a user as GET returned it keeps the memberships of the user.',
    rationale: 'The body has groups if the server returns them, and none otherwise.',
    remedy: 'Ignore groups in PUT of a user: memberships are changed at the group only (RFC 7643 §4.1.2).',
    needs: ['write', 'users', 'groups', 'patch'],
    after: ['okta/members/add'],
    leadsTo: 'Each update of a profile removes the user from groups.',
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'okta')
      await replaceWithRead(context, user)
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
  updateCheck('put-without-groups', 'practice', sources.reference, {
    description: 'PUT of a user with an empty list of groups keeps the memberships of the user.',
    rationale:
      'The body of Okta’s create has an empty list of groups, and servers without groups in GET get none back.',
    remedy: 'Ignore groups in PUT of a user: memberships are changed at the group only (RFC 7643 §4.1.2).',
    needs: ['write', 'users', 'groups', 'patch'],
    after: ['okta/members/add'],
    leadsTo: 'Updates of profiles remove users from groups.',
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'okta')
      await replaceWithRead(context, user, { groups: [] })
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
]
