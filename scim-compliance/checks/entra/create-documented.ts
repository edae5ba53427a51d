import type { Check } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { offers } from '../tools/offered.ts'
import { nobody, person } from '../tools/people.ts'
import { createCheck, gallery } from './areas.ts'
import { mappedBody, mappedValues } from './mapping.ts'
import { body, created, post } from './post-users.ts'
import { sources } from './sources.ts'

const nobodyCreated =
  'No user is created, because the server rejects the request by which Entra creates them.'

export const checks: readonly Check[] = [
  createCheck({
    id: 'documented-body',
    level: 'MUST',
    says: 'A user is created by the body of Microsoft’s tutorial: both schemas, meta, an empty list of roles.',
    source: sources.tutorial,
    matters: 'This is what Entra ID sends to create somebody.',
    mend: 'Take meta.resourceType, an empty list and the enterprise schema without its attributes.',
    effect: 'escrow',
    leadsTo: nobodyCreated,
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
    leadsTo: nobodyCreated,
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
    when: gallery,
    leadsTo: 'Microsoft’s Postman collection fails.',
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
    effect: 'write',
    leadsTo: 'Some attributes of Entra’s default mapping aren’t set when a user is created.',
    accepted: 'The server reports success, and Entra sends them again whenever it updates the user.',
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
]
