import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import { at } from '../tools/attributes.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs, ownText } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser, person, userNameOf } from '../tools/people.ts'
import { postedSample } from '../tools/posted.ts'
import { reached } from '../tools/prepared.ts'
import { readAgain } from '../tools/read.ts'
import { valueAt } from '../tools/value-at.ts'
import { updateCheck } from './areas.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  updateCheck({
    id: 'remove-with-a-filter',
    says: 'Remove of the work phone number takes its value away.',
    source: 'https://github.com/AzureAD/SCIMReferenceCode/pull/87',
    matters: 'A library of Microsoft’s clears attributes so.',
    mend: 'Take Remove with a filter and a sub-attribute.',
    effect: 'write',
    when: 'Entra clears an attribute by Remove',
    leadsTo: 'Numbers that were cleared stay on the server.',
    run: async stage => {
      needs(stage.users, 'phoneNumbers.value', 'phoneNumbers.type')
      const user = await createUser(stage, { phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }] })
      const path = 'phoneNumbers[type eq "work"].value'
      await reached('The phone number isn’t kept', 'entra/create/keeps-the-mapping', () =>
        expectKept(stage, user.path, { [path]: '+44 131 496 0100' }),
      )
      await expectPatched(stage, user.path, operation('Remove', path))
      await expectKept(stage, user.path, { [path]: undefined })
    },
  }),
  updateCheck({
    id: 'remove-what-is-not-there',
    says: 'Remove of an attribute without a value succeeds.',
    source: sources.validator,
    matters: 'Microsoft’s validator removes an attribute before it adds it again.',
    mend: 'Answer 200 or 204 where nothing is left to remove.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated removal does harm or fails.',
    run: async stage => {
      needs(stage.users, 'title')
      const user = await createUser(stage, { title: 'Dispatcher' })
      await reached('The title isn’t kept', 'entra/create/keeps-the-mapping', () =>
        expectKept(stage, user.path, { title: 'Dispatcher' }),
      )
      const removed = await stage.patch(user.path, operation('Remove', 'title'))
      if (removed.status >= 300) skip(`The removal of a title is answered with ${removed.status}.`)
      if (at(await readAgain(stage, user.path), 'title')) skip('The removal of a title has no effect.')
      await expectPatched(stage, user.path, operation('Remove', 'title'))
      await expectKept(stage, user.path, { title: undefined, userName: userNameOf(user) })
    },
  }),
  updateCheck({
    id: 'keeps-other-elements',
    says: 'A change of the work phone number leaves the mobile one.',
    source: sources.compatibility,
    matters: 'Entra ID writes each number by its type.',
    mend: 'Change only those elements that the filter matches.',
    effect: 'write',
    leadsTo: 'Changing one phone number fails or changes the others.',
    accepted: 'The server reports success, and Entra doesn’t notice.',
    run: async stage => {
      needs(stage.users, 'phoneNumbers.value', 'phoneNumbers.type')
      const [work, mobile] = ['phoneNumbers[type eq "work"].value', 'phoneNumbers[type eq "mobile"].value']
      const phoneNumbers = [
        { type: 'work', value: '+44 131 496 0100' },
        { type: 'mobile', value: '+44 131 496 0101' },
      ]
      const answer = await postedSample(stage, stage.users, { ...person(stage), phoneNumbers })
      if (answer.status === 400) skip('The server takes one phone number only.')
      expectStatus(answer, 201)
      const path = `${stage.users.endpoint}/${String(objectIn(answer).id)}`
      const before = await readAgain(stage, path)
      if ([work, mobile].some(one => valueAt(before, one) === undefined))
        skip('The server doesn’t keep two phone numbers.')
      await expectPatched(stage, path, operation('Replace', work, '+44 131 496 0102'))
      await expectKept(stage, path, { [work]: '+44 131 496 0102', [mobile]: '+44 131 496 0101' })
    },
  }),
  updateCheck({
    id: 'one-address-by-parts',
    says: 'Parts of the work address that are added one by one make one address.',
    source: sources.compatibility,
    matters: 'Entra ID’s mapping has six parts of the work address, an operation each.',
    mend: 'Let the second Add find the element that the first has made.',
    effect: 'write',
    leadsTo: 'Addresses fall apart: each part is stored in an element of its own.',
    accepted: 'The server reports success, and Entra doesn’t notice.',
    run: async stage => {
      needs(stage.users, 'addresses.locality', 'addresses.country', 'addresses.type')
      const user = await createUser(stage)
      const [locality, country] = ['addresses[type eq "work"].locality', 'addresses[type eq "work"].country']
      const added = [operation('Add', locality, 'Leith'), operation('Add', country, 'GB')]
      if ((await stage.patch(user.path, ...added)).status >= 300)
        skip('The server makes no address by a filtered path.')
      const body = await expectKept(stage, user.path, { [locality]: 'Leith', [country]: 'GB' })
      const { addresses } = body
      expectThat(Array.isArray(addresses) && addresses.length === 1, 'one address', addresses)
    },
  }),
  updateCheck({
    id: 'own-extension',
    says: 'Attributes of the server’s own extensions are set by their URN.',
    source: sources.attributes,
    matters: 'Entra ID sends custom attributes by PATCH where they can’t be sent on creation.',
    mend: 'Read URN:attribute as a path for each extension.',
    effect: 'write',
    when: 'your mapping has attributes of the server’s own extensions',
    leadsTo: 'Custom attributes aren’t set.',
    run: async stage => {
      const own = ownText(stage.users)
      if (own === undefined) return skip('The server’s users have no extension but the enterprise one.')
      const path = `${own.schema}:${own.name}`
      const user = await createUser(stage)
      const value = stage.unique()
      await expectPatched(stage, user.path, operation('Add', path, value))
      await expectKept(stage, user.path, { [path]: value })
    },
  }),
]
