import type { Check, CheckContext } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { type JsonObject, patchOpUrn } from '../../scim.ts'
import { valueIn } from '../steps/attributes.ts'
import { expectStored, postSample, readBody, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { customTextAttribute, orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import {
  createUser,
  expectFound,
  lookUpPath,
  requireUserFound,
  sampleUser,
  sentUserName,
  uniqueAddress,
} from '../steps/users-and-groups.ts'
import { sources, updateCheck } from './areas.ts'
import { requireRenamed } from './fixtures.ts'

export const updateElementChecks: readonly Check[] = [
  updateCheck('remove-with-a-filter', 'practice', 'https://github.com/AzureAD/SCIMReferenceCode/pull/87', {
    description: 'Remove of the work phone number clears its value.',
    rationale: 'One of Microsoft’s libraries clears attributes this way.',
    remedy: 'Accept Remove with a filter and a sub-attribute.',
    effect: 'write',
    when: 'Entra clears an attribute by Remove',
    leadsTo: 'Cleared phone numbers remain on the server.',
    run: async context => {
      requireAttributes(context.users, 'phoneNumbers.value', 'phoneNumbers.type')
      const user = await createUser(context, { phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }] })
      const path = 'phoneNumbers[type eq "work"].value'
      await orSkipAsConsequence('The phone number isn’t stored', 'entra/create/keeps-the-mapping', () =>
        expectStored(context, user.path, { [path]: '+44 131 496 0100' }),
      )
      await expectPatched(context, user.path, patchOperation('Remove', path))
      await expectStored(context, user.path, { [path]: undefined })
    },
  }),
  updateCheck('remove-what-is-not-there', 'practice', sources.validator, {
    description: 'Remove of an attribute without a value succeeds.',
    rationale: 'Microsoft’s validator removes an attribute before it adds it again.',
    remedy: 'Return 200 or 204 if there is nothing to remove.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated removal fails or changes other data.',
    run: async context => {
      requireAttributes(context.users, 'title')
      const user = await createUser(context, { title: 'Dispatcher' })
      await orSkipAsConsequence('The title isn’t stored', 'entra/create/keeps-the-mapping', () =>
        expectStored(context, user.path, { title: 'Dispatcher' }),
      )
      const removed = await context.patch(user.path, patchOperation('Remove', 'title'))
      if (removed.status >= 300) skip(`The removal of title returns ${removed.status}.`)
      if (valueIn(await readBody(context, user.path), 'title')) skip('The removal of title has no effect.')
      await expectPatched(context, user.path, patchOperation('Remove', 'title'))
      await expectStored(context, user.path, { title: undefined, userName: sentUserName(user) })
    },
  }),
  updateCheck('keeps-other-elements', 'practice', sources.compatibility, {
    description: 'Replacing the work phone number doesn’t change the mobile number.',
    rationale: 'Entra ID sets each phone number by its type.',
    remedy: 'Change only the elements that match the filter.',
    effect: 'write',
    leadsTo: 'Changing one phone number fails or changes the others.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    run: async context => {
      requireAttributes(context.users, 'phoneNumbers.value', 'phoneNumbers.type')
      const [work, mobile] = ['phoneNumbers[type eq "work"].value', 'phoneNumbers[type eq "mobile"].value']
      const phoneNumbers = [
        { type: 'work', value: '+44 131 496 0100' },
        { type: 'mobile', value: '+44 131 496 0101' },
      ]
      const response = await postSample(context, context.users, { ...sampleUser(context), phoneNumbers })
      if (response.status === 400) skip('The server accepts only one phone number.')
      expectStatus(response, 201)
      const path = `${context.users.endpoint}/${String(jsonObject(response).id)}`
      const before = await readBody(context, path)
      if ([work, mobile].some(one => valueAtPath(before, one) === undefined))
        skip('The server doesn’t store two phone numbers.')
      await expectPatched(context, path, patchOperation('Replace', work, '+44 131 496 0102'))
      await expectStored(context, path, { [work]: '+44 131 496 0102', [mobile]: '+44 131 496 0101' })
    },
  }),
  updateCheck('one-address-by-parts', 'practice', sources.compatibility, {
    description: 'Sub-attributes of the work address that are added one by one form one address.',
    rationale:
      'Entra ID’s mapping contains six sub-attributes of the work address, each in its own operation.',
    remedy: 'Let the second Add find the element that the first one created.',
    effect: 'write',
    leadsTo: 'Addresses are split: each sub-attribute is stored in an element of its own.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    run: async context => {
      requireAttributes(context.users, 'addresses.locality', 'addresses.country', 'addresses.type')
      const user = await createUser(context)
      const [locality, country] = ['addresses[type eq "work"].locality', 'addresses[type eq "work"].country']
      const added = [patchOperation('Add', locality, 'Leith'), patchOperation('Add', country, 'GB')]
      if ((await context.patch(user.path, ...added)).status >= 300)
        skip('The server creates no address for a filtered path.')
      const body = await expectStored(context, user.path, { [locality]: 'Leith', [country]: 'GB' })
      const { addresses } = body
      expectThat(Array.isArray(addresses) && addresses.length === 1, 'one address', addresses)
    },
  }),
  updateCheck('own-extension', 'practice', sources.attributes, {
    description: 'PATCH sets attributes of the server’s own extensions by their URN.',
    rationale: 'Entra ID sends custom attributes by PATCH if they can’t be sent on creation.',
    remedy: 'Parse URN:attribute as a path for each extension.',
    effect: 'write',
    when: 'your mapping has attributes of the server’s own extensions',
    leadsTo: 'Custom attributes aren’t set.',
    run: async context => {
      const own = customTextAttribute(context.users)
      if (own === undefined)
        return skip('The server’s users have no extension other than the enterprise one.')
      const path = `${own.schema}:${own.name}`
      const user = await createUser(context)
      const value = context.unique()
      await expectPatched(context, user.path, patchOperation('Add', path, value))
      await expectStored(context, user.path, { [path]: value })
    },
  }),
]

export const updateIdentityChecks: readonly Check[] = [
  updateCheck('rename', 'MUST', sources.howItWorks, {
    description:
      'PATCH changes userName, and a search by the new userName returns the user with the same id.',
    rationale: 'When a user’s UPN changes, Entra ID updates userName of the linked user.',
    remedy: 'Allow clients to change userName, and keep the id.',
    effect: 'write',
    leadsTo: 'Users whose name changes keep their previous userName.',
    run: async context => {
      const user = await createUser(context)
      const userName = uniqueAddress(context)
      await requireUserFound(context, user)
      await expectPatched(context, user.path, patchOperation('Replace', 'userName', userName))
      await expectStored(context, user.path, { id: user.id, userName })
      await expectFound(context, lookUpPath(context.users, `userName eq "${userName}"`), [user.id])
    },
  }),
  updateCheck('rename-onto-another', 'practice', sources.logs, {
    description: 'PATCH with another user’s userName returns 409.',
    rationale: 'Entra ID tells the administrator that two users claim the same name.',
    remedy: 'Keep userName unique in PATCH, too.',
    effect: 'shown-wrong',
    leadsTo: 'Two users have the same name, and searches return both: DuplicateTargetEntries.',
    run: async context => {
      const [user, other] = [await createUser(context), await createUser(context)]
      const userName = uniqueAddress(context)
      await orSkipAsConsequence('A userName can’t be changed', 'entra/update/rename', async () => {
        await expectPatched(context, user.path, patchOperation('Replace', 'userName', userName))
        await expectStored(context, user.path, { userName })
      })
      const rename = patchOperation('Replace', 'userName', sentUserName(other))
      expectStatus(await context.patch(user.path, rename), 409)
    },
  }),
  updateCheck('external-id', 'practice', sources.compatibility, {
    description: 'PATCH sets externalId.',
    rationale: 'Entra ID sets externalId on users that it matched by another attribute.',
    remedy: 'Allow clients to change externalId.',
    effect: 'write',
    when: 'users existed on the server before Entra provisioned it',
    leadsTo: 'These users don’t get Entra’s externalId.',
    run: async context => {
      const user = await createUser(context)
      const externalId = context.unique()
      await expectPatched(context, user.path, patchOperation('Add', 'externalId', externalId))
      await expectStored(context, user.path, { externalId })
    },
  }),
]

async function expectPassedOver(context: CheckContext, unknown: JsonObject): Promise<void> {
  const user = await createUser(context)
  await requireRenamed(context, user)
  await expectPatched(context, user.path, patchOperation('Replace', 'displayName', 'Mira Stone'), unknown)
  await expectStored(context, user.path, { displayName: 'Mira Stone' })
}

export const updateRequestChecks: readonly Check[] = [
  updateCheck('operations-first', 'practice', sources.tutorial, {
    description: 'PATCH accepts a body with Operations before schemas, and a charset in its Content-Type.',
    rationale: 'The tutorial’s samples and captured Entra ID requests have the members in different orders.',
    remedy: 'Accept keys in any order, and compare media types without their parameters.',
    effect: 'write',
    when: 'Entra sends Operations before schemas, as in Microsoft’s samples',
    leadsTo: 'Updates aren’t applied.',
    run: async context => {
      const user = await createUser(context)
      await requireRenamed(context, user)
      const response = await context.send('PATCH', user.path, {
        body: { Operations: [patchOperation('Replace', 'displayName', 'Mira Stone')], schemas: [patchOpUrn] },
        headers: { 'Content-Type': 'application/scim+json; charset=utf-8' },
      })
      expectStatus(response, 200, 204)
      await expectStored(context, user.path, { displayName: 'Mira Stone' })
    },
  }),
  updateCheck('all-or-nothing', 'practice', 'RFC 7644 §3.5.2', {
    description: 'A PATCH with an operation that fails changes nothing.',
    rationale: 'Entra ID sends the whole PATCH again after an error.',
    remedy: 'Apply the operations of a PATCH in one transaction.',
    effect: 'shown-wrong',
    leadsTo: 'A failed update is stored in part, although Entra reports that nothing was written.',
    run: async context => {
      const [user, other] = [await createUser(context), await createUser(context)]
      await requireRenamed(context, user)
      const { displayName } = await readBody(context, user.path)
      const response = await context.patch(
        user.path,
        patchOperation('Replace', 'displayName', 'Half Done'),
        patchOperation('Replace', 'userName', sentUserName(other)),
      )
      if (response.status < 300) skip('The server accepts two users with the same userName.')
      await expectStored(context, user.path, { displayName })
    },
  }),
  updateCheck('unknown-attribute', 'practice', sources.attributes, {
    description: 'PATCH ignores an operation on an unknown attribute.',
    rationale: 'Entra ID mappings often contain attributes that a server doesn’t know.',
    remedy: 'Ignore unknown attributes, and apply the other changes.',
    effect: 'write',
    when: 'your mapping has an attribute that the server doesn’t support',
    leadsTo: 'Changed users aren’t updated.',
    run: context => expectPassedOver(context, patchOperation('Add', 'shoeSizeOfSpringfield', '38')),
  }),
  updateCheck('unknown-extension', 'practice', sources.attributes, {
    description: 'PATCH ignores an operation on an unknown extension.',
    rationale: 'Entra ID sends custom attributes as urn:…:CustomExtension:2.0:User:tag.',
    remedy: 'Ignore unknown attributes, and apply the other changes.',
    effect: 'write',
    when: 'your mapping has an extension that the server doesn’t support',
    leadsTo: 'Changed users aren’t updated.',
    run: context => {
      const badge = 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User:badge'
      return expectPassedOver(context, patchOperation('Add', badge, 'B-204'))
    },
  }),
]
