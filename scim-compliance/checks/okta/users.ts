import type { Blame, Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { over, type Request, type Scene } from '../forms.ts'
import { hasAttribute, known, requireAttributes } from '../steps/attributes.ts'
import { notLinked, shownWrong } from '../steps/client-areas.ts'
import { expectReplaced, expectStored, readBody, readResource } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { isSameState } from '../steps/same-state.ts'
import { createGroupWithMember, createUser, expectMembers, sampleUser } from '../steps/users-and-groups.ts'
import { createCheck, deactivateCheck, sources, updateCheck } from './areas.ts'
import { oktaBodyHeaders, oktaUser, setActive } from './requests.ts'

const post = ({ context }: Scene, given: JsonObject = {}): Request => ({
  post: { ...oktaUser(context), ...given },
  headers: oktaBodyHeaders,
})

const mixedCase = ({ mark }: Scene): string => `Nell.Gray.${mark}@example.com`

const profile = ({ context: { users }, mark }: Scene): JsonObject =>
  known(users, {
    'name.givenName': 'Nell',
    'name.familyName': 'Gray',
    displayName: 'Nell Gray',
    'emails[type eq "work"].value': `${mark}@example.com`,
    externalId: mark,
    active: true,
  })

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
  return createUser(context, known(context.users, given))
}

/** `meta` changes with each write. */
const withoutMeta = ({ meta: _, ...rest }: JsonObject): JsonObject => rest

const withoutPath = 'Support PATCH operations whose value is an object instead of a path.'

const activeBlame: readonly Blame[] = [
  // A user that is hidden doesn't stay active.
  {
    on: 404,
    if: ({ method }) => method === 'GET',
    remedy: 'Keep disabled users readable. Only DELETE removes one.',
    harmless: true,
  },
  { on: 'without effect', remedy: 'Allow clients to change active, also in a value without a path.' },
]

const aUser = { has: ['active'], user: ({ context }: Scene) => sampleUser(context) } as const

export const userChecks: readonly Check[] = [
  createCheck('documented-body', 'MUST', sources.reference, {
    description: 'POST /Users with the body that Okta sends creates a user.',
    rationale:
      'The body has an empty list of groups, and a filler password even if passwords are not synchronized.',
    remedy: 'Accept groups and ignore it, since it is read-only. Accept password, or ignore it.',
    leadsTo: 'Users aren’t created.',
    request: scene => post(scene),
    expect: {},
  }),
  createCheck('returns-the-user', 'MUST', sources.questions, {
    description: 'The response to POST /Users contains the user with its id and userName.',
    rationale: 'Okta stores the id, and reports an empty response as an error.',
    remedy: 'Return the created user in the body of the 201.',
    unconverted: 'ids',
    after: ['okta/create/documented-body'],
    leadsTo: notLinked('Users are created, but Okta reports an error and doesn’t know their id.'),
    request: scene => post(scene),
    expect: {
      holds: {
        'a body with the user': ({ response }) => response.text !== '',
        'an id': ({ body }) => typeof body.id === 'string' && body.id !== '',
        userName: ({ body }) => typeof body.userName === 'string',
      },
    },
  }),
  createCheck('keeps-user-name-case', 'practice', sources.userNameCase, {
    description: 'The created user has userName in the case in which it was sent.',
    rationale: 'Okta compares the userName that it gets with its own.',
    remedy: 'Store userName as sent, and ignore case only for comparisons.',
    leadsTo: shownWrong('Users whose name has capital letters look different from those in Okta.'),
    after: ['okta/create/returns-the-user'],
    request: scene => post(scene, { userName: mixedCase(scene) }),
    expect: scene => ({ body: { userName: mixedCase(scene) } }),
  }),
  createCheck('keeps-the-profile', 'MUST', sources.reference, {
    description: 'GET of a created user returns the profile that Okta sent.',
    rationale: 'Okta reads the user before each update, and sends back what it has read.',
    remedy: 'Store and return name, displayName, the work email address and active.',
    leadsTo: 'Parts of the profile are lost.',
    after: ['okta/create/returns-the-user'],
    request: scene => {
      const value = `${scene.mark}@example.com`
      const emails = hasAttribute(scene.context.users, 'emails') && {
        emails: [{ primary: true, value, type: 'work' }],
      }
      return post(scene, { userName: value, externalId: scene.mark, ...emails })
    },
    expect: scene => ({ stored: profile(scene) }),
  }),
  createCheck('twice-is-409', 'MUST', sources.reference, {
    description: 'A second user with the same userName returns 409.',
    rationale: 'Two administrators, or an import that missed a user, can lead to a second create.',
    remedy: 'Make userName unique, ignoring case, and return 409 with scimType uniqueness.',
    leadsTo: notLinked('Duplicates are created, and later searches by userName find both users.'),
    blame: {
      on: ['4xx', '5xx'],
      remedy: 'Return 409 with scimType uniqueness for a userName that is taken.',
      predict: shownWrong('{answer} for a duplicate: Okta shows another error than that the user exists.'),
    },
    after: ['okta/create/documented-body'],
    given: { user: ({ context }) => oktaUser(context) },
    request: scene => post(scene, { userName: scene.user.sent.userName ?? null }),
    expect: { status: [409] },
  }),
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
      const { body, response } = await readResource(context, user.path)
      const expected = `the user as before the PUT: ${JSON.stringify(withoutMeta(before))}`
      expectThat(isSameState(withoutMeta(before), withoutMeta(body)), expected, withoutMeta(body), response)
    },
  }),
  updateCheck('put-keeps-groups', 'practice', sources.reference, {
    description:
      'PUT of a user as GET returned it, also with an empty list of groups, keeps the memberships of the user.',
    rationale:
      'The body has groups if the server returns them. Okta’s create has an empty list of groups, and servers without groups in GET get none back.',
    remedy: 'Ignore groups in PUT of a user: memberships are changed at the group only (RFC 7643 §4.1.2).',
    needs: ['write', 'users', 'groups', 'patch'],
    after: ['okta/members/add'],
    leadsTo: 'Each update of a profile removes the user from groups.',
    ...over<JsonObject>({ 'as read': {}, 'with no groups': { groups: [] } }, changes => async context => {
      const { group, user } = await createGroupWithMember(context, 'okta')
      await replaceWithRead(context, user, changes)
      await expectMembers(context, group, [user.id], [user.id])
    }),
  }),
  deactivateCheck('active-false', 'MUST', sources.reference, {
    description: 'A PATCH that replaces active with false, without a path, deactivates a user.',
    rationale: 'Okta sends it when a user is unassigned or deactivated, and never deletes users.',
    remedy: withoutPath,
    leadsTo: 'Deactivated users stay active.',
    protects: 'disabling',
    blame: activeBlame,
    given: aUser,
    request: { patch: setActive(false) },
    expect: { stored: { active: false } },
  }),
  deactivateCheck('active-true', 'MUST', sources.reference, {
    description: 'The same PATCH with true activates a user again.',
    rationale: 'Okta sends it when a user is assigned again.',
    remedy: withoutPath,
    leadsTo: 'Users that are assigned again stay deactivated.',
    protects: 'enabling',
    blame: activeBlame,
    run: async context => {
      requireAttributes(context.users, 'active')
      const { path } = await createUser(context)
      for (const active of [false, true]) await expectPatched(context, path, setActive(active))
      await expectStored(context, path, { active: true })
    },
  }),
  deactivateCheck('keeps-the-rest', 'practice', sources.reference, {
    description: 'Deactivating a user changes no other attribute.',
    rationale: 'The user is activated again by one attribute, too.',
    remedy: 'Change only the attributes in the value.',
    leadsTo: 'Users lose attributes when they are deactivated.',
    given: { ...aUser, has: ['active', 'name.givenName', 'name.familyName'] },
    request: { patch: setActive(false) },
    expect: ({ user }) => ({
      stored: { userName: user.sent.userName, 'name.givenName': 'Mira', 'name.familyName': 'Holt' },
    }),
  }),
]
