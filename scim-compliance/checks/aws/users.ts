import type { Check, CheckContext } from '../../check.ts'
import {
  expectCreated,
  expectEqual,
  expectError,
  expectStatus,
  expectThat,
  jsonObject,
  skip,
} from '../../expect.ts'
import { enterpriseUrn, isObject, type JsonObject } from '../../scim.ts'
import { type Form, over } from '../forms.ts'
import { hasAttribute, requireAttributes, textAttributeName } from '../steps/attributes.ts'
import { dataLost, escrow, notLinked, shownWrong, unwritten } from '../steps/client-areas.ts'
import { expectStored, postForCleanup, readResource, valueAtPath } from '../steps/create-and-read.ts'
import {
  createGroupWithMember,
  createUser,
  expectFound,
  lookUpPath,
  nameQuery,
  sampleUser,
  uniqueAddress,
} from '../steps/users-and-groups.ts'
import { deletionBlame, expectDeleted, rejects, sources, tooLenient, usersCheck } from './areas.ts'

export const postUser = async (context: CheckContext, given: JsonObject, left: readonly string[] = []) => {
  const body = context.sample(context.users, { ...sampleUser(context), ...given })
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !left.includes(name)))
  return postForCleanup(context, context.users, sent)
}

const accepts = (given: JsonObject): Form => ({
  request: ({ context }) => ({ post: { ...sampleUser(context), ...given } }),
  expect: {},
})

const acceptsWithout = (name: string): Pick<Check, 'run'> => ({
  run: async context => expectCreated(await postUser(context, {}, [name])),
})

const epoch = '0001-01-01T00:00:00Z'

const isUnique = (name: string, attribute: string): Check =>
  usersCheck(`${name}-is-unique`, 'MUST', sources.troubleshooting, {
    description: `POST /Users with an existing ${attribute} returns 409.`,
    rationale:
      'idp-scim-sync creates the user first, and on 409 searches for the existing one. ssosync ignores a 409.',
    remedy: `Keep ${attribute} unique, and return 409 for a duplicate.`,
    leadsTo: `Clients that create without a search create duplicate users, because ${attribute} isn’t unique.`,
    blame: {
      on: ['4xx', '5xx'],
      predict: escrow(
        `{answer} for an existing ${attribute}: clients that search for the existing user after a 409 report an error.`,
      ),
    },
    run: async context => {
      const given = { [attribute]: uniqueAddress(context) }
      await createUser(context, given)
      expectError(await postUser(context, given), 409)
    },
  })

const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** Such a user may exist already; this check must not change or remove it. */
const reservedName = async (context: CheckContext): Promise<JsonObject> => {
  const userName = 'Administrator'
  const { status, body } = await context.get(lookUpPath(context.users, `userName eq "${userName}"`))
  if (status !== 200 || !isObject(body) || body.totalResults !== 0)
    skip(`It can’t be verified that no ${userName} exists.`)
  return { userName }
}

type UserRejection = {
  /** Without which the check doesn't apply. */
  readonly attributes?: readonly string[]
  readonly given: JsonObject | ((context: CheckContext) => JsonObject | Promise<JsonObject>)
  readonly left?: readonly string[]
  readonly detail?: RegExp
}

const rejectsUser = ({ attributes = ['userName'], given, left, detail }: UserRejection) =>
  rejects(async context => {
    requireAttributes(context.users, ...attributes)
    return postUser(context, typeof given === 'function' ? await given(context) : given, left)
  }, detail)

/** What AWS requires, and what is sent of its parent if it is left out. */
const incomplete: Readonly<Record<string, JsonObject>> = {
  userName: {},
  displayName: {},
  'name.givenName': { name: { familyName: 'Holt' } },
  'name.familyName': { name: { givenName: 'Mira' } },
}

/** Two values of each attribute that AWS takes one of. */
const twoValues: Readonly<Record<string, readonly JsonObject[]>> = {
  emails: [
    { value: 'mira.a@example.com', type: 'work', primary: true },
    { value: 'mira.b@example.com', type: 'home', primary: false },
  ],
  phoneNumbers: [
    { value: '+44 131 496 0100', type: 'work' },
    { value: '+44 131 496 0101', type: 'mobile' },
  ],
  addresses: [
    { type: 'work', locality: 'Leith' },
    { type: 'home', locality: 'Oban' },
  ],
}

export const userChecks: readonly Check[] = [
  usersCheck('requires', 'MUST', sources.createUser, {
    description: 'POST /Users without userName, displayName, the given name or the family name returns 400.',
    rationale: tooLenient,
    remedy: 'Require userName, displayName, name.givenName and name.familyName, regardless of /Schemas.',
    ...over(incomplete, (given, path) => rejectsUser({ attributes: [path], given, left: [path] }).run),
  }),
  usersCheck('one-of', 'MUST', sources.createUser, {
    description:
      'POST /Users with two emails, phoneNumbers or addresses returns 400, and the detail states the limit of 1.',
    rationale: tooLenient,
    remedy:
      'Accept at most one entry of each, and return "List attribute emails exceeds allowed limit of 1", with the attribute’s name.',
    ...over(twoValues, (values, name) => {
      const attributes = [name === 'addresses' ? 'addresses.locality' : `${name}.value`]
      return rejectsUser({ attributes, given: { [name]: values }, detail: /allowed limit of 1/ }).run
    }),
  }),
  usersCheck('email-is-primary', 'MUST', sources.createUser, {
    description: 'POST /Users with an email address that isn’t primary returns 400.',
    remedy: 'Require "primary": true for the email address.',
    ...rejectsUser({
      attributes: ['emails.primary'],
      given: context => ({ emails: [{ value: uniqueAddress(context), type: 'work', primary: false }] }),
    }),
  }),
  usersCheck('no-empty-text', 'MUST', sources.cloudTrail, {
    description: 'POST /Users with an empty string returns 400, and the detail names the attribute.',
    remedy: `Reject empty strings with "Value at 'name.familyName' failed to satisfy constraint: …".`,
    ...rejectsUser({
      attributes: ['name.familyName'],
      given: { name: { givenName: 'Mira', familyName: '' } },
      detail: /familyName/,
    }),
  }),
  usersCheck('text-length', 'MUST', sources.model, {
    description: 'POST /Users with a title of 1025 characters returns 400.',
    remedy: 'Reject strings of more than 1024 characters.',
    ...rejectsUser({ attributes: ['title'], given: { title: 'x'.repeat(1025) } }),
  }),
  usersCheck('user-name-length', 'MUST', sources.createUser, {
    description: 'POST /Users with a userName of 129 characters returns 400.',
    remedy: 'Reject a userName of more than 128 characters.',
    ...rejectsUser({ given: context => ({ userName: context.unique().padEnd(129, 'x') }) }),
  }),
  usersCheck('user-name-without-blanks', 'MAY', sources.createUser, {
    description: 'POST /Users with a userName that contains a space returns 400.',
    remedy: 'Reject white space in userName.',
    ...rejectsUser({ given: context => ({ userName: `${context.unique()} x` }) }),
  }),
  usersCheck('reserved-name', 'MUST', sources.model, {
    description: 'POST /Users with the userName Administrator returns 400.',
    remedy: 'Reject Administrator and AWSAdministrators as userName.',
    ...rejectsUser({ given: reservedName }),
  }),
  usersCheck('no-groups-on-create', 'MUST', sources.createUser, {
    description: 'POST /Users with groups returns 400.',
    remedy: 'Reject groups in the body of a user.',
    ...rejectsUser({ given: context => ({ groups: [{ value: context.unique() }] }) }),
  }),
  usersCheck('created-with-201', 'MUST', sources.createUser, {
    description: 'POST /Users returns 201 and the whole user.',
    rationale: 'ssosync and idp-scim-sync read the id from the response.',
    remedy: 'Return 201 and the user for a POST.',
    leadsTo: notLinked('Clients can’t continue with the users that they have created.'),
    run: async context => {
      const { sent, body, response } = await createUser(context)
      expectStatus(response, 201)
      expectEqual(body.userName, sent.userName, 'userName', response)
    },
  }),
  usersCheck('schemas-optional', 'MUST', sources.createUser, {
    description: 'POST /Users accepts a body without schemas.',
    rationale: 'AWS’s own samples omit schemas.',
    remedy: 'Determine the type from the URL, not from schemas.',
    leadsTo: escrow('Clients that follow AWS’s samples can’t create users.'),
    ...acceptsWithout('schemas'),
  }),
  usersCheck('schemas-null', 'SHOULD', sources.terraform, {
    description: 'POST /Users accepts a body with schemas: null.',
    rationale: 'The Terraform provider sends schemas: null.',
    remedy: 'Treat null as a missing attribute, and determine the type from the URL.',
    after: ['aws/users/schemas-optional'],
    leadsTo: escrow('Terraform can’t create users.'),
    ...accepts({ schemas: null }),
  }),
  usersCheck('id-and-meta-tolerated', 'SHOULD', sources.terraform, {
    description: 'POST /Users accepts an empty id and meta.',
    rationale: 'The Terraform provider sends its whole record, including empty fields.',
    remedy: 'Ignore id and meta in request bodies.',
    leadsTo: escrow('Terraform can’t create users.'),
    ...accepts({ id: '', meta: { resourceType: '', created: epoch, lastModified: epoch } }),
  }),
  usersCheck('boolean-as-text', 'MUST', sources.patchUser, {
    description: 'PATCH accepts active as a string, and the server returns it as a boolean.',
    rationale: 'AWS’s own sample sends "active": "false", and Entra ID sends "False".',
    remedy: 'Accept "true" and "false" in any case as booleans.',
    needs: ['write', 'users', 'patch'],
    leadsTo: unwritten('Users that are disabled in Entra ID stay active.'),
    after: ['probe/patch'],
    protects: 'disabling',
    blame: {
      on: 'wrong type',
      harmless: true,
      remedy: 'Return active as a boolean: false, not "false".',
      predict: shownWrong('Clients can’t parse the active of disabled users.'),
    },
    given: { has: ['active'], user: ({ context }) => sampleUser(context) },
    request: { patch: { op: 'replace', path: 'active', value: 'false' } },
    expect: { stored: { active: false } },
  }),
  usersCheck('without-email', 'SHOULD', sources.terraform, {
    description: 'POST /Users accepts a user without an email address.',
    rationale: 'The Terraform provider’s tests create users without an email address.',
    remedy: 'Don’t require emails.',
    leadsTo: escrow('Users without a mailbox aren’t created.'),
    ...acceptsWithout('emails'),
  }),
  usersCheck('inactive-by-default', 'MAY', sources.terraform, {
    description: 'A user that is created without active is inactive.',
    rationale: 'The Terraform provider omits active if it is false.',
    remedy: 'Treat a missing active as false.',
    leadsTo: 'Users that Terraform creates as disabled can sign in.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const response = await postUser(context, {}, ['active'])
      expectCreated(response)
      expectEqual(jsonObject(response).active ?? false, false, 'active', response)
    },
  }),
  isUnique('user-name', 'userName'),
  isUnique('external-id', 'externalId'),
  usersCheck('email-is-unique', 'MUST', sources.troubleshooting, {
    description: 'POST /Users with an existing email address returns 409.',
    rationale: tooLenient,
    remedy: 'Keep the primary email address unique.',
    run: async context => {
      requireAttributes(context.users, 'emails.value')
      const { sent } = await createUser(context)
      expectError(await postUser(context, { emails: sent.emails ?? null }), 409)
    },
  }),
  usersCheck('whole-seconds', 'MAY', sources.createUser, {
    // As in AWS's samples; no sentence documents it.
    description: 'meta contains created and lastModified in whole seconds, and neither location nor version.',
    rationale: 'Clients compare these values with what they stored, and find no location on AWS.',
    remedy:
      'Return meta with only resourceType, created and lastModified, with times in the form 2026-03-04T05:06:07Z.',
    run: async context => {
      const { body, response } = await createUser(context)
      const { meta } = body
      expectThat(isObject(meta), 'meta', meta ?? null, response)
      for (const name of ['created', 'lastModified'])
        expectThat(seconds.test(String(meta[name])), `${name} in whole seconds`, meta[name], response)
      expectThat(!('location' in meta) && !('version' in meta), 'no location and no version', meta, response)
    },
  }),
  usersCheck('schemas-by-content', 'MUST', sources.getUser, {
    description: 'schemas contains the enterprise schema only if the user has enterprise data.',
    rationale: 'Clients that evaluate schemas strictly expect what AWS returns.',
    remedy: 'List only the schemas in schemas whose attributes the user has.',
    needs: ['write', 'users', 'enterprise'],
    run: async context => {
      requireAttributes(context.users, `${enterpriseUrn}:department`)
      // The sample contains what the server requires; if that includes the extension, AWS returns it, too.
      const plain = await postUser(context, {}, [enterpriseUrn])
      expectCreated(plain)
      const { schemas = null } = jsonObject(plain)
      expectThat(!String(schemas).includes(enterpriseUrn), 'the core schema only', schemas, plain)
      const { body, response } = await createUser(context, { [enterpriseUrn]: { department: 'Freight' } })
      expectThat(String(body.schemas).includes(enterpriseUrn), 'both schemas', body.schemas, response)
    },
  }),
  usersCheck('manager-by-value', 'MAY', sources.createUser, {
    // As in AWS's samples; no sentence documents it.
    description: 'The server returns a manager with value only.',
    rationale: 'AWS accepts $ref, but never returns it.',
    remedy: 'Return manager as {"value": "…"}.',
    needs: ['write', 'users', 'enterprise'],
    run: async context => {
      requireAttributes(context.users, `${enterpriseUrn}:manager`)
      const manager = await createUser(context)
      const given = { manager: { value: manager.id, $ref: `../Users/${manager.id}` } }
      const user = await createUser(context, { [enterpriseUrn]: given })
      const { body, response } = await readResource(context, user.path)
      const shown = valueAtPath(body, `${enterpriseUrn}:manager`)
      if (!isObject(shown)) skip('The server doesn’t store the manager.')
      expectEqual(shown, { value: manager.id }, 'manager', response)
    },
  }),
  usersCheck('put-replaces-all', 'MUST', sources.putUser, {
    description:
      'The server stores a user, and PUT removes the attributes that it omits, and returns the user.',
    rationale: 'idp-scim-sync, ssosync and Terraform update users with PUT. teleport accepts 200 and 201.',
    remedy: 'Replace the whole user, and return 200 (or 201, as in AWS’s sample).',
    leadsTo: 'Values that a client removes remain on the server.',
    blame: [
      {
        on: 'missing',
        remedy:
          'Accept every attribute that the schema advertises as readWrite, or remove it from the schema.',
        predict: dataLost('Values that clients send are accepted and lost.'),
      },
      {
        on: ['4xx', '5xx'],
        remedy: 'Support PUT for users, and accept a user as it was created.',
        predict: escrow('{answer} to a PUT: users can’t be updated.'),
      },
    ],
    run: async context => {
      // Whether it is stored is part of this check.
      const name = hasAttribute(context.users, 'title') ? 'title' : textAttributeName(context.users)
      const user = await createUser(context, { [name]: 'Dispatcher' })
      const before = await readResource(context, user.path)
      expectEqual(before.body[name], 'Dispatcher', name, before.response)
      const { [name]: _, ...kept } = user.sent
      const response = await context.put(user.path, { ...kept, id: user.id })
      expectStatus(response, 200, 201)
      const isReturned = jsonObject(response).userName === user.sent.userName
      expectThat(isReturned, 'the user', response.body, response, 'other')
      await expectStored(context, user.path, { [name]: undefined })
    },
  }),
  usersCheck('disabled-stay', 'MUST', sources.disabling, {
    description: 'GET and searches return a disabled user.',
    rationale: 'Identity providers enable the same user again.',
    remedy: 'Keep disabled users. Only DELETE removes one.',
    leadsTo: notLinked(
      'Disabled users are lost, because the server hides them; they can’t be enabled again.',
    ),
    after: ['aws/filters/user-name'],
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context, { active: false })
      await expectStored(context, user.path, { active: false })
      await expectFound(context, nameQuery(context, user), [user.id])
    },
  }),
  usersCheck('deleted-with-204', 'MUST', sources.deleteUser, {
    description: 'DELETE of a user returns 204 without a body, then 404.',
    rationale: 'idp-scim-sync treats a 404 as success, but no other error.',
    remedy: 'Return 204, and 404 for a user that no longer exists.',
    leadsTo: escrow('Clients that repeat a deletion fail.'),
    protects: 'deletion',
    blame: deletionBlame('users'),
    run: async context => expectDeleted(context, (await createUser(context)).path),
  }),
  usersCheck('groups-never-shown', 'MUST', sources.getUser, {
    description: 'The server returns users without groups.',
    rationale: 'Clients of AWS query memberships with a filter, and must not depend on groups.',
    remedy: 'Never return groups.',
    needs: ['write', 'users', 'groups', 'patch'],
    run: async context => {
      const { user } = await createGroupWithMember(context, 'aws')
      await expectStored(context, user.path, { groups: undefined })
    },
  }),
]
