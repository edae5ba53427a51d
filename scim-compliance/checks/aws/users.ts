import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { enterpriseUrn, isObject } from '../../scim.ts'
import { expectStored, postForCleanup, readResource, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { hasAttribute, orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import {
  createGroupWithMember,
  createUser,
  expectFound,
  requireUserFound,
  sampleUser,
  userNameQuery,
} from '../steps/users-and-groups.ts'
import { sources, tooLenient, usersCheck } from './areas.ts'
import { postUser, requireFiltered } from './prerequisites.ts'

export const usersCreatedChecks: readonly Check[] = [
  usersCheck('created-with-201', 'MUST', sources.createUser, {
    description: 'POST /Users returns 201 and the whole user.',
    rationale: 'ssosync and idp-scim-sync read the id from the response.',
    remedy: 'Return 201 and the user for a POST.',
    effect: 'not-linked',
    leadsTo: 'Clients can’t continue with the users that they have created.',
    run: async context => {
      const { sent, body, response } = await createUser(context)
      expectEqual(body.userName, sent.userName, 'userName', response)
    },
  }),
  usersCheck('schemas-optional', 'MUST', sources.createUser, {
    description: 'POST /Users accepts a body without schemas.',
    rationale: 'AWS’s own samples omit schemas.',
    remedy: 'Determine the type from the URL, not from schemas.',
    effect: 'escrow',
    leadsTo: 'Clients that follow AWS’s samples can’t create users.',
    run: async context => {
      const { schemas: _, ...body } = context.sample(context.users, sampleUser(context))
      expectStatus(await postForCleanup(context, context.users, body), 201)
    },
  }),
  usersCheck('schemas-null', 'SHOULD', sources.terraform, {
    description: 'POST /Users accepts a body with schemas: null.',
    rationale: 'The Terraform provider sends schemas: null.',
    remedy: 'Treat null as a missing attribute, and determine the type from the URL.',
    effect: 'escrow',
    leadsTo: 'Terraform can’t create users.',
    run: async context => {
      expectStatus(await postUser(context, { schemas: null }), 201)
    },
  }),
  usersCheck('id-and-meta-tolerated', 'SHOULD', sources.terraform, {
    description: 'POST /Users accepts an empty id and meta.',
    rationale: 'The Terraform provider sends its whole record, including empty fields.',
    remedy: 'Ignore id and meta in request bodies.',
    effect: 'escrow',
    leadsTo: 'Terraform can’t create users.',
    run: async context => {
      const created = '0001-01-01T00:00:00Z'
      expectStatus(
        await postUser(context, { id: '', meta: { resourceType: '', created, lastModified: created } }),
        201,
      )
    },
  }),
  usersCheck('boolean-as-text', 'MUST', sources.patchUser, {
    description: 'PATCH accepts active as a string, and the server returns it as a boolean.',
    rationale: 'AWS’s own sample sends "active": "false", and Entra ID sends "False".',
    remedy: 'Accept "true" and "false" in any case as booleans.',
    needs: ['write', 'users', 'patch'],
    effect: 'data-lost',
    leadsTo: 'Users that are disabled in Entra ID stay active.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const { path } = await createUser(context)
      await expectPatched(context, path, { op: 'replace', path: 'active', value: 'false' })
      await expectStored(context, path, { active: false })
    },
  }),
  usersCheck('without-email', 'SHOULD', sources.terraform, {
    description: 'POST /Users accepts a user without an email address.',
    rationale: 'The Terraform provider’s tests create users without an email address.',
    remedy: 'Don’t require emails.',
    effect: 'escrow',
    leadsTo: 'Users without a mailbox aren’t created.',
    run: async context => {
      expectStatus(await postUser(context, {}, ['emails']), 201)
    },
  }),
  usersCheck('inactive-by-default', 'MAY', sources.terraform, {
    description: 'A user that is created without active is inactive.',
    rationale: 'The Terraform provider omits active if it is false.',
    remedy: 'Treat a missing active as false.',
    effect: 'shown-wrong',
    leadsTo: 'Users that Terraform creates as disabled can sign in.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const response = await postUser(context, {}, ['active'])
      expectStatus(response, 201)
      expectEqual(jsonObject(response).active ?? false, false, 'active', response)
    },
  }),
  ...(
    [
      ['user-name', 'userName', (context: CheckContext) => `${context.unique()}@example.com`, 'MUST'],
      ['external-id', 'externalId', (context: CheckContext) => context.unique(), 'MUST'],
    ] as const
  ).map(([name, attribute, value, level]) =>
    usersCheck(`${name}-is-unique`, level, sources.troubleshooting, {
      description: `POST /Users with an existing ${attribute} returns 409.`,
      rationale:
        'idp-scim-sync creates the user first, and on 409 searches for the existing one. ssosync ignores a 409.',
      remedy: `Keep ${attribute} unique.`,
      effect: 'shown-wrong',
      leadsTo: `Clients that create without a search create duplicate users, because ${attribute} isn’t unique.`,
      run: async context => {
        const given = { [attribute]: value(context) }
        await createUser(context, given)
        expectError(await postUser(context, given), 409)
      },
    }),
  ),
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
]

export const usersKeptChecks: readonly Check[] = [
  usersCheck('put-replaces-all', 'MUST', sources.putUser, {
    description: 'PUT of a user removes omitted attributes, and returns the user.',
    rationale: 'idp-scim-sync, ssosync and Terraform update users with PUT. teleport accepts 200 and 201.',
    remedy: 'Replace the whole user, and return 200 (or 201, as in AWS’s sample).',
    effect: 'shown-wrong',
    leadsTo: 'Values that a client removes remain on the server.',
    run: async context => {
      if (!hasAttribute(context.users, 'title')) requireAttributes(context.users, 'title')
      const user = await createUser(context, { title: 'Dispatcher' })
      await orSkipAsConsequence('The title isn’t stored', 'aws/users/created-with-201', () =>
        expectStored(context, user.path, { title: 'Dispatcher' }),
      )
      const { title: _, ...kept } = user.sent
      const response = await context.put(user.path, { ...kept, id: user.id })
      expectStatus(response, 200, 201)
      expectEqual(jsonObject(response).userName, user.sent.userName, 'userName', response)
      await expectStored(context, user.path, { title: undefined })
    },
  }),
  usersCheck('disabled-stay', 'MUST', sources.disabling, {
    description: 'GET and searches return a disabled user.',
    rationale: 'Identity providers enable the same user again.',
    remedy: 'Keep disabled users. Only DELETE removes one.',
    effect: 'not-linked',
    leadsTo: 'Disabled users are lost, because the server hides them; they can’t be enabled again.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context, { active: false })
      await expectStored(context, user.path, { active: false })
      await requireFiltered(context)
      await requireUserFound(context, await createUser(context), 'aws')
      await expectFound(context, userNameQuery(context, user), [user.id])
    },
  }),
  usersCheck('deleted-with-204', 'MUST', sources.deleteUser, {
    description: 'DELETE of a user returns 204 without a body, then 404.',
    rationale: 'idp-scim-sync treats a 404 as success, but no other error.',
    remedy: 'Return 204, and 404 for a user that no longer exists.',
    effect: 'escrow',
    leadsTo: 'Clients that repeat a deletion fail.',
    run: async context => {
      const { path } = await createUser(context)
      const response = await context.delete(path)
      expectStatus(response, 204)
      expectThat(response.text === '', 'no body', response.text, response)
      expectStatus(await context.get(path), 404)
      expectStatus(await context.delete(path), 404)
    },
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

export const usersShownChecks: readonly Check[] = [
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
      const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
      expectThat(seconds.test(String(meta.created)), 'created in whole seconds', meta.created, response)
      expectThat(
        seconds.test(String(meta.lastModified)),
        'lastModified in whole seconds',
        meta.lastModified,
        response,
      )
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
      const { [enterpriseUrn]: _, ...sent } = context.sample(context.users, sampleUser(context))
      const plain = await postForCleanup(context, context.users, sent)
      expectStatus(plain, 201)
      const { schemas = null } = jsonObject(plain)
      expectThat(!String(schemas).includes(enterpriseUrn), 'the core schema only', schemas, plain)
      const full = await createUser(context, { [enterpriseUrn]: { department: 'Freight' } })
      expectThat(
        String(full.body.schemas).includes(enterpriseUrn),
        'both schemas',
        full.body.schemas,
        full.response,
      )
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
      const user = await createUser(context, {
        [enterpriseUrn]: { manager: { value: manager.id, $ref: `../Users/${manager.id}` } },
      })
      const { body, response } = await readResource(context, user.path)
      const shown = valueAtPath(body, `${enterpriseUrn}:manager`)
      if (!isObject(shown)) skip('The server doesn’t store the manager.')
      expectEqual(shown, { value: manager.id }, 'manager', response)
    },
  }),
]
