import type { Check } from '../../check.ts'
import { expectEqual, expectError, expectStatus, expectThat, objectIn } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { enterpriseUrn, userUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs, offers, ownText } from '../tools/offered.ts'
import { address, createUser, nobody, person, userNameOf } from '../tools/people.ts'
import { valueAt } from '../tools/value-at.ts'
import { createCheck } from './areas.ts'
import { mappedBody, mappedValues } from './mapping.ts'
import { sources } from './sources.ts'

const escrow = 'No user is created: each POST fails, and all users stay in escrow.'
const json = 'application/scim+json; charset=utf-8'

/** The body that Microsoft's tutorial has, with what this server needs besides. */
const body = (stage: Stage, given: JsonObject = {}): JsonObject =>
  stage.sample(stage.users, {
    ...person(stage),
    schemas: [userUrn, enterpriseUrn],
    meta: { resourceType: 'User' },
    ...given,
  })

const post = async (stage: Stage, sent: JsonObject, type = json): Promise<Answer> => {
  const answer = await stage.send('POST', stage.users.endpoint, {
    body: sent,
    headers: { 'Content-Type': type },
  })
  stage.willRemove(stage.users, answer)
  return answer
}

/** Sends it, and gives the address of what came of it. */
const created = async (stage: Stage, sent: JsonObject): Promise<string> => {
  const answer = await post(stage, sent)
  expectStatus(answer, 201)
  const { id } = objectIn(answer)
  if (typeof id === 'string') return `${stage.users.endpoint}/${id}`
  expectThat(false, 'an id', objectIn(answer), answer)
}

export const checks: readonly Check[] = [
  createCheck({
    id: 'documented-body',
    level: 'MUST',
    says: 'A user is created by the body of Microsoft’s tutorial: both schemas, meta, an empty list of roles.',
    source: sources.tutorial,
    matters: 'This is what Entra ID sends to create somebody.',
    mend: 'Take meta.resourceType, an empty list and the enterprise schema without its attributes.',
    effect: 'escrow',
    leadsTo: escrow,
    run: async stage => {
      expectStatus(await post(stage, body(stage, { externalId: nobody(), roles: [] })), 201)
    },
  }),
  createCheck({
    id: 'answers-the-id',
    level: 'MUST',
    says: 'The answer to a POST has the id as a text.',
    source: sources.tutorial,
    matters: 'Entra ID keeps the id as its link to the user.',
    mend: 'Answer POST with the whole resource, id included.',
    effect: 'not-linked',
    leadsTo: 'Entra can’t link who it has created, and looks them up again each time.',
    run: async stage => {
      await created(stage, body(stage))
    },
  }),
  createCheck({
    id: 'charset',
    level: 'MUST',
    says: 'A body whose Content-Type has a charset is taken.',
    source: sources.dottedKeys,
    matters: 'Entra ID sends application/scim+json; charset=utf-8 with each body.',
    mend: 'Compare media types without their parameters.',
    effect: 'escrow',
    leadsTo: escrow,
    run: async stage => {
      expectStatus(await post(stage, stage.sample(stage.users, person(stage))), 201)
    },
  }),
  createCheck({
    id: 'plain-json',
    says: 'A body of application/json is taken.',
    source: sources.referenceCode,
    matters: 'Microsoft’s Postman collection, and many a client beside Entra ID, send it.',
    mend: 'Take application/json for application/scim+json.',
    effect: 'shown-wrong',
    leadsTo: 'Microsoft’s Postman collection, which the gallery asks for, doesn’t run.',
    run: async stage => {
      expectStatus(await post(stage, stage.sample(stage.users, person(stage)), 'application/json'), 201)
    },
  }),
  createCheck({
    id: 'keeps-the-mapping',
    says: 'All attributes of Entra’s default mapping are kept, as far as the server has them.',
    source: sources.tutorial,
    matters: 'Entra ID sends them with the POST, and compares them with each later change.',
    mend: 'Keep every attribute that /Schemas advertises.',
    effect: 'data-lost',
    leadsTo: 'What Entra maps is lost on creation, and sent again by PATCH whenever the user is looked at.',
    run: async stage => {
      const known = Object.entries(mappedValues).filter(([path]) => offers(stage.users, path))
      const given = Object.entries(mappedBody).filter(
        ([name]) => offers(stage.users, name) || name === enterpriseUrn,
      )
      const externalId = stage.unique()
      const path = await created(stage, body(stage, { ...Object.fromEntries(given), externalId }))
      await expectKept(stage, path, { ...Object.fromEntries(known), externalId })
    },
  }),
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
      effect: 'escrow',
      leadsTo: 'Jobs that write active as a text create nobody; the users stay in escrow.',
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
    effect: 'escrow',
    leadsTo: 'Users with empty attributes are refused, and stay in escrow.',
    run: async stage => {
      const nulls = { addresses: null, phoneNumbers: null, title: null, department: null, manager: null }
      expectStatus(await post(stage, body(stage, nulls)), 201)
    },
  }),
  createCheck({
    id: 'bare',
    says: 'A user with no more than what the server requires is created.',
    source: sources.howItWorks,
    matters: 'Entra ID leaves out whatever is empty in its directory.',
    mend: 'Require what /Schemas calls required, and nothing else.',
    effect: 'escrow',
    leadsTo: 'Users who lack an attribute in Entra are refused, and stay in escrow.',
    run: async stage => {
      const sent = stage.sample(stage.users, { userName: address(stage), schemas: [userUrn, enterpriseUrn] })
      expectStatus(await post(stage, sent), 201)
    },
  }),
  createCheck({
    id: 'manager-as-text',
    says: 'A manager who comes as a bare text is taken, and shown as an object.',
    source: sources.managerCreate,
    matters: 'Entra ID has been seen to send the manager’s id as a text.',
    mend: 'Read a text for manager as its value.',
    needs: ['write', 'users', 'enterprise'],
    effect: 'escrow',
    leadsTo: 'Users with a manager are refused, or come back in a shape that Entra can’t read.',
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
    effect: 'escrow',
    leadsTo: 'Users with a custom attribute in the mapping are refused, and stay in escrow.',
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
    effect: 'data-lost',
    leadsTo: 'Custom attributes are lost when a user is created.',
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
  createCheck({
    id: 'twice-is-409',
    level: 'MUST',
    says: 'A userName that is taken is answered with 409.',
    source: sources.logs,
    matters: 'Entra ID tells by it that the user is there, and looks again later.',
    mend: 'Keep userName unique, and answer 409.',
    effect: 'shown-wrong',
    leadsTo: 'Entra can’t tell a double from another fault, or makes the same person twice.',
    run: async stage => {
      const { sent } = await createUser(stage)
      expectStatus(await post(stage, sent), 409)
    },
  }),
  createCheck({
    id: 'twice-is-explained',
    says: 'The 409 has a SCIM error body with scimType uniqueness.',
    source: sources.logs,
    matters: 'Entra ID quotes the body to the administrator.',
    mend: 'Send scimType uniqueness, and which attribute is taken in detail.',
    effect: 'shown-wrong',
    leadsTo: 'Administrators aren’t told what clashes.',
    run: async stage => {
      const { sent } = await createUser(stage)
      expectError(await post(stage, sent), 409, 'uniqueness')
    },
  }),
  createCheck({
    id: 'twice-in-other-case',
    says: 'A userName that is taken in another case is answered with 409.',
    source: sources.validator,
    matters: 'Entra ID’s names don’t mind case.',
    mend: 'Keep userName unique without regard to case.',
    effect: 'shown-wrong',
    leadsTo: 'One person gets two accounts, and later look-ups have two hits: DuplicateTargetEntries.',
    run: async stage => {
      const user = await createUser(stage)
      const sent = body(stage, { userName: userNameOf(user).toUpperCase() })
      expectStatus(await post(stage, sent), 409)
    },
  }),
  createCheck({
    id: 'external-id-again',
    level: 'MAY',
    says: 'An externalId may stand with two users.',
    source: sources.referenceCode,
    matters: 'Microsoft’s Postman collection uses one again; mailNickname isn’t unique either.',
    mend: 'Leave externalId to the client.',
    effect: 'escrow',
    leadsTo: 'Users who share a mail nickname end in 409 and escrow.',
    run: async stage => {
      const externalId = stage.unique()
      await createUser(stage, { externalId })
      expectStatus(await post(stage, body(stage, { externalId })), 201)
    },
  }),
]
