import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, noBody } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { expectStored, postForCleanup } from '../steps/create-and-read.ts'
import { hasAttribute, orSkipAsConsequence } from '../steps/prerequisites.ts'
import { createCheck, sources } from './areas.ts'
import { oktaBodyHeaders, oktaUser } from './requests.ts'

const postUser = (context: CheckContext, given: JsonObject = {}): Promise<ScimResponse> =>
  postForCleanup(
    context,
    context.users,
    context.sample(context.users, { ...oktaUser(context), ...given }),
    oktaBodyHeaders,
  )

async function requireCreated(context: CheckContext): Promise<Pick<CreatedResource, 'path' | 'sent'>> {
  const sent = context.sample(context.users, oktaUser(context))
  return orSkipAsConsequence('No user is created', 'okta/create/documented-body', async () => {
    const response = await postForCleanup(context, context.users, sent, oktaBodyHeaders)
    expectStatus(response, 200, 201)
    return { sent, path: `${context.users.endpoint}/${encodeURIComponent(String(jsonObject(response).id))}` }
  })
}

export const createChecks: readonly Check[] = [
  createCheck('documented-body', 'MUST', sources.reference, {
    description: 'POST /Users with the body that Okta sends returns 201.',
    rationale:
      'The body has an empty list of groups, and a filler password even if passwords are not synchronized.',
    remedy: 'Accept groups and ignore it, since it is read-only. Accept password, or ignore it.',
    effect: 'write',
    leadsTo: 'Users aren’t created.',
    run: async context => expectStatus(await postUser(context), 201),
  }),
  createCheck('returns-the-user', 'MUST', sources.questions, {
    description: 'The response to POST /Users contains the user with its id and userName.',
    rationale: 'Okta stores the id, and reports an empty response as an error.',
    remedy: 'Return the created user in the body of the 201.',
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
    run: async context => {
      const userName = `Nell.Gray.${context.unique()}@example.com`
      const response = await postUser(context, { userName })
      expectStatus(response, 200, 201)
      expectEqual(jsonObject(response).userName, userName, 'userName', response)
    },
  }),
  createCheck('keeps-the-profile', 'MUST', sources.reference, {
    description: 'GET of a created user returns the profile that Okta sent.',
    rationale: 'Okta reads the user before each update, and sends back what it has read.',
    remedy: 'Store and return name, displayName, the work email address and active.',
    effect: 'write',
    leadsTo: 'Parts of the profile are lost.',
    run: async context => {
      const { path, sent } = await requireCreated(context)
      const wanted = {
        'name.givenName': 'Nell',
        'name.familyName': 'Gray',
        displayName: 'Nell Gray',
        'emails[type eq "work"].value': sent.userName,
        externalId: sent.externalId,
        active: true,
      }
      const known = Object.entries(wanted).filter(([name]) => hasAttribute(context.users, name))
      await expectStored(context, path, Object.fromEntries(known))
    },
  }),
  createCheck('twice-is-409', 'MUST', sources.reference, {
    description: 'A second user with the same userName returns 409.',
    rationale: 'Two administrators, or an import that missed a user, can lead to a second create.',
    remedy: 'Make userName unique, ignoring case, and return 409 with scimType uniqueness.',
    effect: 'not-linked',
    leadsTo: 'Duplicates are created, or Okta shows another error than that the user exists.',
    run: async context => {
      const { sent } = await requireCreated(context)
      const userName = String(sent.userName)
      expectStatus(await postUser(context, { userName }), 409)
    },
  }),
]
