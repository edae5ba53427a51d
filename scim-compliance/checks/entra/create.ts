import type { Check } from '../../check.ts'
import { expectEqual, expectError } from '../../expect.ts'
import { compact, enterpriseUrn, isObject, type JsonObject, userUrn } from '../../scim.ts'
import type { Form, Scene } from '../forms.ts'
import { known, requireAttributes, requiredAttributes } from '../steps/attributes.ts'
import { escrow, notLinked, shownWrong } from '../steps/client-areas.ts'
import { postForCleanup, valueAtPath } from '../steps/create-and-read.ts'
import { createUser, sampleUser, sentName } from '../steps/users-and-groups.ts'
import { createCheck, duplicateBlame, gallery, sources } from './areas.ts'
import { answersTheId, mappedBody, mappedUser, mappedValues, ownText } from './fixtures.ts'

const headers = { 'Content-Type': 'application/scim+json; charset=utf-8' }

/** Creates a user with the body in Microsoft's tutorial, what this server requires in addition, and more attributes. */
const creates = (given: JsonObject | ((scene: Scene) => JsonObject) = {}, stored?: JsonObject): Form => ({
  request: scene => ({
    post: {
      ...sampleUser(scene.context),
      schemas: [userUrn, enterpriseUrn],
      meta: { resourceType: 'User' },
      ...(typeof given === 'function' ? given(scene) : given),
    },
    headers,
  }),
  expect: compact({ stored }),
})

const nobodyCreated = 'No user is created, because the server rejects Entra’s create request.'

const unlinked = 'Entra can’t link the users that it creates, and searches for them again each time.'

const activeAsText = (text: string, active: boolean, ...after: readonly string[]): Check =>
  createCheck(`active-as-${active}`, 'practice', 'https://stackoverflow.com/questions/79248955', {
    description: `POST /Users accepts active as the string "${text}", and returns ${active}.`,
    rationale: 'Some Entra ID jobs send the result of Switch(…, "False", "True") unchanged.',
    remedy: 'Accept "True" and "False" as booleans in POST, and return booleans.',
    when: 'your mapping sends active as a string with a new user',
    leadsTo: `Users aren’t created as ${active ? 'active' : 'inactive'}.`,
    after: ['entra/create/active-is-a-boolean', ...after],
    given: { has: ['active'] },
    ...creates({ active: text }, { active }),
  })

const manager = `${enterpriseUrn}:manager`

export const createChecks: readonly Check[] = [
  createCheck('documented-body', 'MUST', sources.tutorial, {
    description:
      'POST /Users accepts the body in Microsoft’s tutorial: both schemas, meta, an empty list of roles.',
    rationale: 'Entra ID sends this body to create a user.',
    remedy: 'Accept meta.resourceType, an empty list, and the enterprise schema without its attributes.',
    leadsTo: escrow(nobodyCreated),
    blame: [
      { on: 415, remedy: 'Compare media types without their parameters: Entra ID sends a charset.' },
      {
        on: ['missing', 'other'],
        remedy: 'Return the whole resource for a POST, including the id.',
        predict: notLinked(unlinked),
      },
    ],
    ...creates(({ mark }) => ({ externalId: mark, roles: [] })),
    expect: answersTheId,
  }),
  createCheck('answers-the-id', 'MUST', sources.tutorial, {
    description: 'The response to a POST contains the id as a string.',
    rationale: 'Entra ID stores the id as its link to the user.',
    remedy: 'Return the whole resource for a POST, including the id.',
    leadsTo: notLinked(unlinked),
    unconverted: 'ids',
    ...creates(),
    expect: answersTheId,
  }),
  createCheck('charset', 'MUST', sources.dottedKeys, {
    description: 'POST /Users accepts a Content-Type with a charset.',
    rationale: 'Entra ID sends application/scim+json; charset=utf-8 with each body.',
    remedy: 'Compare media types without their parameters.',
    leadsTo: escrow(nobodyCreated),
    request: ({ context }) => ({ post: sampleUser(context), headers }),
    expect: {},
  }),
  createCheck('plain-json', 'practice', sources.referenceCode, {
    description: 'POST /Users accepts application/json.',
    rationale: 'Microsoft’s Postman collection and many clients other than Entra ID send it.',
    remedy: 'Treat application/json like application/scim+json.',
    when: gallery,
    leadsTo: shownWrong('Microsoft’s Postman collection fails.'),
    request: ({ context }) => ({
      post: sampleUser(context),
      headers: { 'Content-Type': 'application/json' },
    }),
    expect: {},
  }),
  createCheck('keeps-the-mapping', 'practice', sources.tutorial, {
    description: 'POST /Users stores all attributes of Entra’s default mapping that the server supports.',
    rationale: 'Entra ID sends these attributes with the POST, and compares them before each later change.',
    remedy: 'Store every attribute that /Schemas advertises.',
    leadsTo: 'Some attributes of Entra’s default mapping aren’t set when a user is created.',
    accepted: 'The server reports success, and Entra sends them again whenever it updates the user.',
    ...creates(({ context: { users }, mark }) => {
      const { [enterpriseUrn]: extension = {}, ...core } = mappedBody
      return { ...known(users, core), [enterpriseUrn]: extension, externalId: mark }
    }),
    expect: ({ context: { users }, mark }) => ({
      stored: { ...known(users, mappedValues), externalId: mark },
    }),
  }),
  activeAsText('True', true),
  activeAsText('False', false, 'entra/create/active-as-true', 'entra/disable/still-read-by-id'),
  createCheck('nulls', 'practice', sources.tutorial, {
    description: 'POST /Users ignores attributes with the value null and unknown attributes.',
    rationale: 'An older Microsoft sample sends addresses, department and manager as null at the top level.',
    remedy: 'Treat null as a missing attribute, and ignore unknown attributes.',
    when: 'an empty attribute is sent as null, as in an older sample of Microsoft’s',
    leadsTo: 'Users with empty attributes aren’t created correctly.',
    ...creates(({ mark }) => {
      const nulls = { addresses: null, phoneNumbers: null, title: null, department: null, manager: null }
      return { userName: `${mark}@example.com`, ...nulls }
    }),
    expect: ({ mark }) => {
      const none = { title: undefined, addresses: undefined, phoneNumbers: undefined }
      return { stored: { userName: `${mark}@example.com`, ...none } }
    },
  }),
  createCheck('bare', 'practice', sources.howItWorks, {
    description: 'POST /Users accepts a user with only the required attributes.',
    rationale: 'Entra ID omits attributes that are empty in its directory.',
    remedy: 'Require only what /Schemas advertises as required.',
    when: 'a user has only what the server’s schemas require',
    leadsTo: 'The user isn’t created.',
    request: ({ context: { users, sample }, mark }) => {
      const given = { userName: `${mark}@example.com`, schemas: [userUrn, enterpriseUrn] }
      return { raw: requiredAttributes(users, sample(users, given)), headers }
    },
    expect: {},
  }),
  createCheck('manager-as-text', 'practice', sources.managerCreate, {
    description: 'POST /Users accepts the manager as a string, and returns it as an object.',
    rationale: 'Entra ID has been observed to send the manager’s id as a string.',
    remedy: 'Accept a string for manager, and store it as manager.value.',
    needs: ['write', 'users', 'enterprise'],
    when: 'Entra sends the manager with a new user',
    leadsTo: 'New users have no manager.',
    blame: {
      if: ({ body }) => isObject(body) && (valueAtPath(body, manager) ?? undefined) !== undefined,
      predict: escrow(
        'New users have a manager in a representation that Entra can’t read: it expects an object with value.',
      ),
    },
    given: { has: [manager], other: mappedUser() },
    ...creates(({ other }) => ({ [enterpriseUrn]: { manager: other.id } })),
    expect: ({ other }) => ({ stored: { [`${manager}.value`]: other.id } }),
  }),
  createCheck('unknown-extension', 'practice', sources.attributes, {
    description: 'POST /Users ignores an unknown extension that isn’t listed in schemas.',
    rationale: 'Entra ID nests custom attributes under their URN without listing it in schemas.',
    remedy: 'Ignore unknown extensions.',
    when: 'your mapping has an extension that the server doesn’t support',
    leadsTo: 'Users aren’t created.',
    ...creates({ 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User': { badge: 'B-204' } }),
  }),
  createCheck('own-extension', 'practice', sources.attributes, {
    description: 'POST /Users stores the server’s own extensions even if they aren’t listed in schemas.',
    rationale: 'Entra ID nests custom attributes under their URN without listing it in schemas.',
    remedy: 'Recognize an extension by its key in the body, not by schemas.',
    when: 'your mapping has attributes of the server’s own extensions',
    leadsTo: 'Custom attributes aren’t set when a user is created.',
    ...creates(scene => ownText(scene).body),
    expect: scene => ({ stored: { [ownText(scene).path]: scene.mark } }),
  }),
  createCheck('active-is-a-boolean', 'MUST', sources.compatibility, {
    description: 'The server returns active as a boolean.',
    rationale: 'Entra ID compares it with the status of the account.',
    remedy: 'Return active as true or false.',
    leadsTo: shownWrong('Entra can’t determine who is active, and sends active whenever it updates a user.'),
    blame: {
      on: 'wrong type',
      predict: shownWrong(
        'active is a string. Entra compares its text, but whether users are disabled can’t be seen.',
        'active isn’t a boolean',
      ),
    },
    run: async context => {
      requireAttributes(context.users, 'active')
      const { body: shown, response } = await createUser(context)
      expectEqual(valueAtPath(shown, 'active'), true, 'active', response)
    },
  }),
  createCheck('twice-is-409', 'MUST', sources.logs, {
    description: 'POST /Users with an existing userName returns 409.',
    rationale: 'The 409 indicates that the user exists, so Entra ID searches again later.',
    remedy: 'Keep userName unique, and return 409 for a duplicate.',
    leadsTo: shownWrong('Entra can’t distinguish a duplicate from another error.'),
    blame: duplicateBlame('user'),
    given: { user: mappedUser() },
    request: ({ user }) => ({ raw: user.sent, headers }),
    expect: { status: [409] },
  }),
  createCheck('twice-is-explained', 'practice', sources.logs, {
    description: 'The 409 has a SCIM error body with scimType uniqueness.',
    rationale: 'Entra ID shows the body to the administrator.',
    remedy: 'Return scimType uniqueness, and name the duplicate attribute in detail.',
    leadsTo: shownWrong('Administrators don’t learn which value is a duplicate.'),
    after: ['entra/create/twice-is-409'],
    run: async context => {
      const { sent } = await createUser(context)
      expectError(await postForCleanup(context, context.users, sent, headers), 409, 'uniqueness')
    },
  }),
  createCheck('twice-in-other-case', 'practice', sources.validator, {
    description: 'POST /Users with an existing userName in different case returns 409.',
    rationale: 'Names in Entra ID aren’t case-sensitive.',
    remedy: 'Ignore case when you check that userName is unique.',
    when: 'a name in Entra differs in case from the one on the server',
    leadsTo: shownWrong(
      'One person gets two accounts, and later searches return two users: DuplicateTargetEntries.',
    ),
    after: ['entra/create/twice-is-409'],
    blame: duplicateBlame('user').slice(1),
    given: { user: mappedUser() },
    ...creates(({ user }) => ({ userName: sentName(user).toUpperCase() })),
    expect: { status: [409] },
  }),
  createCheck('external-id-again', 'MAY', sources.referenceCode, {
    description: 'Two users can have the same externalId.',
    rationale:
      'Microsoft’s Postman collection uses the same externalId twice, and mailNickname isn’t unique either.',
    remedy: 'Let only the client set externalId, and allow duplicates.',
    when: 'two users have the same externalId, such as a mail nickname',
    leadsTo: 'The second user isn’t created.',
    given: { user: ({ context, mark }) => ({ ...sampleUser(context), externalId: mark }) },
    ...creates(({ mark }) => ({ externalId: mark })),
  }),
]
