import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectCreated, expectStatus, expectThat, jsonObject, noBody } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import type { Request, Scene } from '../forms.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { hasAttribute } from '../steps/prerequisites.ts'
import { uniqueAddress } from '../steps/users-and-groups.ts'
import { createCheck, sources } from './areas.ts'
import { oktaBodyHeaders, oktaUser } from './requests.ts'

const postUser = (context: CheckContext, given: JsonObject = {}): Promise<ScimResponse> =>
  postForCleanup(
    context,
    context.users,
    context.sample(context.users, { ...oktaUser(context), ...given }),
    oktaBodyHeaders,
  )

const post = ({ context }: Scene, given: JsonObject = {}): Request => ({
  post: { ...oktaUser(context), ...given },
  headers: oktaBodyHeaders,
})

const mixedCase = ({ mark }: Scene): string => `Nell.Gray.${mark}@example.com`

const profile = ({ context: { users }, mark }: Scene): JsonObject => {
  const userName = `${mark}@example.com`
  const wanted: JsonObject = {
    'name.givenName': 'Nell',
    'name.familyName': 'Gray',
    displayName: 'Nell Gray',
    'emails[type eq "work"].value': userName,
    externalId: mark,
    active: true,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => hasAttribute(users, name)))
}

export const createChecks: readonly Check[] = [
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
    after: ['okta/create/documented-body'],
    effect: 'not-linked',
    leadsTo: 'Users are created, but Okta reports an error and doesn’t know their id.',
    run: async context => {
      const response = await postUser(context)
      expectThat(response.text !== '', 'a body with the user', noBody, response)
      const { id, userName } = jsonObject(response)
      expectThat(typeof id === 'string' && id !== '', 'an id', id, response)
      expectThat(typeof userName === 'string', 'userName', userName, response)
    },
  }),
  createCheck('keeps-user-name-case', 'practice', sources.userNameCase, {
    description: 'The created user has userName in the case in which it was sent.',
    rationale: 'Okta compares the userName that it gets with its own.',
    remedy: 'Store userName as sent, and ignore case only for comparisons.',
    effect: 'shown-wrong',
    leadsTo: 'Users whose name has capital letters look different from those in Okta.',
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
    effect: 'not-linked',
    leadsTo: 'Duplicates are created, and later searches by userName find both users.',
    blame: [
      {
        on: ['4xx', '5xx'],
        remedy: 'Return 409 with scimType uniqueness for a userName that is taken.',
        predict: {
          effect: 'shown-wrong',
          summary: '{answer} for a duplicate: Okta shows another error than that the user exists.',
        },
      },
    ],
    after: ['okta/create/documented-body'],
    run: async context => {
      const userName = uniqueAddress(context)
      expectCreated(await postUser(context, { userName }))
      expectStatus(await postUser(context, { userName }), 409)
    },
  }),
]
