import type { Check } from '../../check.ts'
import { expectEqual, expectStatus } from '../../expect.ts'
import { enterpriseUrn, userUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs, ownText } from '../tools/offered.ts'
import { address, createUser } from '../tools/people.ts'
import { requiredOf } from '../tools/required-of.ts'
import { valueAt } from '../tools/value-at.ts'
import { createCheck } from './areas.ts'
import { managerOfNew } from './foreseen.ts'
import { body, created, post } from './post-users.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  ...(
    [
      ['True', true],
      ['False', false],
    ] as const
  ).map(([text, active]) =>
    createCheck({
      id: `active-as-${text.toLowerCase()}`,
      says: `A user is created with active as the text "${text}", and shown with ${active}.`,
      source: 'https://stackoverflow.com/questions/79248955',
      matters: 'Some of Entra ID’s jobs send the outcome of Switch(…, "False", "True") as it is.',
      mend: 'Read "True" and "False" as booleans in POST, and answer with booleans.',
      effect: 'write',
      when: 'your mapping sends active as a text with a new user',
      leadsTo: `Users aren’t created as ${active ? 'active' : 'inactive'}.`,
      run: async stage => {
        needs(stage.users, 'active')
        await expectKept(stage, await created(stage, body(stage, { active: text })), { active })
      },
    }),
  ),
  createCheck({
    id: 'nulls',
    says: 'Attributes with null, and names that no schema has, are passed over.',
    source: sources.tutorial,
    matters: 'An older sample of Microsoft’s sends addresses, department and manager as null at the top.',
    mend: 'Take null for an attribute that isn’t there, and ignore what isn’t known.',
    effect: 'write',
    when: 'an empty attribute comes as null, as in an older sample of Microsoft’s',
    leadsTo: 'Users with empty attributes aren’t created as they should be.',
    run: async stage => {
      const nulls = { addresses: null, phoneNumbers: null, title: null, department: null, manager: null }
      const sent = body(stage, nulls)
      const path = await created(stage, sent)
      await expectKept(stage, path, {
        userName: sent.userName,
        title: undefined,
        addresses: undefined,
        phoneNumbers: undefined,
      })
    },
  }),
  createCheck({
    id: 'bare',
    says: 'A user with no more than what the server requires is created.',
    source: sources.howItWorks,
    matters: 'Entra ID leaves out whatever is empty in its directory.',
    mend: 'Require what /Schemas calls required, and nothing else.',
    effect: 'write',
    when: 'a user has only what the server’s schemas require',
    leadsTo: 'The user isn’t created.',
    run: async stage => {
      const { users } = stage
      const sample = stage.sample(users, { userName: address(stage), schemas: [userUrn, enterpriseUrn] })
      expectStatus(await post(stage, requiredOf(users, sample)), 201)
    },
  }),
  createCheck({
    id: 'manager-as-text',
    says: 'A manager who comes as a bare text is taken, and shown as an object.',
    source: sources.managerCreate,
    matters: 'Entra ID has been seen to send the manager’s id as a text.',
    mend: 'Read a text for manager as its value.',
    needs: ['write', 'users', 'enterprise'],
    effect: 'write',
    when: 'Entra sends the manager along with a new user',
    leadsTo: 'New users don’t get their manager.',
    foresee: managerOfNew,
    run: async stage => {
      needs(stage.users, `${enterpriseUrn}:manager`)
      const manager = await createUser(stage)
      const path = await created(stage, body(stage, { [enterpriseUrn]: { manager: manager.id } }))
      await expectKept(stage, path, { [`${enterpriseUrn}:manager.value`]: manager.id })
    },
  }),
  createCheck({
    id: 'unknown-extension',
    says: 'An extension that the server doesn’t know, and that schemas doesn’t name, isn’t refused.',
    source: sources.attributes,
    matters: 'Entra ID nests custom attributes under their URN without naming it in schemas.',
    mend: 'Pass over extensions that aren’t known.',
    effect: 'write',
    when: 'your mapping has an extension that the server doesn’t know',
    leadsTo: 'Users aren’t created.',
    run: async stage => {
      const given = { 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User': { badge: 'B-204' } }
      expectStatus(await post(stage, body(stage, given)), 201)
    },
  }),
  createCheck({
    id: 'own-extension',
    says: 'The server’s own extensions are kept though schemas doesn’t name them.',
    source: sources.attributes,
    matters: 'Entra ID nests custom attributes under their URN without naming it in schemas.',
    mend: 'Go by the key of the extension, not by schemas.',
    effect: 'write',
    when: 'your mapping has attributes of the server’s own extensions',
    leadsTo: 'Custom attributes aren’t set when a user is created.',
    run: async stage => {
      const own = ownText(stage.users)
      needs(stage.users, own ? `${own.schema}:${own.name}` : 'custom extension')
      if (!own) return
      const value = stage.unique()
      const path = await created(stage, { ...body(stage), [own.schema]: { [own.name]: value } })
      await expectKept(stage, path, { [`${own.schema}:${own.name}`]: value })
    },
  }),
  createCheck({
    id: 'active-is-a-boolean',
    level: 'MUST',
    says: 'active is shown as a boolean.',
    source: sources.compatibility,
    matters: 'Entra ID compares it with the account’s state.',
    mend: 'Answer active as true or false.',
    effect: 'shown-wrong',
    leadsTo: 'Entra can’t tell who is active, and sends active again in every cycle.',
    run: async stage => {
      needs(stage.users, 'active')
      const { body: shown, answer } = await createUser(stage)
      expectEqual(valueAt(shown, 'active'), true, 'active', answer)
    },
  }),
]
