import type { Check, Seen } from '../../check.ts'
import { expectThat, isSuccess, jsonObject, skip } from '../../expect.ts'
import { isObject, patchOpUrn } from '../../scim.ts'
import type { Form } from '../forms.ts'
import { requireAttributes } from '../steps/attributes.ts'
import { shownWrong } from '../steps/client-areas.ts'
import { expectStored, postSample, readBody, valueAtPath } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { createUser, expectFound, lookUpPath, sampleUser, sentName } from '../steps/users-and-groups.ts'
import { found, sources, unnoticed, updateCheck } from './areas.ts'
import { mappedUser, ownText } from './fixtures.ts'

const [work, mobile] = ['phoneNumbers[type eq "work"].value', 'phoneNumbers[type eq "mobile"].value'] as const
const number = '+44 131 496 0100'
const address = 'addresses[type eq "work"]'
const [locality, country] = [`${address}.locality`, `${address}.country`] as const

const isList = ({ body }: Seen): boolean => isObject(body) && 'totalResults' in body

const renamed = 'renamed users aren’t found by their new name'

const displayName = 'Mira Stone'
const rename = patchOperation('Replace', 'displayName', displayName)
const renames = ['entra/update/replace-displayName'] as const

const passesOver = (unknown: string, value: string): Form => ({
  given: { has: ['displayName'], user: mappedUser() },
  request: { patch: [rename, patchOperation('Add', unknown, value)] },
  expect: { stored: { displayName } },
})

export const updateRequestChecks: readonly Check[] = [
  updateCheck('rename', 'MUST', sources.howItWorks, {
    description:
      'PATCH changes userName, and a search by the new userName returns the user with the same id.',
    rationale: 'When a user’s UPN changes, Entra ID updates userName of the linked user.',
    remedy: 'Allow clients to change userName, and keep the id.',
    leadsTo: 'Users whose name changes keep their previous userName.',
    after: found,
    blame: [
      {
        if: seen => isList(seen) && seen.probe('probe/match')?.kind === 'email',
        remedy: 'Compare userName in a filter by userName, not the email address.',
        predict: shownWrong(
          'Users are renamed, but searches compare the email address: Entra doesn’t find them by their new name.',
          renamed,
        ),
      },
      {
        if: isList,
        remedy: 'Search by the current userName.',
        predict: shownWrong('Users are renamed, but Entra doesn’t find them by their new name.', renamed),
      },
    ],
    run: async context => {
      const user = await createUser(context)
      const userName = `${context.unique()}@example.com`
      await expectPatched(context, user.path, patchOperation('Replace', 'userName', userName))
      await expectStored(context, user.path, { id: user.id, userName })
      // Asked here, since it explains a failure of the search.
      await context.probe('probe/match')
      await expectFound(context, lookUpPath(context.users, `userName eq "${userName}"`), [user.id])
    },
  }),
  updateCheck('rename-onto-another', 'practice', sources.logs, {
    description: 'PATCH with another user’s userName returns 409.',
    rationale: 'Entra ID tells the administrator that two users claim the same name.',
    remedy: 'Keep userName unique in PATCH, too.',
    leadsTo: shownWrong('Two users have the same name, and searches return both: DuplicateTargetEntries.'),
    after: ['entra/update/rename', 'entra/create/twice-is-409'],
    blame: {
      on: ['nothing', '3xx', '4xx', '5xx'],
      remedy: 'Return 409 for a userName that is taken.',
      predict: unnoticed(
        'A userName that is taken isn’t assigned twice, but the response isn’t a conflict. {answer} instead of 409.',
      ),
    },
    given: { user: mappedUser(), other: mappedUser() },
    request: ({ other }) => ({ patch: patchOperation('Replace', 'userName', sentName(other)) }),
    expect: { status: [409] },
  }),
  updateCheck('external-id', 'practice', sources.compatibility, {
    description: 'PATCH sets externalId.',
    rationale: 'Entra ID sets externalId on users that it matched by another attribute.',
    remedy: 'Allow clients to change externalId.',
    when: 'users existed on the server before Entra provisioned it',
    leadsTo: 'These users don’t get Entra’s externalId.',
    given: { user: mappedUser() },
    request: ({ mark }) => ({ patch: patchOperation('Add', 'externalId', mark) }),
    expect: ({ mark }) => ({ stored: { externalId: mark } }),
  }),
  updateCheck('operations-first', 'practice', sources.tutorial, {
    description: 'PATCH accepts a body with Operations before schemas, and a charset in its Content-Type.',
    rationale: 'The tutorial’s samples and captured Entra ID requests have the members in different orders.',
    remedy: 'Accept keys in any order, and compare media types without their parameters.',
    when: 'Entra sends Operations before schemas, as in Microsoft’s samples',
    leadsTo: 'Updates aren’t applied.',
    after: renames,
    given: { has: ['displayName'], user: mappedUser() },
    request: {
      raw: { Operations: [rename], schemas: [patchOpUrn] },
      method: 'PATCH',
      headers: { 'Content-Type': 'application/scim+json; charset=utf-8' },
    },
    expect: { stored: { displayName } },
  }),
  updateCheck('all-or-nothing', 'practice', 'RFC 7644 §3.5.2', {
    description: 'A PATCH with an operation that fails changes nothing.',
    rationale: 'Entra ID sends the whole PATCH again after an error.',
    remedy: 'Apply the operations of a PATCH in one transaction.',
    leadsTo: shownWrong(
      'A failed update is stored in part, although Entra reports that nothing was written.',
    ),
    after: [...renames, 'entra/update/rename-onto-another'],
    given: { has: ['displayName'], user: mappedUser(), other: mappedUser() },
    request: ({ other }) => ({ patch: [rename, patchOperation('Replace', 'userName', sentName(other))] }),
    expect: { unchanged: 'user', status: [409] },
  }),
  updateCheck('unknown-attribute', 'practice', sources.attributes, {
    description: 'PATCH ignores an operation on an unknown attribute.',
    rationale: 'Entra ID mappings often contain attributes that a server doesn’t know.',
    remedy: 'Ignore unknown attributes, and apply the other changes.',
    when: 'your mapping has an attribute that the server doesn’t support',
    leadsTo: 'Changed users aren’t updated.',
    after: renames,
    ...passesOver('shoeSizeOfSpringfield', '38'),
  }),
  updateCheck('unknown-extension', 'practice', sources.attributes, {
    description: 'PATCH ignores an operation on an unknown extension.',
    rationale: 'Entra ID sends custom attributes as urn:…:CustomExtension:2.0:User:tag.',
    remedy: 'Ignore unknown attributes, and apply the other changes.',
    when: 'your mapping has an extension that the server doesn’t support',
    leadsTo: 'Changed users aren’t updated.',
    after: [...renames, 'entra/update/unknown-attribute'],
    ...passesOver('urn:ietf:params:scim:schemas:extension:Springfield:2.0:User:badge', 'B-204'),
  }),
  updateCheck('remove-with-a-filter', 'practice', 'https://github.com/AzureAD/SCIMReferenceCode/pull/87', {
    description: 'Remove of the work phone number clears its value.',
    rationale: 'One of Microsoft’s libraries clears attributes this way.',
    remedy: 'Accept Remove with a filter and a sub-attribute.',
    when: 'Entra clears an attribute by Remove',
    leadsTo: 'Cleared phone numbers remain on the server.',
    given: {
      has: ['phoneNumbers.value', 'phoneNumbers.type'],
      user: mappedUser({ phoneNumbers: [{ type: 'work', value: number }] }),
    },
    request: { patch: patchOperation('Remove', work) },
    expect: { stored: { [work]: undefined } },
  }),
  updateCheck('remove-what-is-not-there', 'practice', sources.validator, {
    description: 'Remove of an attribute without a value succeeds.',
    rationale: 'Microsoft’s validator removes an attribute before it adds it again.',
    remedy: 'Return 200 or 204 if there is nothing to remove.',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated removal fails or changes other data.',
    run: async context => {
      requireAttributes(context.users, 'title')
      const user = await createUser(context, { title: 'Dispatcher' })
      const removal = patchOperation('Remove', 'title')
      const removed = await context.patch(user.path, removal)
      if (!isSuccess(removed)) skip(`The removal of title returns ${removed.status}.`)
      const { title } = await readBody(context, user.path)
      if (title) skip('The removal of title has no effect.')
      await expectPatched(context, user.path, removal)
      await expectStored(context, user.path, { title: undefined, userName: sentName(user) })
    },
  }),
  updateCheck('keeps-other-elements', 'practice', sources.compatibility, {
    description: 'Replacing the work phone number doesn’t change the mobile number.',
    rationale: 'Entra ID sets each phone number by its type.',
    remedy: 'Change only the elements that match the filter.',
    leadsTo: 'Changing one phone number fails or changes the others.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    after: ['entra/update/replace-work-phone'],
    run: async context => {
      requireAttributes(context.users, 'phoneNumbers.value', 'phoneNumbers.type')
      const phoneNumbers = [
        { type: 'work', value: number },
        { type: 'mobile', value: '+44 131 496 0101' },
      ]
      const response = await postSample(context, context.users, { ...sampleUser(context), phoneNumbers })
      if (!isSuccess(response)) skip('The server accepts only one phone number.')
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
    leadsTo: 'Addresses are split: each sub-attribute is stored in an element of its own.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    after: ['entra/update/add-work-address-country'],
    run: async context => {
      requireAttributes(context.users, 'addresses.locality', 'addresses.country', 'addresses.type')
      const user = await createUser(context)
      const added = [patchOperation('Add', locality, 'Leith'), patchOperation('Add', country, 'GB')]
      await expectPatched(context, user.path, ...added)
      const { addresses } = await expectStored(context, user.path, { [locality]: 'Leith', [country]: 'GB' })
      expectThat(Array.isArray(addresses) && addresses.length === 1, 'one address', addresses)
    },
  }),
  updateCheck('own-extension', 'practice', sources.attributes, {
    description: 'PATCH sets attributes of the server’s own extensions by their URN.',
    rationale: 'Entra ID sends custom attributes by PATCH if they can’t be sent on creation.',
    remedy: 'Parse URN:attribute as a path for each extension.',
    when: 'your mapping has attributes of the server’s own extensions',
    leadsTo: 'Custom attributes aren’t set.',
    given: { user: mappedUser() },
    request: scene => ({ patch: patchOperation('Add', ownText(scene).path, scene.mark) }),
    expect: scene => ({ stored: { [ownText(scene).path]: scene.mark } }),
  }),
]
