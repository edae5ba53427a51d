import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { patchOpUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectFound, lookUp } from '../tools/look-ups.ts'
import { needs, ownText } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { address, createUser, person, userNameOf } from '../tools/people.ts'
import { postedSample } from '../tools/posted.ts'
import { updateCheck } from './areas.ts'
import { sources } from './sources.ts'

/** The operation does no harm to what comes along with it. */
async function expectPassedOver(stage: Stage, unknown: JsonObject): Promise<void> {
  needs(stage.users, 'displayName')
  const user = await createUser(stage)
  await expectPatched(stage, user.path, operation('Replace', 'displayName', 'Mira Stone'), unknown)
  await expectKept(stage, user.path, { displayName: 'Mira Stone' })
}

export const checks: readonly Check[] = [
  updateCheck({
    id: 'rename',
    level: 'MUST',
    says: 'A new userName is set on the same id, and the user is found by it.',
    source: sources.howItWorks,
    matters: 'When somebody’s UPN changes, Entra ID writes it to the user it has linked.',
    mend: 'Let userName be changed, and keep the id.',
    effect: 'escrow',
    leadsTo: 'People who change their name keep the old one at the server, and stay in escrow.',
    run: async stage => {
      const user = await createUser(stage)
      const userName = address(stage)
      await expectPatched(stage, user.path, operation('Replace', 'userName', userName))
      await expectKept(stage, user.path, { id: user.id, userName })
      await expectFound(stage, lookUp(stage.users, `userName eq "${userName}"`), [user.id])
    },
  }),
  updateCheck({
    id: 'rename-onto-another',
    says: 'A userName that somebody else has is answered with 409.',
    source: sources.logs,
    matters: 'Entra ID tells the administrator that two people claim one name.',
    mend: 'Keep userName unique also in PATCH.',
    effect: 'shown-wrong',
    leadsTo: 'Two users come to have one name, and look-ups have two hits: DuplicateTargetEntries.',
    run: async stage => {
      const [user, other] = [await createUser(stage), await createUser(stage)]
      const rename = operation('Replace', 'userName', userNameOf(other))
      expectStatus(await stage.patch(user.path, rename), 409)
    },
  }),
  updateCheck({
    id: 'external-id',
    says: 'externalId is set by PATCH.',
    source: sources.compatibility,
    matters: 'Entra ID writes it to those whom it has found by another attribute.',
    mend: 'Let clients change externalId.',
    effect: 'escrow',
    leadsTo: 'Users who were there already don’t get Entra’s id, and stay in escrow.',
    run: async stage => {
      const user = await createUser(stage)
      const externalId = stage.unique()
      await expectPatched(stage, user.path, operation('Add', 'externalId', externalId))
      await expectKept(stage, user.path, { externalId })
    },
  }),
  updateCheck({
    id: 'operations-first',
    says: 'A PATCH whose Operations come before schemas is taken, with a charset in its Content-Type.',
    source: sources.tutorial,
    matters: 'The tutorial’s samples and Entra ID’s captured bodies have the keys in different orders.',
    mend: 'Don’t depend on the order of keys, and compare media types without their parameters.',
    effect: 'escrow',
    leadsTo: 'All updates are refused, and the users stay in escrow.',
    run: async stage => {
      needs(stage.users, 'displayName')
      const user = await createUser(stage)
      const answer = await stage.send('PATCH', user.path, {
        body: { Operations: [operation('Replace', 'displayName', 'Mira Stone')], schemas: [patchOpUrn] },
        headers: { 'Content-Type': 'application/scim+json; charset=utf-8' },
      })
      expectStatus(answer, 200, 204)
      await expectKept(stage, user.path, { displayName: 'Mira Stone' })
    },
  }),
  updateCheck({
    id: 'all-or-nothing',
    says: 'A PATCH with an operation that fails changes nothing.',
    source: 'RFC 7644 §3.5.2',
    matters: 'Entra ID sends the whole PATCH again.',
    mend: 'Apply the operations of a PATCH in one transaction.',
    effect: 'shown-wrong',
    leadsTo: 'Failed updates are kept in part, while Entra reports that nothing was written.',
    run: async stage => {
      needs(stage.users, 'displayName')
      const [user, other] = [await createUser(stage), await createUser(stage)]
      const answer = await stage.patch(
        user.path,
        operation('Replace', 'displayName', 'Half Done'),
        operation('Replace', 'userName', userNameOf(other)),
      )
      if (answer.status < 300) skip('The server lets two users have one userName.')
      await expectKept(stage, user.path, { displayName: user.body.displayName })
    },
  }),
  updateCheck({
    id: 'unknown-attribute',
    says: 'An operation on an attribute that the server doesn’t know isn’t refused.',
    source: sources.attributes,
    matters: 'Entra ID’s mappings often hold attributes that a server has never heard of.',
    mend: 'Pass over what isn’t known, and apply the rest.',
    effect: 'escrow',
    leadsTo: 'One attribute too many in the mapping keeps every changed user in escrow.',
    run: stage => expectPassedOver(stage, operation('Add', 'shoeSizeOfSpringfield', '38')),
  }),
  updateCheck({
    id: 'unknown-extension',
    says: 'An operation on an extension that the server doesn’t know isn’t refused.',
    source: sources.attributes,
    matters: 'Custom attributes of Entra ID come as urn:…:CustomExtension:2.0:User:tag.',
    mend: 'Pass over what isn’t known, and apply the rest.',
    effect: 'escrow',
    leadsTo: 'A custom attribute in the mapping keeps every changed user in escrow.',
    run: stage => {
      const badge = 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User:badge'
      return expectPassedOver(stage, operation('Add', badge, 'B-204'))
    },
  }),
  updateCheck({
    id: 'remove-with-a-filter',
    says: 'Remove of the work e-mail address takes its value away.',
    source: 'https://github.com/AzureAD/SCIMReferenceCode/pull/87',
    matters: 'A library of Microsoft’s clears attributes so.',
    mend: 'Take Remove with a filter and a sub-attribute.',
    effect: 'shown-wrong',
    leadsTo: 'Addresses that were cleared stay at the server.',
    run: async stage => {
      needs(stage.users, 'phoneNumbers.value', 'phoneNumbers.type')
      const user = await createUser(stage, { phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }] })
      const path = 'phoneNumbers[type eq "work"].value'
      await expectPatched(stage, user.path, operation('Remove', path))
      await expectKept(stage, user.path, { [path]: undefined })
    },
  }),
  updateCheck({
    id: 'remove-what-is-not-there',
    says: 'Remove of an attribute without a value succeeds.',
    source: sources.validator,
    matters: 'Entra ID may clear what has been cleared before.',
    mend: 'Answer 200 or 204 where nothing is left to remove.',
    effect: 'escrow',
    leadsTo: 'A removal that is repeated fails, and the user stays in escrow.',
    run: async stage => {
      needs(stage.users, 'title')
      const user = await createUser(stage)
      await expectPatched(stage, user.path, operation('Remove', 'title'))
    },
  }),
  updateCheck({
    id: 'keeps-other-elements',
    says: 'A change of the work phone number leaves the mobile one.',
    source: sources.compatibility,
    matters: 'Entra ID writes each number by its type.',
    mend: 'Change only those elements that the filter matches.',
    effect: 'data-lost',
    leadsTo: 'A change of one phone number wipes out the others.',
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
    effect: 'data-lost',
    leadsTo: 'Addresses fall to pieces: a part each, in an element of its own.',
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
    effect: 'data-lost',
    leadsTo: 'Custom attributes are lost.',
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
