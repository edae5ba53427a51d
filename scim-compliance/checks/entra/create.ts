import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, jsonObject, noBody } from '../../expect.ts'
import { enterpriseUrn, type JsonObject, userUrn } from '../../scim.ts'
import { expectStored, valueAtPath } from '../steps/create-and-read.ts'
import {
  customTextAttribute,
  hasAttribute,
  requireAttributes,
  requiredAttributes,
  skipAsConsequence,
} from '../steps/prerequisites.ts'
import { createUser, randomId, sampleUser, sentUserName, uniqueAddress } from '../steps/users-and-groups.ts'
import { createCheck, gallery, sources } from './areas.ts'
import { mappedBody, mappedValues } from './fixtures.ts'
import { managerOfNew, twice } from './predictions.ts'

const json = 'application/scim+json; charset=utf-8'

/** The body in Microsoft's tutorial, with the attributes that this server requires in addition. */
const userBody = (context: CheckContext, given: JsonObject = {}): JsonObject =>
  context.sample(context.users, {
    ...sampleUser(context),
    schemas: [userUrn, enterpriseUrn],
    meta: { resourceType: 'User' },
    ...given,
  })

const postUser = async (context: CheckContext, sent: JsonObject, type = json): Promise<ScimResponse> => {
  const response = await context.send('POST', context.users.endpoint, {
    body: sent,
    headers: { 'Content-Type': type },
  })
  context.removeAfterwards(context.users, response)
  return response
}

const createdUser = async (context: CheckContext, sent: JsonObject): Promise<string> => {
  const response = await postUser(context, sent)
  expectStatus(response, 201)
  // Entra doesn’t follow Location.
  expectThat(response.text !== '', 'a JSON object', noBody, response)
  const { id } = jsonObject(response)
  if (typeof id === 'string') return `${context.users.endpoint}/${id}`
  expectThat(false, 'an id', jsonObject(response), response)
}

const nobodyCreated = 'No user is created, because the server rejects Entra’s create request.'

export const createDocumentedChecks: readonly Check[] = [
  createCheck('documented-body', 'MUST', sources.tutorial, {
    description:
      'POST /Users accepts the body in Microsoft’s tutorial: both schemas, meta, an empty list of roles.',
    rationale: 'Entra ID sends this body to create a user.',
    remedy: 'Accept meta.resourceType, an empty list, and the enterprise schema without its attributes.',
    effect: 'escrow',
    leadsTo: nobodyCreated,
    run: async context => {
      expectStatus(await postUser(context, userBody(context, { externalId: randomId(), roles: [] })), 201)
    },
  }),
  createCheck('answers-the-id', 'MUST', sources.tutorial, {
    description: 'The response to a POST contains the id as a string.',
    rationale: 'Entra ID stores the id as its link to the user.',
    remedy: 'Return the whole resource for a POST, including the id.',
    effect: 'not-linked',
    leadsTo: 'Entra can’t link the users that it creates, and searches for them again each time.',
    run: async context => {
      await createdUser(context, userBody(context))
    },
  }),
  createCheck('charset', 'MUST', sources.dottedKeys, {
    description: 'POST /Users accepts a Content-Type with a charset.',
    rationale: 'Entra ID sends application/scim+json; charset=utf-8 with each body.',
    remedy: 'Compare media types without their parameters.',
    effect: 'escrow',
    leadsTo: nobodyCreated,
    run: async context => {
      expectStatus(await postUser(context, context.sample(context.users, sampleUser(context))), 201)
    },
  }),
  createCheck('plain-json', 'practice', sources.referenceCode, {
    description: 'POST /Users accepts application/json.',
    rationale: 'Microsoft’s Postman collection and many clients other than Entra ID send it.',
    remedy: 'Treat application/json like application/scim+json.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s Postman collection fails.',
    run: async context => {
      expectStatus(
        await postUser(context, context.sample(context.users, sampleUser(context)), 'application/json'),
        201,
      )
    },
  }),
  createCheck('keeps-the-mapping', 'practice', sources.tutorial, {
    description: 'POST /Users stores all attributes of Entra’s default mapping that the server supports.',
    rationale: 'Entra ID sends these attributes with the POST, and compares them before each later change.',
    remedy: 'Store every attribute that /Schemas advertises.',
    effect: 'write',
    leadsTo: 'Some attributes of Entra’s default mapping aren’t set when a user is created.',
    accepted: 'The server reports success, and Entra sends them again whenever it updates the user.',
    run: async context => {
      const known = Object.entries(mappedValues).filter(([path]) => hasAttribute(context.users, path))
      const given = Object.entries(mappedBody).filter(
        ([name]) => hasAttribute(context.users, name) || name === enterpriseUrn,
      )
      const externalId = context.unique()
      const path = await createdUser(context, userBody(context, { ...Object.fromEntries(given), externalId }))
      await expectStored(context, path, { ...Object.fromEntries(known), externalId })
    },
  }),
]

export const createForgivingChecks: readonly Check[] = [
  ...(
    [
      ['True', true],
      ['False', false],
    ] as const
  ).map(([text, active]) =>
    createCheck(
      `active-as-${text.toLowerCase()}`,
      'practice',
      'https://stackoverflow.com/questions/79248955',
      {
        description: `POST /Users accepts active as the string "${text}", and returns ${active}.`,
        rationale: 'Some Entra ID jobs send the result of Switch(…, "False", "True") unchanged.',
        remedy: 'Accept "True" and "False" as booleans in POST, and return booleans.',
        effect: 'write',
        when: 'your mapping sends active as a string with a new user',
        leadsTo: `Users aren’t created as ${active ? 'active' : 'inactive'}.`,
        run: async context => {
          requireAttributes(context.users, 'active')
          await expectStored(context, await createdUser(context, userBody(context, { active: text })), {
            active,
          })
        },
      },
    ),
  ),
  createCheck('nulls', 'practice', sources.tutorial, {
    description: 'POST /Users ignores attributes with the value null and unknown attributes.',
    rationale: 'An older Microsoft sample sends addresses, department and manager as null at the top level.',
    remedy: 'Treat null as a missing attribute, and ignore unknown attributes.',
    effect: 'write',
    when: 'an empty attribute is sent as null, as in an older sample of Microsoft’s',
    leadsTo: 'Users with empty attributes aren’t created correctly.',
    run: async context => {
      const nulls = { addresses: null, phoneNumbers: null, title: null, department: null, manager: null }
      const sent = userBody(context, nulls)
      const path = await createdUser(context, sent)
      await expectStored(context, path, {
        userName: sent.userName,
        title: undefined,
        addresses: undefined,
        phoneNumbers: undefined,
      })
    },
  }),
  createCheck('bare', 'practice', sources.howItWorks, {
    description: 'POST /Users accepts a user with only the required attributes.',
    rationale: 'Entra ID omits attributes that are empty in its directory.',
    remedy: 'Require only what /Schemas advertises as required.',
    effect: 'write',
    when: 'a user has only what the server’s schemas require',
    leadsTo: 'The user isn’t created.',
    run: async context => {
      const { users } = context
      const sample = context.sample(users, {
        userName: uniqueAddress(context),
        schemas: [userUrn, enterpriseUrn],
      })
      expectStatus(await postUser(context, requiredAttributes(users, sample)), 201)
    },
  }),
  createCheck('manager-as-text', 'practice', sources.managerCreate, {
    description: 'POST /Users accepts the manager as a string, and returns it as an object.',
    rationale: 'Entra ID has been observed to send the manager’s id as a string.',
    remedy: 'Accept a string for manager, and store it as manager.value.',
    needs: ['write', 'users', 'enterprise'],
    effect: 'write',
    when: 'Entra sends the manager with a new user',
    leadsTo: 'New users have no manager.',
    predictConsequence: managerOfNew,
    run: async context => {
      requireAttributes(context.users, `${enterpriseUrn}:manager`)
      const manager = await createUser(context)
      const path = await createdUser(context, userBody(context, { [enterpriseUrn]: { manager: manager.id } }))
      await expectStored(context, path, { [`${enterpriseUrn}:manager.value`]: manager.id })
    },
  }),
  createCheck('unknown-extension', 'practice', sources.attributes, {
    description: 'POST /Users ignores an unknown extension that isn’t listed in schemas.',
    rationale: 'Entra ID nests custom attributes under their URN without listing it in schemas.',
    remedy: 'Ignore unknown extensions.',
    effect: 'write',
    when: 'your mapping has an extension that the server doesn’t support',
    leadsTo: 'Users aren’t created.',
    run: async context => {
      const given = { 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User': { badge: 'B-204' } }
      expectStatus(await postUser(context, userBody(context, given)), 201)
    },
  }),
  createCheck('own-extension', 'practice', sources.attributes, {
    description: 'POST /Users stores the server’s own extensions even if they aren’t listed in schemas.',
    rationale: 'Entra ID nests custom attributes under their URN without listing it in schemas.',
    remedy: 'Recognize an extension by its key in the body, not by schemas.',
    effect: 'write',
    when: 'your mapping has attributes of the server’s own extensions',
    leadsTo: 'Custom attributes aren’t set when a user is created.',
    run: async context => {
      const own = customTextAttribute(context.users)
      requireAttributes(context.users, own ? `${own.schema}:${own.name}` : 'custom extension')
      if (!own) return
      const value = context.unique()
      const path = await createdUser(context, { ...userBody(context), [own.schema]: { [own.name]: value } })
      await expectStored(context, path, { [`${own.schema}:${own.name}`]: value })
    },
  }),
  createCheck('active-is-a-boolean', 'MUST', sources.compatibility, {
    description: 'The server returns active as a boolean.',
    rationale: 'Entra ID compares it with the status of the account.',
    remedy: 'Return active as true or false.',
    effect: 'shown-wrong',
    leadsTo: 'Entra can’t determine who is active, and sends active again in every cycle.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const { body: shown, response } = await createUser(context)
      expectEqual(valueAtPath(shown, 'active'), true, 'active', response)
    },
  }),
]

const twiceId = 'entra/create/twice-is-409'

export const createTwiceChecks: readonly Check[] = [
  createCheck('twice-is-409', 'MUST', sources.logs, {
    description: 'POST /Users with an existing userName returns 409.',
    rationale: 'The 409 indicates that the user exists, so Entra ID searches again later.',
    remedy: 'Keep userName unique, and return 409 for a duplicate.',
    effect: 'shown-wrong',
    leadsTo: 'Entra can’t distinguish a duplicate from another error.',
    predictConsequence: twice,
    run: async context => {
      const { sent } = await createUser(context)
      expectStatus(await postUser(context, sent), 409)
    },
  }),
  createCheck('twice-is-explained', 'practice', sources.logs, {
    description: 'The 409 has a SCIM error body with scimType uniqueness.',
    rationale: 'Entra ID shows the body to the administrator.',
    remedy: 'Return scimType uniqueness, and name the duplicate attribute in detail.',
    effect: 'shown-wrong',
    leadsTo: 'Administrators don’t learn which value is a duplicate.',
    run: async context => {
      const { sent } = await createUser(context)
      const response = await postUser(context, sent)
      if (response.status !== 409) skipAsConsequence('A duplicate doesn’t return 409', twiceId)
      expectError(response, 409, 'uniqueness')
    },
  }),
  createCheck('twice-in-other-case', 'practice', sources.validator, {
    description: 'POST /Users with an existing userName in different case returns 409.',
    rationale: 'Names in Entra ID aren’t case-sensitive.',
    remedy: 'Ignore case when you check that userName is unique.',
    effect: 'shown-wrong',
    when: 'a name in Entra differs in case from the one on the server',
    leadsTo: 'One person gets two accounts, and later searches return two users: DuplicateTargetEntries.',
    run: async context => {
      const user = await createUser(context)
      if ((await postUser(context, user.sent)).status !== 409)
        skipAsConsequence('A duplicate doesn’t return 409', twiceId)
      const sent = userBody(context, { userName: sentUserName(user).toUpperCase() })
      expectStatus(await postUser(context, sent), 409)
    },
  }),
  createCheck('external-id-again', 'MAY', sources.referenceCode, {
    description: 'Two users can have the same externalId.',
    rationale:
      'Microsoft’s Postman collection uses the same externalId twice, and mailNickname isn’t unique either.',
    remedy: 'Let only the client set externalId, and allow duplicates.',
    effect: 'write',
    when: 'two users have the same externalId, such as a mail nickname',
    leadsTo: 'The second user isn’t created.',
    run: async context => {
      const externalId = context.unique()
      await createUser(context, { externalId })
      expectStatus(await postUser(context, userBody(context, { externalId })), 201)
    },
  }),
]
